//! Holds every answer of the test suite to the generated contract: operation, status, media type and
//! schema. The whole suite is the contract test.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::response::TestResponse;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(kangtu::openapi::document()).unwrap());
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Fails the test when the answer is not what the contract promises.
#[track_caller]
pub(crate) fn check(method: &Method, path_and_query: &str, response: &TestResponse) {
    assert!(response.headers.contains_key("x-request-id"), "no request id on {path_and_query}");
    if method == Method::OPTIONS {
        return;
    }
    let path = path_and_query.split(['?', '#']).next().unwrap_or_default();
    let method = if method == Method::HEAD { Method::GET } else { method.clone() };
    let Some(responses) = declared_responses(&method, path) else {
        let expected = [404, 405, 204, 308, 400, 413, 415];
        assert!(
            expected.contains(&response.status),
            "{method} {path} is not documented but answers {}",
            response.status
        );
        if response.media_type() != "text/html" && !response.body.is_empty() {
            let schema = if path.starts_with("/fhir/") { "FhirOperationOutcome" } else { "Problem" };
            check_body(schema, response);
        }
        return;
    };
    let status = response.status.to_string();
    let (declared, key) = match responses.get(&status) {
        Some(declared) => (declared, status.as_str()),
        None if response.status >= 400 => (
            responses.get("default").unwrap_or_else(|| panic!("{method} {path} declares no default")),
            "default",
        ),
        None => panic!("{method} {path} answers {status}, which it does not declare"),
    };
    let content = declared.get("content").and_then(Value::as_object);
    if response.body.is_empty() {
        return;
    }
    let content = content.unwrap_or_else(|| panic!("{method} {path} {key} declares no body, but one came"));
    let media_type = response.header("content-type").unwrap_or_default();
    let schema = content
        .iter()
        .find(|(declared, _)| same_media_type(declared, media_type))
        .unwrap_or_else(|| {
            panic!("{method} {path} {key} came as {media_type}, declared are {:?}", content.keys())
        })
        .1
        .get("schema");
    if let (Some(schema), true) = (schema, media_type.contains("json") && !media_type.contains("json-seq")) {
        let name = format!("{method} {} {key} {media_type}", template_of(path).unwrap_or_default());
        validate(&name, schema, response, path_and_query);
    }
}

#[track_caller]
fn check_body(schema: &str, response: &TestResponse) {
    let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
    validate(schema, &reference, response, schema);
}

#[track_caller]
fn validate(name: &str, schema: &Value, response: &TestResponse, what: &str) {
    let validator = {
        let mut validators = VALIDATORS.lock().unwrap();
        Arc::clone(validators.entry(name.to_owned()).or_insert_with(|| {
            let mut whole = schema.clone();
            whole["components"] = DOCUMENT["components"].clone();
            Arc::new(jsonschema::validator_for(&whole).unwrap())
        }))
    };
    let body = response.json();
    let faults: Vec<String> = validator
        .iter_errors(&body)
        .take(5)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(
        faults.is_empty(),
        "{what} breaks its schema: {}\n{}",
        faults.join("; "),
        &response.text()[..response.text().floor_char_boundary(2_000)]
    );
}

fn declared_responses(method: &Method, path: &str) -> Option<&'static Value> {
    let operation = DOCUMENT["paths"].get(template_of(path)?)?.get(method.as_str().to_lowercase())?;
    operation.get("responses")
}

/// The documented paths, with their segments, those with the fewest parameters first, and `{id}.ics` before
/// `{id}`.
static TEMPLATES: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let mut templates: Vec<_> =
        paths.keys().map(|template| (template.as_str(), template.split('/').collect())).collect();
    templates.sort_by_key(|(template, _)| (template.matches('{').count(), std::cmp::Reverse(template.len())));
    templates
});

/// The documented path that this address belongs to; fixed segments win over parameters.
fn template_of(path: &str) -> Option<&'static str> {
    let path: Vec<&str> = path.split('/').collect();
    let fitting = TEMPLATES.iter().find(|(_, segments)| fits(segments, &path));
    fitting.map(|(template, _)| *template)
}

fn fits(template: &[&str], path: &[&str]) -> bool {
    template.len() == path.len()
        && template.iter().zip(path).all(|(wanted, given)| wanted == given || fits_parameter(wanted, given))
}

/// A segment such as `{id}` or `{name}.txt`.
fn fits_parameter(wanted: &str, given: &str) -> bool {
    wanted
        .strip_prefix('{')
        .and_then(|wanted| wanted.split_once('}'))
        .is_some_and(|(_, suffix)| given.len() > suffix.len() && given.ends_with(suffix))
}

fn same_media_type(declared: &str, given: &str) -> bool {
    let essence =
        |media_type: &str| media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence(declared) == essence(given)
}
