//! Single resources, versions, and who may read them.

use reqwest::Method;
use serde_json::json;

use super::{THIS_MORNING, keeper, measure, outcome, resource};
use crate::people::appoint;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_server_says_what_it_can_do,
    a_person_is_a_patient_with_a_version,
    a_version_has_one_tag_in_every_compression,
    a_blood_pressure_keeps_the_profile_of_hl7,
    every_metric_is_told_with_units_of_ucum,
    what_was_corrected_is_in_error_and_what_was_deleted_is_gone,
    strangers_find_nothing_and_whoever_reads_for_others_is_noted,
    every_error_is_an_operation_outcome,
);

async fn the_server_says_what_it_can_do(app: TestApp) {
    let answer = app.get("/fhir/metadata").await;
    assert_eq!((answer.status, answer.media_type()), (200, "application/fhir+json"));
    let statement = answer.json();
    assert_eq!((&statement["fhirVersion"], &statement["kind"]), (&json!("4.0.1"), &json!("instance")));
    assert_eq!(statement["rest"][0]["interaction"], json!([{"code": "transaction"}]));
    app.get("/fhir/metadata?_format=json").await.ok();
    outcome(&app.get("/fhir/metadata?_format=xml").await, 406, "not-supported");
    let xml = app.request(Method::GET, "/fhir/metadata").header("accept", "application/fhir+xml");
    outcome(&xml.send().await, 406, "not-supported");
    let browser = app.request(Method::GET, "/fhir/metadata").header("accept", "text/html,*/*;q=0.8");
    browser.send().await.ok();
}

async fn a_person_is_a_patient_with_a_version(app: TestApp) {
    let li = keeper(&app, "li").await;
    let named = json!({"name": "李秀英", "birth_date": "1956-03-08", "sex": "female"});
    li.patch("/api/v1/me", &named).await.ok();
    let path = format!("/fhir/Patient/{}", li.person_id.unwrap());
    let answer = li.get(&path).await;
    let patient = resource(&answer);
    assert_eq!((&patient["resourceType"], &patient["gender"]), (&json!("Patient"), &json!("female")));
    assert_eq!(
        (&patient["name"], &patient["birthDate"]),
        (&json!([{"text": "李秀英"}]), &json!("1956-03-08"))
    );
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("W/\"{}\"", patient["meta"]["versionId"].as_str().unwrap()));
    let seen = li.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!((seen.status, seen.body.len()), (304, 0));
    li.request(Method::GET, &path).header("if-match", &tag).send().await.ok();
    let stale = li.request(Method::GET, &path).header("if-match", "W/\"999\"").send().await;
    outcome(&stale, 412, "conflict");
    li.patch("/api/v1/me", &json!({"name": "李秀兰"})).await.ok();
    let changed = li.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!(resource(&changed)["name"][0]["text"], "李秀兰");
}

async fn a_version_has_one_tag_in_every_compression(app: TestApp) {
    let li = keeper(&app, "li").await;
    let one = json!({
        "uid": app.state.random.stamp(), "metric": "weight", "values": {"value": 65.0},
        "measured_at": THIS_MORNING, "note": "早".repeat(200),
    });
    let path = format!("/api/v1/people/{}/measurements", li.person_id.unwrap());
    let kept = li.post(&path, &json!({"measurements": [one]})).await.ok();
    let path = format!("/fhir/Observation/{}", kept["items"][0]["measurement"]["id"].as_str().unwrap());
    for encoding in ["gzip", "br"] {
        let answer = li.request(Method::GET, &path).header("accept-encoding", encoding).send().await;
        assert_eq!(answer.header("content-encoding"), Some(encoding));
        assert_eq!(answer.header("etag"), Some("W/\"1\""));
    }
}

