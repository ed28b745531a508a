//! Health records: what comes in, what is told of it, and what is left when it is gone.

mod alerts;
mod catalogue;
mod corrections;
mod goals;
mod heights;
mod intake;
mod pregnancy;
mod privacy;
mod reminders;
mod sharing;
mod steps;
mod summary;
mod trends;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::callers::Caller;

/// Agrees for oneself.
pub(crate) async fn agree(caller: &Caller, purpose: &str) {
    let path = format!("/api/v1/me/consents/{purpose}");
    assert_eq!(caller.put(&path, &json!({"text_version": 1})).await.status, 204);
}

/// A resident who keeps a record.
pub(crate) async fn keeper(app: &TestApp, name: &str) -> Caller {
    let caller = app.resident(name).await;
    agree(&caller, "records").await;
    caller
}

/// The address of the caller's own record.
pub(crate) fn own(caller: &Caller, what: &str) -> String {
    of(&caller.person_id.unwrap().to_string(), what)
}

/// The address of somebody's record.
pub(crate) fn of(person: &str, what: &str) -> String {
    format!("/api/v1/people/{person}/{what}")
}

/// A reading of one number under a new name.
pub(crate) fn reading(metric: &str, at: &str, value: f64) -> Value {
    json!({"uid": Uuid::new_v4(), "metric": metric, "values": {"value": value}, "measured_at": at})
}

/// A blood pressure under a new name.
pub(crate) fn pressure(at: &str, systolic: i32, diastolic: i32) -> Value {
    json!({
        "uid": Uuid::new_v4(),
        "metric": "blood_pressure",
        "values": {"systolic": systolic, "diastolic": diastolic},
        "measured_at": at,
    })
}

/// A value with some members replaced.
pub(crate) fn with(mut value: Value, members: &Value) -> Value {
    for (name, member) in members.as_object().unwrap() {
        value[name] = member.clone();
    }
    value
}

/// Sends readings for somebody and gives the answers.
pub(crate) async fn send_for(caller: &Caller, person: &str, readings: &[Value]) -> Vec<Value> {
    let answer = caller.post(&of(person, "measurements"), &json!({"measurements": readings})).await.ok();
    answer["items"].as_array().unwrap().clone()
}

/// Sends readings of oneself and gives the answers.
pub(crate) async fn send(caller: &Caller, readings: &[Value]) -> Vec<Value> {
    send_for(caller, &caller.person_id.unwrap().to_string(), readings).await
}

/// Keeps one reading of oneself and gives it as it is kept.
pub(crate) async fn keep(caller: &Caller, reading: Value) -> Value {
    let answer = send(caller, &[reading]).await.remove(0);
    assert_eq!(answer["status"], "recorded", "{answer}");
    answer["measurement"].clone()
}

pub(crate) fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["status"].as_str().unwrap()).collect()
}
