//! How the operations of health huts are called, on a hut that stands in the owner's community.

use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, edit, get, send};
use crate::huts::{Hut, agree, created, new_place};

pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with("/api/v1/huts")
        || path.starts_with("/api/v1/gateway/")
        || path == "/api/v1/readings/claim"
        || path == "/api/v1/people/{id}/hut-code"
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    match (method, path) {
        ("GET", "/api/v1/huts") => get(path),
        // Without a signature nobody is a gateway.
        (_, path) if path.starts_with("/api/v1/gateway/") => send(path, json!({})),
        ("POST", "/api/v1/readings/claim") => {
            agree(&objects.owner, "records").await;
            send(path, json!({"code": "AAAAAA", "person_id": objects.owner.person_id}))
        }
        ("POST", "/api/v1/people/{id}/hut-code") => {
            agree(&objects.owner, "records").await;
            send(path.replace("{id}", &objects.owner.person_id.unwrap().to_string()), json!({}))
        }
        ("POST", "/api/v1/huts") => send(path, json!({"feature_id": new_place(&objects.app, HERE).await})),
        _ => on_hut(method, path, objects).await,
    }
}

async fn on_hut(method: &str, path: &str, objects: &Objects) -> Call {
    let hut = Hut::new(&objects.app).await;
    let path = path.replace("{id}", &hut.id);
    match (method, path.strip_prefix(&hut.path("")).unwrap()) {
        ("PATCH", "") => edit(path, json!({"note": "钥匙在前台"})),
        ("POST", "/devices") => send(path, json!({"kind": "waist", "name": "软尺"})),
        ("PATCH", "/devices/{device_id}") => {
            edit(path.replace("{device_id}", &hut.cuff), json!({"name": "新血压计"}))
        }
        ("PUT", "/first-aid-box") => edit(path, json!({"supplies": []})),
        ("POST", "/first-aid-box/checks") => send(path, json!({"complete": true})),
        ("POST", "/gateways") => send(path, json!({"name": "二楼网关"})),
        ("POST", "/gateways/{gateway_id}/key") => send(gateway(&hut, &path).await, json!({"at_once": true})),
        ("DELETE", "/gateways/{gateway_id}") => get(gateway(&hut, &path).await),
        ("POST", "/sessions") => {
            agree(&objects.owner, "records").await;
            send(path, json!({"code": hut.code().await, "person_id": objects.owner.person_id}))
        }
        ("POST", "/sessions/{session_id}/confirm") => {
            send(session(&hut, objects, &path).await, json!({"mine": true}))
        }
        ("GET" | "DELETE", "/sessions/{session_id}") => get(session(&hut, objects, &path).await),
        ("POST", "/find-people") => send(path, json!({"last_four": "5678"})),
        ("POST", "/staff-sessions") => {
            for purpose in ["records", "sharing"] {
                agree(&objects.owner, purpose).await;
            }
            objects.owner.patch("/api/v1/me", &json!({"region_code": HERE})).await.ok();
            send(path, json!({"person_id": objects.owner.person_id}))
        }
        ("GET", _) => get(path),
        _ => panic!("say in access/hut_calls.rs how {method} {path} is called"),
    }
}

async fn gateway(hut: &Hut, path: &str) -> String {
    let made = created(&hut.keeper.post(&hut.path("/gateways"), &json!({"name": "网关"})).await);
    path.replace("{gateway_id}", id(&made["gateway_id"]))
}

async fn session(hut: &Hut, objects: &Objects, path: &str) -> String {
    agree(&objects.owner, "records").await;
    path.replace("{session_id}", id(&hut.scanned_by(&objects.owner).await["id"]))
}

fn id(value: &Value) -> &str {
    value.as_str().unwrap()
}