async fn a_blood_pressure_keeps_the_profile_of_hl7(app: TestApp) {
    let li = keeper(&app, "li").await;
    let id =
        measure(&li, "blood_pressure", json!({"systolic": 128, "diastolic": 82, "pulse": 70}), THIS_MORNING)
            .await;
    let answer = li.get(&format!("/fhir/Observation/{id}")).await;
    let told = resource(&answer);
    assert_eq!(answer.header("etag"), Some("W/\"1\""));
    assert_eq!((&told["status"], &told["id"]), (&json!("final"), &json!(id)));
    assert_eq!(
        told["meta"]["profile"],
        json!([
            "http://hl7.org/fhir/StructureDefinition/vitalsigns",
            "http://hl7.org/fhir/StructureDefinition/bp"
        ])
    );
    assert_eq!(told["category"][0]["coding"][0]["code"], "vital-signs");
    assert_eq!(told["code"]["coding"], json!([{"system": "http://loinc.org", "code": "85354-9"}]));
    assert_eq!(told["subject"]["reference"], format!("Patient/{}", li.person_id.unwrap()));
    assert_eq!(told["effectiveDateTime"], THIS_MORNING);
    assert!(told.get("valueQuantity").is_none());
    let slices: Vec<_> = told["component"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| {
            let value = &part["valueQuantity"];
            assert_eq!(value["system"], "http://unitsofmeasure.org");
            (part["code"]["coding"][0]["code"].clone(), value["value"].clone(), value["code"].clone())
        })
        .collect();
    assert_eq!(
        slices,
        [
            (json!("8480-6"), json!(128), json!("mm[Hg]")),
            (json!("8462-4"), json!(82), json!("mm[Hg]")),
            (json!("8867-4"), json!(70), json!("/min")),
        ]
    );
}

async fn every_metric_is_told_with_units_of_ucum(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (metric, value, category, codes, unit) in [
        ("oxygen_saturation", 97.0, "vital-signs", vec!["59408-5", "2708-6"], "%"),
        ("weight", 65.5, "vital-signs", vec!["29463-7"], "kg"),
        ("height", 170.0, "vital-signs", vec!["8302-2"], "cm"),
        ("body_temperature", 36.5, "vital-signs", vec!["8310-5"], "Cel"),
        ("glucose_fasting", 5.6, "laboratory", vec!["14770-2"], "mmol/L"),
        ("steps", 6000.0, "activity", vec!["41950-7"], "{steps}"),
        ("waist", 85.0, "exam", vec!["8280-0"], "cm"),
    ] {
        let id = measure(&li, metric, json!({"value": value}), THIS_MORNING).await;
        let told = resource(&li.get(&format!("/fhir/Observation/{id}")).await);
        assert_eq!(told["category"][0]["coding"][0]["code"], category, "{metric}");
        let coding = told["code"]["coding"].as_array().unwrap();
        let told_codes: Vec<_> = coding.iter().map(|coding| coding["code"].as_str().unwrap()).collect();
        assert_eq!(told_codes, codes);
        assert_eq!(told["valueQuantity"]["value"].as_f64(), Some(value), "{metric}");
        assert_eq!(told["valueQuantity"]["code"], unit);
        assert!(told.get("component").is_none());
    }
}

async fn what_was_corrected_is_in_error_and_what_was_deleted_is_gone(app: TestApp) {
    let li = keeper(&app, "li").await;
    let person = li.person_id.unwrap();
    let old = measure(&li, "weight", json!({"value": 65.5}), THIS_MORNING).await;
    let body = json!({"measurements": [{
        "uid": app.state.random.stamp(), "metric": "weight", "values": {"value": 66.5},
        "measured_at": THIS_MORNING, "confirmed": true, "replaces": old
    }]});
    let corrected = li.post(&format!("/api/v1/people/{person}/measurements"), &body).await.ok();
    let new = corrected["items"][0]["measurement"]["id"].as_str().unwrap().to_owned();
    let answer = li.get(&format!("/fhir/Observation/{old}")).await;
    assert_eq!(resource(&answer)["status"], "entered-in-error");
    assert_eq!(answer.header("etag"), Some("W/\"2\""));
    let stale =
        li.request(Method::GET, &format!("/fhir/Observation/{old}")).header("if-none-match", "W/\"1\"");
    assert_eq!(stale.send().await.status, 200);
    let bundle = resource(&li.get(&format!("/fhir/Observation?patient={person}")).await);
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 1, "what does not count is not found");
    assert_eq!(li.delete(&format!("/api/v1/people/{person}/measurements/{new}")).await.status, 200);
    outcome(&li.get(&format!("/fhir/Observation/{new}")).await, 410, "deleted");
    outcome(&li.get(&format!("/fhir/Observation/{old}")).await, 410, "deleted");
}

