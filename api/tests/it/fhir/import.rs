//! Transactions that bring observations in.

use serde_json::json;

use super::{
    THIS_MORNING, blood_pressure, bring, count, entries, keeper, measure, outcome, resource, transaction,
};
use crate::people::appoint;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_transaction_sent_again_changes_nothing,
    what_was_taken_along_comes_back_as_what_it_was,
    a_transaction_is_written_whole_or_not_at_all,
    a_laboratorys_fasting_glucose_is_taken_with_a_remark,
    what_the_owner_deleted_does_not_come_back,
    whoever_brings_in_needs_the_scope_and_the_consent,
    nothing_of_a_value_is_told_in_an_error,
);

async fn a_transaction_sent_again_changes_nothing(app: TestApp) {
    let li = keeper(&app, "li").await;
    let mut second = blood_pressure(&li, "bp-2");
    second["effectiveDateTime"] = json!("2026-11-21");
    let bundle = transaction(&[blood_pressure(&li, "bp-1"), second]);
    let first = resource(&bring(&li, &bundle).await);
    assert_eq!(
        (&first["type"], first["entry"].as_array().unwrap().len()),
        (&json!("transaction-response"), 2)
    );
    assert_eq!(first["entry"][0]["response"]["status"], "201 Created");
    assert_eq!(first["entry"][0]["response"]["etag"], "W/\"1\"");
    let again = resource(&bring(&li, &bundle).await);
    assert_eq!(again["entry"][0]["response"]["status"], "200 OK");
    assert_eq!(again["entry"][0]["response"]["location"], first["entry"][0]["response"]["location"]);
    assert_eq!(count(&li).await, 2);
    let location = first["entry"][0]["response"]["location"].as_str().unwrap();
    let told = resource(&li.get(&format!("/fhir/{}", location.split("/_history").next().unwrap())).await);
    assert_eq!(told["component"][0]["valueQuantity"]["value"], 128);
    assert_eq!(told["effectiveDateTime"], "2026-11-20T08:00:00+08:00");
    let location = first["entry"][1]["response"]["location"].as_str().unwrap();
    let told = resource(&li.get(&format!("/fhir/{}", location.split("/_history").next().unwrap())).await);
    assert_eq!(told["effectiveDateTime"], "2026-11-21", "no time is made up");
    let path = format!("/api/v1/people/{}/measurements", li.person_id.unwrap());
    let kept = li.get(&path).await.ok();
    assert_eq!(
        (&kept["items"][0]["source"], &kept["items"][0]["clock"]),
        (&json!("import"), &json!("unknown"))
    );
    assert_eq!(kept["items"][0]["measured_at"], "2026-11-21T12:00:00+08:00", "only the day was known");
    assert_eq!(
        (&kept["items"][1]["clock"], &kept["items"][1]["entered_as"]),
        (&json!("told"), &json!("own"))
    );
}

async fn what_was_taken_along_comes_back_as_what_it_was(app: TestApp) {
    let li = keeper(&app, "li").await;
    measure(&li, "blood_pressure", json!({"systolic": 128, "diastolic": 82, "pulse": 70}), THIS_MORNING)
        .await;
    measure(&li, "glucose_fasting", json!({"value": 5.6}), THIS_MORNING).await;
    let told = json!({"measurements": [{
        "uid": app.state.random.stamp(), "metric": "heart_rate", "values": {"value": 70}, "measured_at": THIS_MORNING,
        "posture": "sitting", "note": "饭后"
    }]});
    li.post(&format!("/api/v1/people/{}/measurements", li.person_id.unwrap()), &told).await.ok();
    measure(&li, "oxygen_saturation", json!({"value": 97}), THIS_MORNING).await;
    let person = li.person_id.unwrap();
    let taken = resource(&li.get(&format!("/fhir/Patient/{person}/$everything?_type=Observation")).await);
    let bundle = transaction(&entries(&taken));
    let back = resource(&bring(&li, &bundle).await);
    for entry in back["entry"].as_array().unwrap() {
        assert_eq!(entry["response"]["status"], "200 OK", "{entry}");
    }
    assert_eq!(count(&li).await, 4);
    // Somebody else takes it over as their own; then it is new.
    let wang = keeper(&app, "wang").await;
    let text = bundle.to_string().replace(&person.to_string(), &wang.person_id.unwrap().to_string());
    let other = resource(&bring(&wang, &serde_json::from_str(&text).unwrap()).await);
    assert_eq!(other["entry"][0]["response"]["status"], "201 Created");
    assert_eq!(count(&wang).await, 4);
}

