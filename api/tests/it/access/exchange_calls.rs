//! How what leaves the record is called: FHIR, the report, the table, share links.

use serde_json::json;

use super::calls::{Call, Objects, get, send, unique};

/// Whether an operation takes a record along or shows it to others.
pub(super) fn is_meant(path: &str) -> bool {
    let of_person = path.strip_prefix("/api/v1/people/{id}/");
    path.starts_with("/fhir")
        || path.starts_with("/s/{token}")
        || path.starts_with("/api/v1/shared/{token}")
        || of_person.is_some_and(|rest| {
            rest == "report.pdf" || rest == "measurements.csv" || rest.starts_with("shares")
        })
}

/// How it is called, on the record of the owner, who agreed to keeping it.
pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let owner = &objects.owner;
    owner.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await;
    let person = owner.person_id.unwrap().to_string();
    let weight = json!({
        "uid": objects.app.state.random.stamp(), "metric": "weight", "values": {"value": 65.5},
        "measured_at": "2026-11-25T07:30:00+08:00", "confirmed": true
    });
    let shares = format!("/api/v1/people/{person}/shares");
    match (method, path) {
        ("GET", "/fhir/Observation") => get(format!("/fhir/Observation?patient={person}")),
        ("GET", "/fhir/Observation/{id}") => {
            let measurements = format!("/api/v1/people/{person}/measurements");
            let taken = owner.post(&measurements, &json!({"measurements": [weight]})).await.ok();
            get(format!("/fhir/Observation/{}", taken["items"][0]["measurement"]["id"].as_str().unwrap()))
        }
        ("GET", "/fhir/Provenance/{id}") => {
            let measurements = format!("/api/v1/people/{person}/measurements");
            let taken = owner.post(&measurements, &json!({"measurements": [weight]})).await.ok();
            get(format!("/fhir/Provenance/{}", taken["items"][0]["measurement"]["id"].as_str().unwrap()))
        }
        ("GET", "/fhir/Goal/{id}" | "/fhir/Consent/{id}") => {
            let goal = json!({"limits": {"value": {"to": 60}}});
            owner.put(&format!("/api/v1/people/{person}/goals/weight"), &goal).await.ok();
            let kind = path.trim_start_matches("/fhir/").trim_end_matches("/{id}");
            let told = owner.get(&format!("/fhir/Patient/{person}/$everything?_type={kind}")).await.ok();
            get(format!("/fhir/{kind}/{}", told["entry"][0]["resource"]["id"].as_str().unwrap()))
        }
        ("POST", "/fhir") => {
            let observation = crate::fhir::blood_pressure(owner, &unique(&objects.app));
            send("/fhir", crate::fhir::transaction(&[observation]))
        }
        ("POST", "/api/v1/people/{id}/shares") => send(shares, json!({"label": "王医生"})),
        ("DELETE", _) => {
            let made = owner.post(&shares, &json!({"label": "王医生"})).await.json();
            get(format!("{shares}/{}", made["id"].as_str().unwrap()))
        }
        (_, path) if path.contains("{token}") => {
            let made = owner.post(&shares, &json!({"label": "王医生"})).await.json();
            let token = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            get(path.replace("{token}", &token))
        }
        _ => get(path.replace("{id}", &person)),
    }
}
