//! How the operations of health records are called, on the record of the owner.

use serde_json::{Value, json};

use super::calls::{Call, Objects, edit, get, send};
use crate::records::{agree, keep, own, pressure};

pub(super) fn is_meant(path: &str) -> bool {
    const ROOMS: [&str; 7] =
        ["measurements", "summary", "trends", "goals", "pregnancy", "reminders", "steps"];
    let room = path.strip_prefix("/api/v1/people/{id}/").and_then(|rest| rest.split('/').next());
    path == "/api/v1/metrics-catalogue" || room.is_some_and(|room| ROOMS.contains(&room))
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let owner = &objects.owner;
    for purpose in ["records", "steps"] {
        agree(owner, purpose).await;
    }
    let here = path.replace("{id}", &owner.person_id.unwrap().to_string()).replace("{metric}", "weight");
    let reminder = json!({"metric": "weight", "time": "07:30"});
    match (method, path) {
        ("POST", "/api/v1/people/{id}/measurements") => {
            send(here, json!({"measurements": [pressure("2026-11-24T07:00:00+08:00", 128, 82)]}))
        }
        (_, "/api/v1/people/{id}/measurements/{measurement_id}") => {
            let kept = keep(owner, pressure("2026-11-24T07:00:00+08:00", 128, 82)).await;
            get(here.replace("{measurement_id}", text(&kept["id"])))
        }
        ("GET", "/api/v1/people/{id}/trends") => get(format!("{here}?metric=weight")),
        ("PUT", "/api/v1/people/{id}/goals/{metric}") => send(here, json!({"limits": {"value": {"to": 60}}})),
        (_, "/api/v1/people/{id}/pregnancy") => {
            let told = json!({"last_period_on": "2026-07-08"});
            owner.put(&own(owner, "pregnancy"), &told).await.ok();
            send(here, told)
        }
        ("POST", "/api/v1/people/{id}/reminders") => send(here, reminder),
        (_, "/api/v1/people/{id}/reminders/{reminder_id}") => {
            let added = owner.post(&own(owner, "reminders"), &reminder).await.json();
            edit(here.replace("{reminder_id}", text(&added["id"])), reminder)
        }
        ("POST", "/api/v1/people/{id}/steps/wechat") => {
            // The owner's data would need the owner's phone; 409 tells that it was looked at.
            send(here, json!({"encrypted_data": "AAAA", "iv": "AAAA"}))
        }
        ("GET" | "DELETE", _) => get(here),
        _ => panic!("say in access/records_calls.rs how {method} {path} is called"),
    }
}

fn text(id: &Value) -> &str {
    id.as_str().unwrap()
}
