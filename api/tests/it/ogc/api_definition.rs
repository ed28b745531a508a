//! The API definition at `/map/api` (class `oas30`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{RESOURCES, accepting, href, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_core_api_definition_op,
    ats_core_api_definition_success,
    ats_core_fc_limit_definition,
    ats_core_fc_bbox_definition,
    ats_core_fc_time_definition,
    ats_oas30_oas_definition_1,
    ats_oas30_oas_definition_2,
    ats_oas30_oas_impl,
    ats_oas30_completeness,
    ats_oas30_exceptions_codes,
    ats_oas30_security,
);

const ITEMS: &str = "/collections/{collectionId}/items";

/// Tiles and their descriptions come in one representation each; their own tests look at them.
fn is_of_tiles(path: &str) -> bool {
    path.contains("/tile") || path == "/style.json"
}

async fn definition(app: &TestApp) -> Value {
    app.get("/map/api").await.ok()
}

/// A parameter of the operation on items, without its description.
async fn items_parameter(app: &TestApp, name: &str) -> Value {
    let definition = definition(app).await;
    let parameters = definition["paths"][ITEMS]["get"]["parameters"].as_array().unwrap();
    let mut parameter = parameters.iter().find(|parameter| parameter["name"] == name).unwrap().clone();
    assert!(!text(&parameter, "description").is_empty());
    parameter.as_object_mut().unwrap().remove("description");
    if let Some(schema) = parameter["schema"].as_object_mut() {
        schema.remove("format");
        if let Some(items) = schema.get_mut("items").and_then(Value::as_object_mut) {
            items.remove("format");
        }
    }
    parameter
}

async fn ats_core_api_definition_op(app: TestApp) {
    let landing = app.get("/map").await.ok();
    for rel in ["service-desc", "service-doc"] {
        for link in super::links(&landing, rel) {
            let answer = accepting(&app, text(link, "href"), text(link, "type")).await;
            assert_eq!(answer.status, 200);
            assert!(answer.header("content-type").unwrap().starts_with(text(link, "type")), "{link}");
        }
    }
}

async fn ats_core_api_definition_success(app: TestApp) {
    let definition = definition(&app).await;
    assert_eq!(definition["openapi"], "3.0.3");
    assert!(
        !text(&definition["info"], "title").is_empty() && !text(&definition["info"], "version").is_empty()
    );
    assert_eq!(definition["servers"], json!([{ "url": format!("{}/map", app.base_url) }]));
    let mut found = Vec::new();
    faults(&definition, "", &definition, &mut found);
    assert!(found.is_empty(), "not OpenAPI 3.0: {found:#?}");
    let schemas: BTreeSet<&str> =
        definition["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(schemas.contains("OgcFeatureCollection") && !schemas.contains("Readiness"), "{schemas:?}");
}

/// What version 3.0 does not know, and references that lead nowhere.
fn faults(value: &Value, at: &str, document: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let named_by_the_author =
                at.ends_with("/properties") || at.ends_with("/schemas") || at.ends_with("/example");
            for (name, member) in members {
                let newer = [
                    "const",
                    "$defs",
                    "prefixItems",
                    "propertyNames",
                    "webhooks",
                    "jsonSchemaDialect",
                    "identifier",
                    "contentMediaType",
                    "if",
                    "then",
                ];
                if !named_by_the_author && newer.contains(&name.as_str()) {
                    found.push(format!("{at}/{name}"));
                }
                if !named_by_the_author && name == "type" && !(member.is_string() && member != "null") {
                    found.push(format!("{at}/type is {member}"));
                }
                if let ("$ref", Some(target)) = (name.as_str(), member.as_str()) {
                    let pointer = target.strip_prefix('#').unwrap_or("/nowhere");
                    if document.pointer(pointer).is_none() || members.len() > 1 {
                        found.push(format!("{at}/$ref {target}"));
                    }
                }
                faults(member, &format!("{at}/{name}"), document, found);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(place, item)| faults(item, &format!("{at}/{place}"), document, found));
        }
        _ => {}
    }
}

