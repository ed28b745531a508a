//! Activities and sign-up: how they come to the public, who gets a seat, and that it always adds up.

mod burst;
mod desk;
mod edits;
mod hosting;
mod idempotency;
mod invariants;
mod kill;
mod line;
mod races;
mod sign_up;

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity::{self, Status};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::TestResponse;
use crate::support::callers::Caller;

pub(crate) const HERE: &str = "440307009001";

/// What a lecture in three days is, with two seats.
pub(crate) fn lecture(now: DateTime<Utc>) -> Value {
    let starts_at = now + TimeDelta::days(3);
    json!({
        "kind": "lecture",
        "title": "测试讲座",
        "summary": "怎样量血压。",
        "region_code": HERE,
        "venue_type": "community",
        "place_name": "社区会议室 301",
        "address": "葵涌街道 1 号",
        "host": "葵涌社区工作站",
        "starts_at": starts_at,
        "ends_at": starts_at + TimeDelta::hours(2),
        "capacity": 2,
        "waiting_list": "automatic",
        "waiting_order": "strict",
        "family_limit": 4,
    })
}

/// A lecture with other values here and there.
pub(crate) fn lecture_with(now: DateTime<Utc>, changes: &Value) -> Value {
    let mut content = lecture(now);
    for (name, value) in changes.as_object().unwrap() {
        content[name] = value.clone();
    }
    content
}

/// Takes an activity through all its steps to the public; returns its number.
pub(crate) async fn publish(app: &TestApp, content: &Value) -> i64 {
    let (host, reviewer) = (app.staff("region_admin", HERE).await, app.staff("region_admin", HERE).await);
    let drafted = host.post("/api/v1/activities", content).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let id = drafted.json()["id"].as_i64().unwrap();
    for (version, who, step) in [(1, &host, "submit"), (2, &reviewer, "review"), (3, &host, "publish")] {
        take_step(who, id, version, step).await.ok();
    }
    id
}

pub(crate) async fn take_step(who: &Caller, id: i64, version: u32, step: &str) -> TestResponse {
    let request = who.request(reqwest::Method::POST, &format!("/api/v1/activities/{id}/{step}"));
    request.header("if-match", &format!("\"{version}\"")).send().await
}

/// Writes all of an activity again.
pub(crate) async fn edit(who: &Caller, id: i64, version: u32, content: &Value) -> TestResponse {
    let request = who.request(reqwest::Method::PUT, &format!("/api/v1/activities/{id}"));
    request.header("if-match", &format!("\"{version}\"")).json(content).send().await
}

/// Signs people up under a key of their own.
pub(crate) async fn sign_up(who: &Caller, id: i64, people: &[String]) -> TestResponse {
    let key = who.app.state.random.stamp().to_string();
    sign_up_under(who, id, &json!({"person_ids": people}), &key).await
}

pub(crate) async fn sign_up_under(who: &Caller, id: i64, body: &Value, key: &str) -> TestResponse {
    let path = format!("/api/v1/activities/{id}/registrations");
    who.request(reqwest::Method::POST, &path).header("idempotency-key", key).json(body).send().await
}

/// The caller alone.
pub(crate) fn alone(who: &Caller) -> Vec<String> {
    vec![who.person_id.unwrap().to_string()]
}

/// The id of the registration that was answered.
#[track_caller]
pub(crate) fn id_of(answer: &TestResponse) -> String {
    assert!([200, 201].contains(&answer.status), "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The public numbers, which must add up.
pub(crate) async fn audit(app: &TestApp, id: i64) -> Value {
    let audit = app.get(&format!("/api/v1/activities/{id}/audit")).await.ok();
    assert_eq!(audit["holds"], true, "{audit}");
    audit
}

/// Where a registration of the caller stands.
pub(crate) async fn status(who: &Caller, registration: &str) -> String {
    let shown = who.get(&format!("/api/v1/registrations/{registration}")).await.ok();
    shown["status"].as_str().unwrap().to_owned()
}

/// The kinds of what somebody was told in the app by now, by name.
pub(crate) async fn told(who: &Caller) -> Vec<String> {
    let now = who.app.clock.now();
    let mut notices = entity::notice::Entity::find()
        .filter(entity::notice::Column::AccountId.eq(who.id))
        .filter(entity::notice::Column::WithdrawnAt.is_null())
        .all(who.app.state.database.reader())
        .await
        .unwrap();
    notices.retain(|notice| *notice.visible_at <= now);
    let mut kinds: Vec<String> = notices.into_iter().map(|notice| notice.kind).collect();
    kinds.sort();
    kinds
}

/// Publishes without the steps, for tests that need many.
pub(crate) async fn publish_at_once(app: &TestApp, content: &Value) -> i64 {
    let host = app.staff("region_admin", HERE).await;
    let drafted = host.post("/api/v1/activities", content).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let id = drafted.json()["id"].as_i64().unwrap();
    let (number, now) = (i32::try_from(id).unwrap(), app.clock.now());
    app.state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let revision = kangtu::activities::revision::raise(transaction, now).await?;
                activity::Entity::update_many()
                    .col_expr(activity::Column::Status, Expr::val(Status::Published))
                    .col_expr(activity::Column::PublishedAt, Expr::val(now.timestamp_millis()))
                    .col_expr(activity::Column::ChangedRevision, Expr::val(revision))
                    .filter(activity::Column::Id.eq(number))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    app.state.activities.refresh(&app.state.database).await.unwrap();
    id
}