async fn a_transaction_is_written_whole_or_not_at_all(app: TestApp) {
    let li = keeper(&app, "li").await;
    let mut impossible = blood_pressure(&li, "bp-2");
    impossible["component"][0]["valueQuantity"]["value"] = json!(20);
    let refused = bring(&li, &transaction(&[blood_pressure(&li, "bp-1"), impossible])).await;
    let told = outcome(&refused, 422, "business-rule");
    assert_eq!(told["issue"][0]["expression"], json!(["Bundle.entry[1].resource"]));
    assert_eq!(count(&li).await, 0);
    let mut other = blood_pressure(&li, "bp-3");
    other["subject"]["reference"] = json!(format!("Patient/{}", app.state.random.stamp()));
    let two = bring(&li, &transaction(&[blood_pressure(&li, "bp-1"), other])).await;
    outcome(&two, 422, "business-rule");
    let twice = bring(&li, &transaction(&[blood_pressure(&li, "bp-1"), blood_pressure(&li, "bp-1")])).await;
    outcome(&twice, 422, "duplicate");
    assert_eq!(count(&li).await, 0);
    bring(&li, &transaction(&[blood_pressure(&li, "bp-1")])).await.ok();
    let mut changed = blood_pressure(&li, "bp-1");
    changed["component"][0]["valueQuantity"]["value"] = json!(130);
    outcome(&bring(&li, &transaction(&[changed])).await, 422, "conflict");
    assert_eq!(count(&li).await, 1);
}

async fn a_laboratorys_fasting_glucose_is_taken_with_a_remark(app: TestApp) {
    let li = keeper(&app, "li").await;
    let glucose = json!({
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"system": "https://lab.example.cn", "value": "glu-1"}],
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"
        }]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "14771-0"}]},
        "subject": {"reference": format!("Patient/{}", li.person_id.unwrap())},
        "effectiveDateTime": "2026-11-20T08:00:00+08:00",
        "valueQuantity": {
            "value": 5.6, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"
        },
    });
    let bundle = transaction(&[glucose]);
    for status in ["201 Created", "200 OK"] {
        let brought = resource(&bring(&li, &bundle).await);
        assert_eq!(brought["entry"][0]["response"]["status"], status, "{brought}");
    }
    let path = format!("/api/v1/people/{}/measurements?metric=glucose_fasting", li.person_id.unwrap());
    let kept = li.get(&path).await.ok()["items"][0].clone();
    assert_eq!((&kept["values"]["value"], &kept["note"]), (&json!(5.6), &json!("静脉血浆")));
}

async fn what_the_owner_deleted_does_not_come_back(app: TestApp) {
    let li = keeper(&app, "li").await;
    let bundle = transaction(&[blood_pressure(&li, "bp-1")]);
    let first = resource(&bring(&li, &bundle).await);
    let location = first["entry"][0]["response"]["location"].as_str().unwrap();
    let id = location.split('/').nth(1).unwrap();
    let path = format!("/api/v1/people/{}/measurements/{id}", li.person_id.unwrap());
    assert_eq!(li.delete(&path).await.status, 200);
    let again = resource(&bring(&li, &bundle).await);
    assert_eq!(again["entry"][0]["response"]["outcome"]["issue"][0]["code"], "deleted");
    assert_eq!(count(&li).await, 0);
}

async fn whoever_brings_in_needs_the_scope_and_the_consent(app: TestApp) {
    let li = app.resident("li").await;
    let wang = app.resident("wang").await;
    let bundle = transaction(&[blood_pressure(&li, "bp-1")]);
    outcome(&bring(&li, &bundle).await, 403, "forbidden");
    li.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await;
    outcome(&bring(&wang, &bundle).await, 404, "not-found");
    appoint(&li, &wang, &li.person_id.unwrap().to_string(), &["records.read"], 30).await;
    outcome(&bring(&wang, &bundle).await, 403, "forbidden");
    assert_eq!(count(&li).await, 0);
    let anonymous =
        app.request(reqwest::Method::POST, "/fhir").header("content-type", "application/fhir+json");
    outcome(&anonymous.body(bundle.to_string()).send().await, 401, "login");
    bring(&li, &bundle).await.ok();
    assert_eq!(count(&li).await, 1);
}

async fn nothing_of_a_value_is_told_in_an_error(app: TestApp) {
    let li = keeper(&app, "li").await;
    let mut strange = blood_pressure(&li, "bp-1");
    strange["component"][0]["valueQuantity"]["value"] = json!("17171");
    strange["component"][1]["valueQuantity"]["code"] = json!("secret-unit");
    strange["status"] = json!("secret-status");
    strange["effectiveDateTime"] = json!("secret-time");
    let refused = bring(&li, &transaction(&[strange])).await;
    outcome(&refused, 422, "code-invalid");
    for secret in ["17171", "secret"] {
        assert!(!refused.text().contains(secret), "{}", refused.text());
    }
}