async fn strangers_find_nothing_and_whoever_reads_for_others_is_noted(app: TestApp) {
    let li = keeper(&app, "li").await;
    let wang = app.resident("wang").await;
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    let person = li.person_id.unwrap();
    let id = measure(&li, "weight", json!({"value": 65.5}), THIS_MORNING).await;
    let paths = [
        format!("/fhir/Patient/{person}"),
        format!("/fhir/Patient/{person}/$everything"),
        format!("/fhir/Observation?patient={person}"),
        format!("/fhir/Observation/{id}"),
    ];
    for path in &paths {
        outcome(&wang.get(path).await, 404, "not-found");
        outcome(&app.get(path).await, 401, "login");
    }
    let nobody = format!("/fhir/Observation/{}", app.state.random.stamp());
    let (of_others, of_nobody) = (wang.get(&paths[3]).await.json(), wang.get(&nobody).await.json());
    assert_eq!(of_others["issue"][0]["details"], of_nobody["issue"][0]["details"]);
    // With a proxy for something else it is known and not permitted, with one for records it is read and noted.
    let proxy = appoint(&li, &wang, &person.to_string(), &["activities"], 30).await;
    for path in &paths {
        outcome(&wang.get(path).await, 403, "forbidden");
    }
    let ended = li.delete(&format!("/api/v1/me/people/{person}/proxies/{proxy}")).await;
    assert_eq!(ended.status, 204);
    appoint(&li, &wang, &person.to_string(), &["records.read"], 30).await;
    for path in &paths {
        wang.get(path).await.ok();
    }
    let log = li.get("/api/v1/me/access-log").await.ok();
    let texts: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| line["text"].clone()).collect();
    assert_eq!(texts.len(), paths.len(), "{log}");
    assert!(texts.contains(&json!("代办人王芳查看了健康档案（照顾家人）")), "{log}");
    assert!(texts.contains(&json!("代办人王芳下载了全部资料（照顾家人）")), "{log}");
}

async fn every_error_is_an_operation_outcome(app: TestApp) {
    let li = keeper(&app, "li").await;
    outcome(&li.get("/fhir/Observation").await, 400, "invalid");
    outcome(&li.get("/fhir/Observation?patient=hello").await, 400, "invalid");
    outcome(&li.get("/fhir/Patient/hello").await, 404, "not-found");
    outcome(&li.get("/fhir/Encounter/1").await, 404, "not-found");
    let unknown = format!("/fhir/Observation?patient={}&_include=Patient", li.person_id.unwrap());
    outcome(&li.get(&unknown).await, 400, "invalid");
    outcome(&li.delete(&format!("/fhir/Patient/{}", li.person_id.unwrap())).await, 405, "not-supported");
    let not_json =
        li.request(Method::POST, "/fhir").header("content-type", "application/fhir+json").body("{");
    outcome(&not_json.send().await, 400, "invalid");
    let xml =
        li.request(Method::POST, "/fhir").header("content-type", "application/fhir+xml").body("<Bundle/>");
    outcome(&xml.send().await, 415, "not-supported");
    let answer = outcome(&li.get("/fhir/Patient/hello").await, 404, "not-found");
    let diagnostics = answer["issue"][0]["diagnostics"].as_str().unwrap();
    assert!(diagnostics.starts_with("not_found "), "the word of the error and the number of the request");
}
