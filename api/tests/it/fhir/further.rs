//! Goals, consents, who acts for a person, and where a reading comes from.

use serde_json::{Value, json};

use super::{THIS_MORNING, entries, keeper, measure, outcome, resource};
use crate::huts::{Gateway, Hut};
use crate::people::appoint;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    goals_and_consents_come_with_everything_and_alone,
    a_reading_tells_who_entered_it,
    a_reading_of_a_hut_names_its_device,
    whoever_acts_for_a_person_is_told_without_a_name,
    strangers_find_none_of_it,
);

const OTHERS: &str = "Goal,Consent,RelatedPerson";

fn of_type(resources: &[Value], kind: &str) -> Vec<Value> {
    resources.iter().filter(|one| one["resourceType"] == kind).cloned().collect()
}

async fn goals_and_consents_come_with_everything_and_alone(app: TestApp) {
    let li = keeper(&app, "li").await;
    let id = li.person_id.unwrap();
    let limits = json!({"limits": {"systolic": {"to": 135}, "diastolic": {"from": 60, "to": 85}}});
    li.put(&format!("/api/v1/people/{id}/goals/blood_pressure"), &limits).await.ok();
    let everything = resource(&li.get(&format!("/fhir/Patient/{id}/$everything?_type={OTHERS}")).await);
    let all = entries(&everything);
    let goal = of_type(&all, "Goal").remove(0);
    assert_eq!(
        (&goal["lifecycleStatus"], &goal["subject"]["reference"]),
        (&json!("active"), &json!(format!("Patient/{id}")))
    );
    assert_eq!(
        goal["target"][0]["measure"]["coding"],
        json!([{"system": "http://loinc.org", "code": "8480-6"}])
    );
    assert_eq!(goal["target"][0]["detailRange"]["high"]["code"], "mm[Hg]");
    assert_eq!(goal["target"][1]["detailRange"]["low"]["value"], 60.0);
    let consent = of_type(&all, "Consent").remove(0);
    assert_eq!((&consent["status"], &consent["provision"]["type"]), (&json!("active"), &json!("permit")));
    for one in [&goal, &consent] {
        let path = format!("/fhir/{}/{}", one["resourceType"].as_str().unwrap(), one["id"].as_str().unwrap());
        assert_eq!(&resource(&li.get(&path).await), one);
    }
    let only = resource(&li.get(&format!("/fhir/Patient/{id}/$everything?_type=Goal")).await);
    assert_eq!(entries(&only), [goal]);
}

async fn a_reading_tells_who_entered_it(app: TestApp) {
    let li = keeper(&app, "li").await;
    let id = measure(&li, "weight", json!({"value": 62.5}), THIS_MORNING).await;
    let provenance = resource(&li.get(&format!("/fhir/Provenance/{id}")).await);
    assert_eq!(provenance["target"], json!([{"reference": format!("Observation/{id}")}]));
    let who = json!({"reference": format!("Patient/{}", li.person_id.unwrap())});
    assert_eq!(provenance["agent"][0]["who"], who);
}

async fn a_reading_of_a_hut_names_its_device(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, crate::huts::resident(&app, "li").await);
    hut.scanned_by(&li).await;
    gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    measure(&li, "weight", json!({"value": 62.5}), THIS_MORNING).await;
    let path = format!("/fhir/Patient/{}/$everything", li.person_id.unwrap());
    let all = entries(&resource(&li.get(&path).await));
    let devices = of_type(&all, "Device");
    assert_eq!(devices.len(), 1);
    let named = format!("Device/{}", hut.cuff);
    assert_eq!(format!("Device/{}", devices[0]["id"].as_str().unwrap()), named);
    let readings = of_type(&all, "Observation");
    let of: Vec<&Value> = readings.iter().map(|reading| &reading["device"]["reference"]).collect();
    assert_eq!(of, [&Value::Null, &json!(named)], "a scale at home is not registered");
    assert_eq!(resource(&li.get(&format!("/fhir/{named}")).await), devices[0]);
    let only = entries(&resource(&li.get(&format!("{path}?_type=Device,Goal")).await));
    assert_eq!(only, devices);
    let origins = of_type(&all, "Provenance");
    assert_eq!(origins[1]["agent"][0]["who"]["reference"], named);
}

async fn whoever_acts_for_a_person_is_told_without_a_name(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, app.resident("wang").await);
    wang.patch("/api/v1/me", &json!({"name": "王大力"})).await.ok();
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    let everything = resource(&li.get(&format!("/fhir/Patient/{id}/$everything?_type={OTHERS}")).await);
    let related = of_type(&entries(&everything), "RelatedPerson").remove(0);
    assert_eq!((&related["active"], &related["relationship"]), (&json!(true), &json!([{"text": "代办人"}])));
    assert!(!everything.to_string().contains("王大力"));
    let path = format!("/fhir/RelatedPerson/{}", related["id"].as_str().unwrap());
    assert_eq!(resource(&wang.get(&path).await), related);
}

async fn strangers_find_none_of_it(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, app.resident("wang").await);
    let id = li.person_id.unwrap();
    let reading = measure(&li, "weight", json!({"value": 62.5}), THIS_MORNING).await;
    let everything = resource(&li.get(&format!("/fhir/Patient/{id}/$everything?_type={OTHERS}")).await);
    let consent = of_type(&entries(&everything), "Consent").remove(0);
    for path in [
        format!("/fhir/Consent/{}", consent["id"].as_str().unwrap()),
        format!("/fhir/Provenance/{reading}"),
        format!("/fhir/Goal/{id}"),
        format!("/fhir/RelatedPerson/{id}"),
        format!("/fhir/Device/{id}"),
    ] {
        outcome(&wang.get(&path).await, 404, "not-found");
        outcome(&app.get(&path).await, 401, "login");
    }
}
