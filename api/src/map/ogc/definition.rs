//! The API definition at `/map/api`: the part of the generated contract below `/map`, as `OpenAPI`
//! 3.0.3, which OGC API Features 1.0 asks for (requirements class `oas30`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::links::MapUrl;
use super::openapi30;
use crate::openapi;

const PREFIX: &str = "/map";

static DEFINITION: LazyLock<Definition> = LazyLock::new(|| {
    let document = below_prefix(serde_json::to_value(openapi::document()).unwrap_or_default());
    Definition { text: document.to_string(), document }
});

struct Definition {
    document: Value,
    text: String,
}

/// The definition without the address of the server.
pub(super) fn document() -> &'static Value {
    &DEFINITION.document
}

/// The definition for the caller of this address.
pub(super) fn json(url: &MapUrl) -> String {
    let server = Value::from(url.landing());
    let rest = DEFINITION.text.strip_prefix('{').unwrap_or_default();
    format!(r#"{{"servers":[{{"url":{server}}}],{rest}"#)
}

/// What of the contract lies below the prefix, as version 3.0.3.
fn below_prefix(contract: Value) -> Value {
    let Value::Object(mut contract) = openapi30::from_openapi_31(contract) else {
        return Value::Null;
    };
    contract.remove("servers");
    let paths = kept_paths(contract.remove("paths").unwrap_or_default());
    let schemas = contract
        .get_mut("components")
        .and_then(|components| components.get_mut("schemas"))
        .and_then(Value::as_object_mut)
        .map(std::mem::take)
        .unwrap_or_default();
    let logins = contract
        .get_mut("components")
        .and_then(|components| components.get_mut("securitySchemes"))
        .and_then(Value::as_object_mut)
        .map(std::mem::take)
        .unwrap_or_default();
    let tags = used_tags(&paths);
    let logins = used_logins(&paths, logins);
    let schemas = reachable(&paths, schemas);
    contract.insert("paths".into(), paths);
    contract.insert("components".into(), json!({ "schemas": schemas, "securitySchemes": logins }));
    if let Some(listed) = contract.get_mut("tags").and_then(Value::as_array_mut) {
        listed.retain(|tag| tag.get("name").and_then(Value::as_str).is_some_and(|name| tags.contains(name)));
    }
    complete_bbox(&mut contract);
    Value::Object(contract)
}

fn kept_paths(paths: Value) -> Value {
    let Value::Object(paths) = paths else {
        return Value::Null;
    };
    let kept = paths.into_iter().filter_map(|(path, item)| {
        let rest = path.strip_prefix(PREFIX)?;
        let inside = rest.is_empty() || rest.starts_with('/');
        inside.then(|| (if rest.is_empty() { "/".to_owned() } else { rest.to_owned() }, item))
    });
    Value::Object(kept.collect())
}

fn used_tags(paths: &Value) -> BTreeSet<String> {
    let operations = paths.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    operations
        .flat_map(Map::values)
        .filter_map(|operation| operation.get("tags")?.as_array())
        .flatten()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect()
}

/// The ways to log in that the operations name.
fn used_logins(paths: &Value, mut logins: Map<String, Value>) -> Map<String, Value> {
    let operations = paths.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    let used: BTreeSet<&String> = operations
        .flat_map(Map::values)
        .filter_map(|operation| operation.get("security")?.as_array())
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .collect();
    logins.retain(|name, _| used.contains(name));
    logins
}

/// The schemas that the paths lead to.
fn reachable(paths: &Value, mut schemas: Map<String, Value>) -> BTreeMap<String, Value> {
    let mut kept = BTreeMap::new();
    let mut wanted = Vec::new();
    references(paths, &mut wanted);
    while let Some(name) = wanted.pop() {
        if let Some(schema) = schemas.remove(&name) {
            references(&schema, &mut wanted);
            kept.insert(name, schema);
        }
    }
    kept
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            found.extend(name.and_then(|name| name.strip_prefix("#/components/schemas/")).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Version 1.0.1 of the standard allows four or six numbers but not five, and says so by `oneOf`;
/// version 1.0.0 and its test suite read the limits beside it.
fn complete_bbox(document: &mut Map<String, Value>) {
    for schema in schemas_of_parameter(document, "bbox") {
        let counts = json!([{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }]);
        schema.insert("oneOf".into(), counts);
    }
}

/// The schemas of all parameters of GET with this name.
fn schemas_of_parameter<'d>(
    document: &'d mut Map<String, Value>,
    name: &'d str,
) -> impl Iterator<Item = &'d mut Map<String, Value>> {
    document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(|item| item.get_mut("get")?.get_mut("parameters")?.as_array_mut())
        .flatten()
        .filter(move |parameter| parameter.get("name").and_then(Value::as_str) == Some(name))
        .filter_map(|parameter| parameter.get_mut("schema")?.as_object_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_the_prefix_is_kept_with_its_schemas() {
        let contract = json!({
            "openapi": "3.1.0",
            "info": { "title": "t", "version": "1" },
            "paths": {
                "/map": { "get": { "tags": ["features"], "responses": { "200": { "description": "d" } } } },
                "/map/collections": { "get": { "tags": ["features"], "responses": { "200": { "description": "d",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } } } } },
                "/mapping": { "get": {} },
                "/healthz": { "get": { "tags": ["operations"] } },
            },
            "components": { "schemas": {
                "A": { "type": "array", "items": { "$ref": "#/components/schemas/B" } },
                "B": { "type": "object", "properties": { "a": { "$ref": "#/components/schemas/A" } } },
                "C": { "type": "string" },
            } },
            "tags": [{ "name": "features" }, { "name": "operations" }],
        });
        let kept = below_prefix(contract);
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&kept["paths"]), ["/", "/collections"]);
        assert_eq!(names(&kept["components"]["schemas"]), ["A", "B"]);
        assert_eq!(kept["tags"], json!([{ "name": "features" }]));
    }
}
