//! How each operation is called, on things that belong to one resident or stand in one community.

use kangtu::privacy::exports::build_due;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::callers::Caller;

/// One call of an operation.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What is called: things of one resident.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) app: TestApp,
    pub(super) owner: Caller,
}

impl Objects {
    pub(super) async fn new(app: &TestApp) -> Self {
        Self { app: app.clone(), owner: app.resident(&unique(app)).await }
    }

    /// Another resident, who has nothing to do with the first.
    pub(super) async fn other(&self) -> Caller {
        self.app.resident(&unique(&self.app)).await
    }
}

/// A name nobody else has.
fn unique(app: &TestApp) -> String {
    app.state.random.stamp().simple().to_string()
}

/// Whether an operation is for everybody, logged in or not.
pub(super) fn is_public(path: &str) -> bool {
    const OPEN: [&str; 7] = [
        "/healthz",
        "/readyz",
        "/.well-known/jwks.json",
        "/wechat/push",
        "/{name}.txt",
        "/api/v1/regions",
        "/api/v1/erasures/{receipt}",
    ];
    OPEN.contains(&path)
        || path.starts_with("/map")
        || path.starts_with("/api/v1/map/")
        || path.starts_with("/api/v1/auth/") && path != "/api/v1/auth/logout"
}

fn get(path: impl Into<String>) -> Call {
    Call { path: path.into(), ..Call::default() }
}

fn send(path: impl Into<String>, body: Value) -> Call {
    Call { path: path.into(), body: Some(body), headers: Vec::new() }
}

fn edit(path: impl Into<String>, body: Value) -> Call {
    Call { headers: vec![("if-match", "\"1\"".to_owned())], ..send(path, body) }
}

/// The address of somebody new in the owner's family.
async fn person(objects: &Objects, path: &str) -> String {
    let body = json!({"name": "李秀英", "birth_date": "1956-03-08", "kinship": "parent"});
    let added = objects.owner.post("/api/v1/me/people", &body).await.json();
    path.replace("{id}", added["id"].as_str().unwrap())
}

/// The address of an export that the owner asked for and that is ready.
async fn export(objects: &Objects, path: &str) -> String {
    let asked = objects.owner.post("/api/v1/me/exports", &json!({})).await.json();
    let id = asked["id"].as_str().unwrap();
    for _ in 0..500 {
        build_due(&objects.app.state, objects.app.clock.now()).await.unwrap();
        if objects.owner.get(&format!("/api/v1/me/exports/{id}")).await.ok()["state"] == "ready" {
            return path.replace("{id}", id);
        }
    }
    panic!("the export never became ready");
}

/// How an operation is called on the things of the owner.
pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let owner = &objects.owner;
    match (method, path) {
        ("GET", "/api/v1/map/changes") => get("/api/v1/map/changes?since=0"),
        ("GET", "/api/v1/map/features/{id}") => get("/api/v1/map/features/1"),
        ("GET", "/api/v1/map/nearest") => get("/api/v1/map/nearest?lon=114.42&lat=22.63"),
        ("GET", "/api/v1/map/view") => get("/api/v1/map/view?bbox=114.40,22.61,114.45,22.65&zoom=14"),
        ("GET", "/map/collections/{collectionId}") => get("/map/collections/park"),
        ("GET", "/map/collections/{collectionId}/items") => get("/map/collections/park/items?limit=1"),
        ("GET", "/map/collections/{collectionId}/items/{featureId}") => get("/map/collections/park/items/1"),
        ("GET", "/{name}.txt") => get("/unknown.txt"),
        ("POST", "/wechat/push") => send(path, json!({})),
        ("POST", "/api/v1/auth/wechat") => send(path, json!({"code": "dev-li"})),
        ("POST", "/api/v1/auth/refresh") => send(path, json!({"refresh_token": "nobody-holds-this-token"})),
        ("POST", "/api/v1/auth/logout" | "/api/v1/me/keep")
        | ("DELETE", "/api/v1/me" | "/api/v1/me/sessions") => get(path),
        ("DELETE", "/api/v1/me/sessions/{id}") => get(format!("/api/v1/me/sessions/{}", owner.session_id)),
        ("GET", "/api/v1/erasures/{receipt}") => get("/api/v1/erasures/unknown"),
        ("GET", path) if !path.contains('{') => get(path),
        ("PATCH", "/api/v1/me") => send(path, json!({"elder_mode": true})),
        ("POST", "/api/v1/me/exports") => send(path, json!({"person_id": owner.person_id})),
        ("GET", path) if path.starts_with("/api/v1/me/exports/") => get(export(objects, path).await),
        ("POST", "/api/v1/me/people") => {
            send(path, json!({"name": "李秀英", "birth_date": "1956-03-08", "kinship": "parent"}))
        }
        ("POST", "/api/v1/me/phone" | "/api/v1/me/proxies/accept" | "/api/v1/me/hand-over/accept") => {
            send(path, json!({"code": "unknown"}))
        }
        ("PUT" | "DELETE", "/api/v1/me/consents/{purpose}") => {
            send(person(objects, "/api/v1/me/consents/records?person={id}").await, json!({"text_version": 1}))
        }
        ("PATCH", "/api/v1/me/people/{id}") => edit(person(objects, path).await, json!({"name": "李奶奶"})),
        ("DELETE", "/api/v1/me/people/{id}/proxies/{proxy_id}") => {
            get(person(objects, path).await.replace("{proxy_id}", &unique(&objects.app)))
        }
        ("POST", "/api/v1/me/people/{id}/proxies") => {
            let expires_at = objects.app.clock.now() + chrono::TimeDelta::days(1);
            let body = json!({"scopes": ["activities"], "expires_at": expires_at});
            send(person(objects, path).await, body)
        }
        (_, path) if path.starts_with("/api/v1/me/people/{id}") => {
            edit(person(objects, path).await, json!({}))
        }
        _ => panic!("say in access/calls.rs how {method} {path} is called"),
    }
}
