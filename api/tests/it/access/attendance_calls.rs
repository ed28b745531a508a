//! How the operations of attendance are called, on a lecture at which the owner has a seat.

use entity::registration::Status;
use serde_json::json;

use super::calls::{Call, Objects, get, send, unique};
use crate::attendance;

/// Whether an operation is one of attendance, its reports and feedback.
pub(super) fn is_meant(method: &str, path: &str) -> bool {
    const OF_ACTIVITY: [&str; 13] = [
        ".ics",
        "/attendance",
        "/check-in-conflicts",
        "/check-in-conflicts/{conflict_id}/settle",
        "/check-ins",
        "/check-ins/offline",
        "/check-ins/undo",
        "/feedback",
        "/feedback/comments",
        "/find-registrants",
        "/gate-bundle",
        "/self-check-ins",
        "/venue-code",
    ];
    let of_activity = path.strip_prefix("/api/v1/activities/{id}");
    of_activity.is_some_and(|rest| OF_ACTIVITY.contains(&rest))
        || ["/api/v1/registrations/{id}/ticket", "/api/v1/registrations/{id}/feedback"].contains(&path)
        || (method, path) == ("GET", "/api/v1/activities/{id}/registrations")
}

/// How attendance is called, on a lecture here at which the owner has a seat.
pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let (app, owner) = (&objects.app, &objects.owner);
    let activity_id = attendance::announce(app, attendance::lecture(app)).await;
    let people = [owner.person_id.unwrap()];
    let seat = attendance::sign_up(owner, activity_id, &people, Status::Confirmed).await;
    let id =
        if path.contains("/registrations/{id}/") { seat.id.to_string() } else { activity_id.to_string() };
    let path = path.replace("{id}", &id).replace("{conflict_id}", &unique(app));
    let last = path.rsplit('/').next().unwrap_or_default();
    match (method, last) {
        ("GET", _) => get(path),
        (_, "check-ins") => send(path, json!({"registration_id": seat.id, "nonce": unique(app)})),
        (_, "undo") => send(path, json!({"people": seat.people})),
        (_, "find-registrants") => send(path, json!({"last_four": "5678"})),
        (_, "offline") => {
            let now = app.clock.now();
            let scans = json!([{"ticket": "KT1:", "nonce": unique(app), "scanned_at": now}]);
            send(path, json!({"device_now": now, "scans": scans}))
        }
        (_, "settle") => send(path, json!({"decision": "dismissed"})),
        (_, "self-check-ins") => send(path, json!({"code": "KW1:", "nonce": unique(app)})),
        (_, "feedback") => send(path, json!({"overall": 5})),
        _ => panic!("say in access/calls.rs how {method} {path} is called"),
    }
}
