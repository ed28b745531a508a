//! Links with which a doctor sees a record.

mod life;
mod privacy;

use serde_json::{Value, json};

use crate::support::TestResponse;
use crate::support::callers::Caller;

pub(crate) fn shares(caller: &Caller) -> String {
    format!("/api/v1/people/{}/shares", caller.person_id.unwrap())
}

/// Makes a link for oneself; returns it with its secret.
pub(crate) async fn share(caller: &Caller, wish: Value) -> (Value, String) {
    let made = caller.post(&shares(caller), &wish).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let share = made.json();
    let token = share["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (share, token)
}

/// Opens a record with a link, as a program does.
pub(crate) async fn open(caller: &Caller, token: &str) -> TestResponse {
    caller.app.post(&format!("/api/v1/shared/{token}"), &json!({})).await
}