async fn ats_core_fc_limit_definition(app: TestApp) {
    let expected = json!({
        "name": "limit", "in": "query", "required": false, "style": "form", "explode": false,
        "schema": { "type": "integer", "minimum": 1, "maximum": 10000, "default": 100 },
    });
    assert_eq!(items_parameter(&app, "limit").await, expected);
}

async fn ats_core_fc_bbox_definition(app: TestApp) {
    let expected = json!({
        "name": "bbox", "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {
            "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" },
            "oneOf": [{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }],
        },
    });
    assert_eq!(items_parameter(&app, "bbox").await, expected);
}

async fn ats_core_fc_time_definition(app: TestApp) {
    let expected = json!({
        "name": "datetime", "in": "query", "required": false, "style": "form", "explode": false,
        "schema": { "type": "string" },
    });
    assert_eq!(items_parameter(&app, "datetime").await, expected);
}

async fn ats_oas30_oas_definition_1(app: TestApp) {
    let landing = app.get("/map").await.ok();
    let address = href(&landing, "service-desc", "application/vnd.oai.openapi+json;version=3.0");
    let answer = app.get(address).await;
    assert_eq!(answer.header("content-type"), Some("application/vnd.oai.openapi+json;version=3.0"));
    let page = app.get(href(&landing, "service-doc", "text/html")).await;
    assert!(page.text().contains("/collections/{collectionId}/items"));
}

async fn ats_oas30_oas_definition_2(app: TestApp) {
    let definition = definition(&app).await;
    for path in ["/", "/api", "/conformance", "/collections", "/collections/{collectionId}", ITEMS] {
        let responses = &definition["paths"][path]["get"]["responses"];
        assert!(responses["200"].is_object(), "{path}");
    }
}

async fn ats_oas30_oas_impl(app: TestApp) {
    let definition = definition(&app).await;
    let paths: Vec<_> =
        definition["paths"].as_object().unwrap().keys().filter(|path| !is_of_tiles(path)).collect();
    assert_eq!(paths.len(), RESOURCES.len());
    for path in paths {
        let address = path.replace("{collectionId}", "park").replace("{featureId}", "11");
        assert_eq!(
            app.get(&format!("/map{}", address.trim_end_matches('/'))).await.status,
            200,
            "{path} is served"
        );
    }
}

async fn ats_oas30_completeness(app: TestApp) {
    let definition = definition(&app).await;
    let mut names = BTreeSet::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        let operation = &item["get"];
        assert!(names.insert(text(operation, "operationId").to_owned()), "operation ids are unique");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            let declared = parameters.iter().any(|parameter| {
                parameter["name"] == name && parameter["in"] == "path" && parameter["required"] == true
            });
            assert!(declared, "{name} of {path}");
        }
        let content = operation["responses"]["200"]["content"].as_object().unwrap();
        assert!(content.len() >= 2 || is_of_tiles(path), "{path} comes as JSON and HTML");
    }
}

async fn ats_oas30_exceptions_codes(app: TestApp) {
    let definition = definition(&app).await;
    for (path, item) in definition["paths"].as_object().unwrap() {
        let responses = item["get"]["responses"].as_object().unwrap();
        let mut expected = vec!["200", "304", "400", "default"];
        if !is_of_tiles(path) {
            expected.push("406");
        }
        if path.contains('{') {
            expected.push("404");
        }
        for status in expected {
            assert!(responses.contains_key(status), "{status} of {path}");
        }
        for (status, response) in
            responses.iter().filter(|(status, _)| !["200", "204", "304"].contains(&status.as_str()))
        {
            assert!(
                response["content"]["application/problem+json"]["schema"].is_object(),
                "{status} of {path}"
            );
        }
    }
}

async fn ats_oas30_security(app: TestApp) {
    let definition = definition(&app).await;
    assert!(definition.get("security").is_none(), "the public map asks for no login");
    assert!(
        definition["paths"].as_object().unwrap().values().all(|item| item["get"].get("security").is_none())
    );
}
