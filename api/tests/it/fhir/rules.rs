//! What validators let through is refused here, each with the element at fault.

use serde_json::{Value, json};

use super::{blood_pressure, bring, count, keeper, outcome, transaction};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_validators_let_through_is_refused,
    a_transaction_must_be_one,
    a_well_made_observation_passes_in_every_form,
);

/// Changes a good observation, and what is said of it: issue type and element.
type Fault = (&'static str, fn(&mut Value), &'static str, &'static str);

fn component(observation: &mut Value, nth: usize) -> &mut Value {
    &mut observation["component"][nth]
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name);
}

const FAULTS: &[Fault] = &[
    ("no status", |one| remove(one, "status"), "required", "status"),
    ("an invented status", |one| one["status"] = json!("finished"), "code-invalid", "status"),
    ("a status that is no result", |one| one["status"] = json!("cancelled"), "business-rule", "status"),
    ("an unknown element", |one| one["colour"] = json!("red"), "structure", ""),
    (
        "a modifier",
        |one| one["modifierExtension"] = json!([{"url": "x"}]),
        "not-supported",
        "modifierExtension",
    ),
    (
        "a time without a zone",
        |one| one["effectiveDateTime"] = json!("2026-11-20T08:00:00"),
        "value",
        "effectiveDateTime",
    ),
    (
        "a time with a space",
        |one| one["effectiveDateTime"] = json!("2026-11-20 08:00:00+08:00"),
        "value",
        "effectiveDateTime",
    ),
    (
        "a time without seconds",
        |one| one["effectiveDateTime"] = json!("2026-11-20T08:00+08:00"),
        "value",
        "effectiveDateTime",
    ),
    ("only a month", |one| one["effectiveDateTime"] = json!("2026-11"), "value", "effectiveDateTime"),
    (
        "a day that is none",
        |one| one["effectiveDateTime"] = json!("2026-02-30"),
        "value",
        "effectiveDateTime",
    ),
    ("no time", |one| remove(one, "effectiveDateTime"), "required", "effectiveDateTime"),
    (
        "two times",
        |one| one["effectiveInstant"] = json!("2026-11-20T08:00:00+08:00"),
        "structure",
        "effective",
    ),
    (
        "a value as text",
        |one| component(one, 0)["valueQuantity"]["value"] = json!("120"),
        "value",
        "component[0].valueQuantity.value",
    ),
    (
        "mmHg as a unit code",
        |one| component(one, 0)["valueQuantity"]["code"] = json!("mmHg"),
        "code-invalid",
        "component[0].valueQuantity.code",
    ),
    (
        "a unit of nowhere",
        |one| component(one, 0)["valueQuantity"]["system"] = json!("urn:units"),
        "value",
        "component[0].valueQuantity.system",
    ),
    (
        "a unit without a system",
        |one| remove(&mut component(one, 0)["valueQuantity"], "system"),
        "value",
        "component[0].valueQuantity.system",
    ),
    (
        "a comparator",
        |one| component(one, 0)["valueQuantity"]["comparator"] = json!("<"),
        "not-supported",
        "component[0].valueQuantity.comparator",
    ),
    ("no category", |one| remove(one, "category"), "required", "category"),
    (
        "a category of another kind",
        |one| one["category"][0]["coding"][0]["code"] = json!("laboratory"),
        "business-rule",
        "category",
    ),
    (
        "a category that does not exist",
        |one| one["category"][0]["coding"][0]["code"] = json!("health"),
        "code-invalid",
        "category",
    ),
    (
        "no diastolic pressure",
        |one| drop(one["component"].as_array_mut().unwrap().pop()),
        "required",
        "component",
    ),
    (
        "a slice twice",
        |one| {
            let first = component(one, 0).clone();
            one["component"].as_array_mut().unwrap().push(first);
        },
        "structure",
        "component[2]",
    ),
    ("nonsense for LOINC", |one| one["code"]["coding"][0]["code"] = json!("00000-0"), "code-invalid", "code"),
    (
        "a code of another system",
        |one| one["code"]["coding"][0]["system"] = json!("http://snomed.info/sct"),
        "code-invalid",
        "code",
    ),
    (
        "a component with nonsense",
        |one| component(one, 1)["code"]["coding"][0]["code"] = json!("1"),
        "code-invalid",
        "component[1].code",
    ),
    ("a reference to nothing", |one| one["subject"]["reference"] = json!("hello"), "value", "subject"),
    ("no subject", |one| remove(one, "subject"), "value", "subject"),
    ("an empty list", |one| one["note"] = json!([]), "structure", "note"),
    ("null", |one| one["method"] = json!(null), "structure", "method"),
    ("an empty object", |one| one["method"] = json!({}), "structure", "method"),
    ("an empty text", |one| one["language"] = json!(" "), "value", "language"),
    (
        "a value beside components",
        |one| one["valueQuantity"] = component(one, 0)["valueQuantity"].clone(),
        "invariant",
        "value",
    ),
    (
        "a value and why there is none",
        |one| component(one, 0)["dataAbsentReason"] = json!({"text": "unknown"}),
        "invariant",
        "component[0].dataAbsentReason",
    ),
    (
        "no value and why",
        |one| {
            remove(component(one, 1), "valueQuantity");
            component(one, 1)["dataAbsentReason"] = json!({"text": "unknown"});
        },
        "business-rule",
        "component[1].dataAbsentReason",
    ),
    ("two values", |one| component(one, 0)["valueString"] = json!("120"), "structure", "component[0].value"),
    (
        "a value that is no quantity",
        |one| {
            remove(component(one, 0), "valueQuantity");
            component(one, 0)["valueInteger"] = json!(120);
        },
        "not-supported",
        "component[0].valueQuantity",
    ),
    ("no value", |one| remove(component(one, 0), "valueQuantity"), "required", "component[0].value"),
    ("another resource", |one| one["resourceType"] = json!("Condition"), "not-supported", "resourceType"),
    (
        "an identifier without a system",
        |one| remove(&mut one["identifier"][0], "system"),
        "value",
        "identifier",
    ),
    ("a long remark", |one| one["note"] = json!([{"text": "长".repeat(201)}]), "too-long", "note"),
];

