//! Persons: who may see and do what for whom, by the clock.

mod consents;
mod family;
mod hand_over;
mod me;
mod proxies;

use serde_json::{Value, json};

use crate::support::callers::Caller;

pub(crate) const PEOPLE: &str = "/api/v1/me/people";

/// A child of nine, with the consent that a child needs.
pub(crate) fn child() -> Value {
    json!({
        "name": "李小明",
        "birth_date": "2017-05-01",
        "sex": "male",
        "kinship": "child",
        "consents": [{"purpose": "records", "text_version": 1}],
    })
}

/// Somebody born on a day, without any consent.
pub(crate) fn born(birth_date: &str, kinship: &str) -> Value {
    json!({"name": "李秀英", "birth_date": birth_date, "kinship": kinship})
}

/// Takes somebody into the caller's family and returns their id.
pub(crate) async fn add(caller: &Caller, person: &Value) -> String {
    let added = caller.post(PEOPLE, person).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn names(caller: &Caller) -> Vec<Value> {
    let people = caller.get(PEOPLE).await.ok();
    people["items"].as_array().unwrap().iter().map(|person| person["name"].clone()).collect()
}

/// The relation the caller has to a person, if any.
pub(crate) async fn relation(caller: &Caller, id: &str) -> Option<String> {
    let people = caller.get(PEOPLE).await.ok();
    let found = people["items"].as_array().unwrap().iter().find(|person| person["id"] == id);
    found.map(|person| person["relation"].as_str().unwrap().to_owned())
}

/// Lets `holder` act for a person that `granter` decides for, and returns the proxy's id.
pub(crate) async fn appoint(
    granter: &Caller,
    holder: &Caller,
    id: &str,
    scopes: &[&str],
    days: i64,
) -> String {
    let expires_at = granter.app.clock.now() + chrono::TimeDelta::days(days);
    let body = json!({"scopes": scopes, "expires_at": expires_at});
    let invited = granter.post(&format!("{PEOPLE}/{id}/proxies"), &body).await;
    assert_eq!(invited.status, 201, "{}", invited.text());
    let code = json!({"code": invited.json()["code"]});
    let accepted = holder.post("/api/v1/me/proxies/accept", &code).await.ok();
    accepted["id"].as_str().unwrap().to_owned()
}

/// Goes on with the same session after its access token ran out.
pub(crate) async fn days_later(callers: &mut [&mut Caller], days: i64) {
    callers[0].app.clock.advance(chrono::TimeDelta::days(days));
    for caller in callers {
        caller.refresh().await;
    }
}
