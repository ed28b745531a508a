//! `openapi.yaml` says what the code does.

use serde_json::Value;

#[test]
fn openapi_yaml_is_current() {
    let committed = include_str!("../../../openapi.yaml");
    let generated = kangtu::openapi::yaml().unwrap();
    assert!(
        committed.trim_end() == generated.trim_end(),
        "openapi.yaml is not what the code says; run `make openapi` and commit the difference"
    );
}

/// The type that a schema demands, if it demands one.
fn kind_of(schema: &Value, document: &Value) -> Option<String> {
    let schema = match schema["$ref"].as_str() {
        Some(address) => document.pointer(address.trim_start_matches('#'))?,
        None => schema,
    };
    schema["type"].as_str().map(str::to_owned)
}

/// Finds what no value fits: parts that must all hold and demand different types.
fn look_for_contradictions(schema: &Value, document: &Value, what: &str) {
    match schema {
        Value::Object(members) => {
            if let Some(parts) = members.get("allOf").and_then(Value::as_array) {
                let mut kinds: Vec<String> =
                    parts.iter().filter_map(|part| kind_of(part, document)).collect();
                kinds.sort();
                kinds.dedup();
                assert!(kinds.len() < 2, "{what}: nothing is {} at once", kinds.join(" and "));
            }
            members.values().for_each(|member| look_for_contradictions(member, document, what));
        }
        Value::Array(items) => items.iter().for_each(|item| look_for_contradictions(item, document, what)),
        _ => {}
    }
}

#[test]
fn no_schema_demands_two_types_at_once() {
    let document = serde_json::to_value(kangtu::openapi::document()).unwrap();
    let mut parameters = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
                look_for_contradictions(
                    &parameter["schema"],
                    &document,
                    &format!("{method} {path} {}", parameter["name"]),
                );
                parameters += 1;
            }
        }
    }
    assert!(parameters > 100);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        look_for_contradictions(schema, &document, name);
    }
}

#[test]
fn every_operation_has_an_id_a_summary_and_says_what_its_errors_look_like() {
    let document = serde_json::to_value(kangtu::openapi::document()).unwrap();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap_or_else(|| panic!("{what}: no id")).to_owned());
            assert!(operation["summary"].is_string(), "{what}: no summary");
            assert!(operation["tags"][0].is_string(), "{what}: no tag");
            let (media_type, schema) = if path.starts_with("/fhir") {
                ("application/fhir+json", "FhirOperationOutcome")
            } else {
                ("application/problem+json", "Problem")
            };
            let errors = &operation["responses"]["default"]["content"][media_type];
            let expected = format!("#/components/schemas/{schema}");
            assert_eq!(errors["schema"]["$ref"], expected, "{what}: no problem");
            for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
                assert!(parameter["schema"] != Value::Null, "{what}: a parameter has no schema");
                assert!(
                    parameter["description"].is_string(),
                    "{what}: {} is not described",
                    parameter["name"]
                );
            }
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids repeat");
    assert!(count >= 2, "nothing is documented");
}
