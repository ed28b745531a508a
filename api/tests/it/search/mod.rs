//! The search as residents use it.

mod engines;
mod hostile;
mod index;
mod results;
mod topics;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::support::TestApp;

/// The address of a search, with anything typed.
pub(crate) fn path(typed: &str) -> String {
    format!("/api/v1/search?q={}", utf8_percent_encode(typed, NON_ALPHANUMERIC))
}

pub(crate) async fn search(app: &TestApp, typed: &str) -> Value {
    app.get(&format!("{}&limit=100", path(typed))).await.ok()
}

/// Kind and id of each result.
pub(crate) fn ids(results: &Value) -> Vec<String> {
    let items = results["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["id"].as_str().unwrap()))
        .collect()
}

/// Text with the hits in brackets.
pub(crate) fn shown(parts: &Value) -> String {
    let parts = parts.as_array().unwrap().iter();
    let text = |part: &Value| part["text"].as_str().unwrap().to_owned();
    parts.map(|part| if part["hit"] == true { format!("[{}]", text(part)) } else { text(part) }).collect()
}
