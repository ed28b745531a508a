//! Residents and staff who are logged in, and ways to call as them.

use entity::{staff, staff_role};
use kangtu::identity::session::{self, NewSession, SessionOwner};
use reqwest::Method;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::{TestApp, TestRequest};
use super::response::TestResponse;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) app: TestApp,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) session_id: Uuid,
    /// The account of a resident, or the member of staff.
    pub(crate) id: Uuid,
    /// The resident as a person.
    pub(crate) person_id: Option<Uuid>,
}

impl TestApp {
    /// Logs in the resident `dev-<name>`.
    pub(crate) async fn resident(&self, name: &str) -> Caller {
        let login = self.post("/api/v1/auth/wechat", &json!({"code": format!("dev-{name}")})).await.ok();
        let session_id = id_of(&login["session_id"]);
        let session = entity::session::Entity::find_by_id(session_id);
        let session = session.one(self.state.database.reader()).await.unwrap().unwrap();
        Caller {
            app: self.clone(),
            access_token: login["access_token"].as_str().unwrap().to_owned(),
            refresh_token: login["refresh_token"].as_str().unwrap().to_owned(),
            session_id,
            id: session.account_id.unwrap(),
            person_id: Some(id_of(&login["person_id"])),
        }
    }

    /// A new member of staff with one role for a region, logged in with a second factor.
    pub(crate) async fn staff(&self, role_id: &str, region_code: &str) -> Caller {
        self.staff_with(&[(role_id, region_code)], true).await
    }

    /// A new member of staff with these roles, logged in with or without a second factor. There is no
    /// password that would let anybody else in.
    pub(crate) async fn staff_with(&self, roles: &[(&str, &str)], second_factor: bool) -> Caller {
        let state = self.state.clone();
        let (now, random) = (self.clock.now(), state.random.clone());
        let member = staff::Model {
            id: random.id(now),
            username: format!("test-{}", random.stamp().simple()),
            display_name: "测试员".to_owned(),
            password_hash: "none".to_owned(),
            password_changed_at: now.into(),
            totp_cell: None,
            totp_confirmed_at: None,
            totp_last_step: None,
            security_stamp: random.stamp(),
            status: staff::Status::Active,
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        let (id, stamp) = (member.id, member.security_stamp);
        let roles: Vec<staff_role::Model> = roles
            .iter()
            .map(|(role_id, region_code)| staff_role::Model {
                staff_id: id,
                role_id: (*role_id).to_owned(),
                region_code: (*region_code).to_owned(),
                granted_at: now.into(),
                granted_by: None,
            })
            .collect();
        let started = self.state.database.write(move |transaction| {
            let (member, roles, random) = (member.clone(), roles.clone(), random.clone());
            Box::pin(async move {
                staff::Entity::insert(member.into_active_model()).exec_without_returning(transaction).await?;
                for role in roles {
                    let row = role.into_active_model();
                    staff_role::Entity::insert(row).exec_without_returning(transaction).await?;
                }
                let new = NewSession {
                    owner: SessionOwner::Staff(id),
                    security_stamp: stamp,
                    client: "测试".to_owned(),
                    second_factor_at: second_factor.then_some(now),
                };
                session::start(transaction, &random, new, now).await
            })
        });
        let started = started.await.unwrap();
        let owner = SessionOwner::Staff(id);
        let session_id = started.session.id;
        Caller {
            app: self.clone(),
            access_token: self.state.tokens.issue(owner.audience(), id, session_id, stamp, now).unwrap(),
            refresh_token: started.refresh_token,
            session_id,
            id,
            person_id: None,
        }
    }

    /// Posts JSON without being logged in.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.request(Method::POST, path).json(body).send().await
    }
}

impl Caller {
    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        let request = self.app.request(method, path);
        request.header("authorization", &format!("Bearer {}", self.access_token))
    }

    /// The same caller through another server on the same data.
    pub(crate) fn on(&self, app: &TestApp) -> Self {
        Self { app: app.clone(), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.request(Method::GET, path).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> TestResponse {
        self.request(Method::DELETE, path).send().await
    }

    /// Posts under a key of its own, as a form that was just opened does.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.post_with_key(path, &self.app.state.random.stamp().to_string(), body).await
    }

    /// Posts, or posts again, under a key.
    pub(crate) async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> TestResponse {
        self.request(Method::POST, path).header("idempotency-key", key).json(body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> TestResponse {
        self.request(Method::PUT, path).json(body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> TestResponse {
        self.request(Method::PATCH, path).json(body).send().await
    }

    /// Edits the version that `If-Match` names.
    pub(crate) async fn patch_version(&self, path: &str, version: u32, body: &Value) -> TestResponse {
        let request = self.request(Method::PATCH, path).header("if-match", &format!("\"{version}\""));
        request.json(body).send().await
    }

    /// Puts in the place of the version that `If-Match` names.
    pub(crate) async fn put_version(&self, path: &str, version: i64, body: &Value) -> TestResponse {
        let request = self.request(Method::PUT, path).header("if-match", &format!("\"{version}\""));
        request.json(body).send().await
    }

    /// Does something to the version that `If-Match` names.
    pub(crate) async fn post_version(&self, path: &str, version: i64, body: &Value) -> TestResponse {
        let request = self.request(Method::POST, path).header("if-match", &format!("\"{version}\""));
        request.json(body).send().await
    }

    /// Deletes the version that `If-Match` names.
    pub(crate) async fn delete_version(&self, path: &str, version: i64) -> TestResponse {
        self.request(Method::DELETE, path).header("if-match", &format!("\"{version}\"")).send().await
    }

    /// Exchanges the refresh token and goes on with the new pair.
    pub(crate) async fn refresh(&mut self) {
        let body = json!({"refresh_token": self.refresh_token});
        let answer = self.app.post("/api/v1/auth/refresh", &body).await.ok();
        answer["access_token"].as_str().unwrap().clone_into(&mut self.access_token);
        answer["refresh_token"].as_str().unwrap().clone_into(&mut self.refresh_token);
    }
}

fn id_of(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}
