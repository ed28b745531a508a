//! How the operations of health officers are called, on a resident who shares with those of the community.

use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, get, send};
use crate::follow_ups::{officer, results};
use crate::huts::agree;

pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with("/api/v1/follow-ups")
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let owner = &objects.owner;
    for purpose in ["records", "sharing"] {
        agree(owner, purpose).await;
    }
    owner.patch("/api/v1/me", &json!({"region_code": HERE})).await.ok();
    match (method, path) {
        ("POST", "/api/v1/follow-ups/{id}/results") => {
            send(results(owner.person_id.unwrap()), call_with("advised", objects))
        }
        ("GET", "/api/v1/follow-ups/{id}/results") => get(results(owner.person_id.unwrap())),
        ("POST", "/api/v1/follow-ups/referrals/{id}/return") => {
            let mut body = call_with("sees_doctor", objects);
            body["referral"] = json!({"to": "葵涌人民医院", "why": "血压高"});
            let noted =
                officer(&objects.app).await.post(&results(owner.person_id.unwrap()), &body).await.json();
            send(path.replace("{id}", noted["referral_id"].as_str().unwrap()), json!({"outcome": "treated"}))
        }
        ("GET", path) if !path.contains('{') => get(path),
        _ => panic!("say in access/follow_up_calls.rs how {method} {path} is called"),
    }
}

fn call_with(outcome: &str, objects: &Objects) -> Value {
    json!({"uid": objects.app.state.random.stamp(), "outcome": outcome})
}
