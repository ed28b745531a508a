//! The example observations of HL7: each is taken or refused with reasons, and the vital signs are taken.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{bring, keeper, transaction};
use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(the_examples_of_hl7_are_taken_or_refused_with_reasons);

/// Examples that must be taken once the person and the moment are ours.
const TAKEN: [&str; 7] = [
    "Observation-blood-pressure",
    "Observation-body-temperature",
    "Observation-example",
    "Observation-head-circumference",
    "Observation-heart-rate",
    "Observation-respiratory-rate",
    "Observation-satO2",
];

/// Examples that must not be: in inches, computed, without what was measured, of what is no metric here.
const REFUSED: [&str; 4] = [
    "Observation-body-height",
    "Observation-bmi",
    "Observation-blood-pressure-cancel",
    "Observation-glasgow",
];

fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("KANGTU_CORPUS").map(PathBuf::from);
    let folder =
        given.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")));
    Some(folder.join("fhir")).filter(|folder| folder.is_dir())
}

async fn the_examples_of_hl7_are_taken_or_refused_with_reasons(app: TestApp) {
    let Some(folder) = corpus() else {
        say_skipped("the example observations of HL7, since ../shared/data is not there");
        return;
    };
    let li = keeper(&app, "li").await;
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut taken = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut example: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        if example["resourceType"] == "Observation" {
            example["subject"] = json!({"reference": format!("Patient/{}", li.person_id.unwrap())});
        }
        example["identifier"] = json!([{"system": "urn:example:hl7", "value": name}]);
        let answer = bring(&li, &transaction(&[example])).await;
        match answer.status {
            200 => taken.push(name),
            422 => {
                let told = answer.json();
                for issue in told["issue"].as_array().unwrap() {
                    let at = issue["expression"][0].as_str().unwrap();
                    assert!(at.starts_with("Bundle.entry[0]"), "{name}: {issue}");
                    assert!(!issue["details"]["text"].as_str().unwrap().is_empty());
                }
            }
            other => panic!("{name} answers {other}: {}", answer.text()),
        }
    }
    let missing: Vec<_> = TAKEN.iter().filter(|name| !taken.iter().any(|known| known == *name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not among {taken:?}");
    for refused in REFUSED {
        assert!(!taken.iter().any(|known| known == refused), "{refused}");
    }
}
