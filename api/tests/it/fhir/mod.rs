//! The record as FHIR R4: read, searched, taken along, brought in.

mod corpus;
mod further;
mod import;
mod reading;
mod rules;
mod search;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

/// Wednesday, 25 November 2026, 07:30 in China.
pub(crate) const THIS_MORNING: &str = "2026-11-25T07:30:00+08:00";

/// A resident who agreed to keeping records.
pub(crate) async fn keeper(app: &TestApp, name: &str) -> Caller {
    let caller = app.resident(name).await;
    let agreed = caller.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await;
    assert_eq!(agreed.status, 204, "{}", agreed.text());
    caller
}

/// Adds a reading and returns its id.
pub(crate) async fn measure(caller: &Caller, metric: &str, values: Value, at: &str) -> String {
    let uid = caller.app.state.random.stamp();
    let one = json!({"uid": uid, "metric": metric, "values": values, "measured_at": at, "confirmed": true});
    let path = format!("/api/v1/people/{}/measurements", caller.person_id.unwrap());
    let taken = caller.post(&path, &json!({"measurements": [one]})).await.ok();
    assert_eq!(taken["items"][0]["status"], "recorded", "{taken}");
    taken["items"][0]["measurement"]["id"].as_str().unwrap().to_owned()
}

/// The resource of a 200 answer.
#[track_caller]
fn resource(answer: &TestResponse) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.media_type(), "application/fhir+json");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    answer.json()
}

/// Asserts an `OperationOutcome` with this status and issue type.
#[track_caller]
fn outcome(answer: &TestResponse, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.media_type(), "application/fhir+json", "{}", answer.text());
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_eq!(
        (&outcome["issue"][0]["severity"], &outcome["issue"][0]["code"]),
        (&json!("error"), &json!(code)),
        "{outcome}"
    );
    assert!(!outcome["issue"][0]["details"]["text"].as_str().unwrap().is_empty());
    outcome
}

/// The resources in a bundle.
fn entries(bundle: &Value) -> Vec<Value> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| entry["resource"].clone()).collect()
}

/// The address of the next page.
fn next(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array().unwrap();
    let next = links.iter().find(|link| link["relation"] == "next")?;
    Some(next["url"].as_str().unwrap().to_owned())
}

/// A blood pressure as it is brought in.
pub(crate) fn blood_pressure(caller: &Caller, key: &str) -> Value {
    let quantity = |value: i64| json!({"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"});
    let code = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    json!({
        "resourceType": "Observation",
        "identifier": [{"system": "urn:example:clinic", "value": key}],
        "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"
        }]}],
        "code": code("85354-9"),
        "subject": {"reference": format!("Patient/{}", caller.person_id.unwrap())},
        "effectiveDateTime": "2026-11-20T08:00:00+08:00",
        "component": [
            {"code": code("8480-6"), "valueQuantity": quantity(128)},
            {"code": code("8462-4"), "valueQuantity": quantity(82)}
        ]
    })
}

/// A transaction of these observations, each under its first identifier.
pub(crate) fn transaction(observations: &[Value]) -> Value {
    let entry = |observation: &Value| {
        let identifier = &observation["identifier"][0];
        let text = |name: &str| identifier[name].as_str().unwrap_or_default().to_owned();
        let condition = format!("identifier={}|{}", text("system"), text("value"));
        json!({
            "resource": observation,
            "request": {"method": "POST", "url": "Observation", "ifNoneExist": condition}
        })
    };
    json!({"resourceType": "Bundle", "type": "transaction", "entry": observations.iter().map(entry).collect::<Vec<_>>()})
}

async fn bring(caller: &Caller, bundle: &Value) -> TestResponse {
    let request = caller.request(Method::POST, "/fhir").header("content-type", "application/fhir+json");
    request.body(bundle.to_string()).send().await
}

/// How many readings somebody has.
async fn count(caller: &Caller) -> usize {
    let path = format!("/api/v1/people/{}/measurements?limit=100", caller.person_id.unwrap());
    caller.get(&path).await.ok()["items"].as_array().unwrap().len()
}