async fn what_validators_let_through_is_refused(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (what, change, code, element) in FAULTS {
        let mut observation = blood_pressure(&li, "bp-1");
        let mut bundle = transaction(&[observation.clone()]);
        change(&mut observation);
        bundle["entry"][0]["resource"] = observation;
        let answer = bring(&li, &bundle).await;
        assert_eq!(answer.status, 422, "{what}: {}", answer.text());
        let told = answer.json();
        // An element that nobody knows is not named: it may be a name.
        let expected = format!("Bundle.entry[0].resource.{element}");
        let expected = expected.trim_end_matches('.');
        let issues = told["issue"].as_array().unwrap();
        let found =
            issues.iter().any(|issue| issue["code"] == *code && issue["expression"] == json!([expected]));
        assert!(found, "{what}: {told}");
    }
    assert_eq!(count(&li).await, 0);
}

async fn a_transaction_must_be_one(app: TestApp) {
    let li = keeper(&app, "li").await;
    let good = transaction(&[blood_pressure(&li, "bp-1")]);
    let with = |change: fn(&mut Value)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle
    };
    for (bundle, code) in [
        (json!([]), "structure"),
        (json!({"resourceType": "Patient"}), "structure"),
        (with(|one| one["type"] = json!("batch")), "not-supported"),
        (with(|one| one["entry"] = json!([])), "too-long"),
        (with(|one| one["entry"][0]["request"]["method"] = json!("PUT")), "not-supported"),
        (with(|one| one["entry"][0]["request"]["url"] = json!("Patient")), "not-supported"),
        (with(|one| remove(&mut one["entry"][0]["request"], "ifNoneExist")), "required"),
        (with(|one| one["entry"][0]["request"]["ifNoneExist"] = json!("identifier=bp-1")), "required"),
        (with(|one| one["entry"][0]["request"]["ifNoneExist"] = json!("code=1|2")), "required"),
        (
            with(|one| one["entry"][0]["request"]["ifNoneExist"] = json!("identifier=urn:x|other")),
            "business-rule",
        ),
        (with(|one| remove(&mut one["entry"][0], "resource")), "structure"),
    ] {
        outcome(&bring(&li, &bundle).await, 422, code);
    }
    let many = vec![blood_pressure(&li, "bp-1"); 201];
    let answer = bring(&li, &transaction(&many)).await;
    outcome(&answer, 422, "too-long");
    assert_eq!(count(&li).await, 0);
}

async fn a_well_made_observation_passes_in_every_form(app: TestApp) {
    let li = keeper(&app, "li").await;
    let changes: [fn(&mut Value); 6] = [
        |_| {},
        |one| one["effectiveDateTime"] = json!("2026-11-20T00:00:00.123Z"),
        |one| one["status"] = json!("amended"),
        |one| one["note"] = json!([{"text": "刚爬完楼"}]),
        |one| {
            let pulse = json!({
                "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                "dataAbsentReason": {"text": "unknown"}
            });
            one["component"].as_array_mut().unwrap().push(pulse);
        },
        |one| {
            one["component"][0]["valueQuantity"] = json!({
                "value": 17.1, "unit": "kPa", "system": "http://unitsofmeasure.org", "code": "kPa"
            });
        },
    ];
    for (nth, change) in changes.iter().enumerate() {
        let mut observation = blood_pressure(&li, &format!("bp-{nth}"));
        change(&mut observation);
        let answer = bring(&li, &transaction(&[observation])).await;
        assert_eq!(answer.status, 200, "{nth}: {}", answer.text());
    }
    assert_eq!(count(&li).await, changes.len());
}
