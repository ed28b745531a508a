//! What can be measured.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_catalogue_tells_units_codes_and_ranges,
    every_unit_of_the_catalogue_is_one_of_ucum_or_says_that_it_is_none,
);

async fn catalogue(app: &TestApp) -> Vec<Value> {
    let list = app.get("/api/v1/metrics-catalogue").await.ok();
    list["items"].as_array().unwrap().clone()
}

async fn the_catalogue_tells_units_codes_and_ranges(app: TestApp) {
    let metrics = catalogue(&app).await;
    let metric = |code: &str| metrics.iter().find(|metric| metric["code"] == code).unwrap();
    let pressure = metric("blood_pressure");
    assert_eq!(pressure["loinc"], "85354-9");
    let systolic = &pressure["components"][0];
    assert_eq!(
        (&systolic["code"], &systolic["loinc"], &systolic["unit"]),
        (&"systolic".into(), &"8480-6".into(), &"mm[Hg]".into())
    );
    assert_eq!((&systolic["possible"]["from"], &systolic["possible"]["to"]), (&50.0.into(), &300.0.into()));
    assert_eq!((&systolic["usual"]["from"], &systolic["usual"]["to"]), (&70.0.into(), &250.0.into()));
    assert_eq!((&metric("height")["loinc"], &metric("bmi")["loinc"]), (&"8302-2".into(), &"39156-5".into()));
    assert_eq!(metric("bmi")["derived"], true);
    let weight = &metric("weight")["components"][0];
    assert_eq!((&weight["steps_per_unit"], &weight["units"][0]["code"]), (&1000.into(), &"kg".into()));
    assert!(
        weight["units"].as_array().unwrap().iter().any(|unit| unit["name"] == "斤" && unit["ucum"].is_null())
    );
    let first = app.get("/api/v1/metrics-catalogue").await;
    let tag = first.header("etag").unwrap().to_owned();
    let again = app.request(reqwest::Method::GET, "/api/v1/metrics-catalogue").header("if-none-match", &tag);
    assert_eq!(again.send().await.status, 304);
}

/// Accepted by Regenstrief's UCUM validator.
const UCUM: [&str; 22] = [
    "mm[Hg]",
    "kPa",
    "/min",
    "{beats}/min",
    "{breaths}/min",
    "kg",
    "g",
    "[lb_av]",
    "cm",
    "m",
    "mm",
    "kg/m2",
    "mmol/L",
    "mg/dL",
    "umol/L",
    "%",
    "mmol/mol",
    "Cel",
    "[degF]",
    "{steps}",
    "h",
    "min",
];

async fn every_unit_of_the_catalogue_is_one_of_ucum_or_says_that_it_is_none(app: TestApp) {
    let mut loinc = BTreeSet::new();
    for metric in catalogue(&app).await {
        if let Some(code) = metric["loinc"].as_str() {
            assert!(loinc.insert(code.to_owned()), "{code} stands twice");
        }
        for component in metric["components"].as_array().unwrap() {
            let units = component["units"].as_array().unwrap();
            assert_eq!(units[0]["code"], component["unit"], "values are told in the first unit: {component}");
            for unit in units {
                let known = UCUM.contains(&unit["code"].as_str().unwrap())
                    || ["1", "{T-score}"].contains(&unit["code"].as_str().unwrap());
                assert_eq!(known, unit["ucum"] == unit["code"], "{unit}");
                assert!(known || unit["ucum"].is_null(), "{unit}");
            }
        }
    }
}
