//! Writes an `OpenAPI` 3.1 document as 3.0.3.
//!
//! What 3.1 took over from JSON Schema 2020-12 is said in the words of 3.0 (Schema Object of `OpenAPI`
//! 3.0.3): null types as `nullable`, `const` as `enum`, `examples` as `example`. What 3.0 has no word
//! for is left out, which makes a schema wider, never wrong.

use serde_json::{Map, Value, json};

/// Words that a schema may use in 3.0.3.
const SCHEMA_WORDS: [&str; 34] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// The document in version 3.0.3.
pub(super) fn from_openapi_31(mut document: Value) -> Value {
    let Some(members) = document.as_object_mut() else {
        return document;
    };
    members.insert("openapi".into(), "3.0.3".into());
    members.remove("webhooks");
    members.remove("jsonSchemaDialect");
    if let Some(info) = members.get_mut("info").and_then(Value::as_object_mut) {
        older_info(info);
    }
    if let Some(schemas) = members
        .get_mut("components")
        .and_then(|components| components.get_mut("schemas"))
        .and_then(Value::as_object_mut)
    {
        schemas.values_mut().for_each(older_schema);
    }
    if let Some(paths) = members.get_mut("paths") {
        schemas_inside(paths);
    }
    document
}

/// A licence is named by its address before 3.1.
fn older_info(info: &mut Map<String, Value>) {
    info.remove("summary");
    if let Some(licence) = info.get_mut("license").and_then(Value::as_object_mut)
        && let Some(Value::String(identifier)) = licence.remove("identifier")
    {
        licence.insert("url".into(), format!("https://spdx.org/licenses/{identifier}.html").into());
    }
}

/// Finds the schemas of parameters, headers and bodies.
fn schemas_inside(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "schema" => older_schema(member),
                    "example" | "examples" => {}
                    _ => schemas_inside(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(schemas_inside),
        _ => {}
    }
}

fn older_schema(schema: &mut Value) {
    let Value::Object(members) = schema else {
        // `true` allows everything, `false` nothing.
        *schema = if *schema == Value::Bool(false) { json!({ "not": {} }) } else { json!({}) };
        return;
    };
    without_null_type(members);
    without_null_choice(members);
    older_words(members);
    if let Some(reference) = members.get("$ref").cloned() {
        lone_reference(members, reference);
        return;
    }
    members.retain(|word, _| SCHEMA_WORDS.contains(&word.as_str()) || word.starts_with("x-"));
    if members.get("type") == Some(&Value::from("array")) {
        members.entry("items").or_insert_with(|| json!({}));
    }
    for (word, member) in members.iter_mut() {
        match (word.as_str(), member) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(older_schema),
            ("allOf" | "anyOf" | "oneOf", Value::Array(choices)) => {
                choices.iter_mut().for_each(older_schema);
            }
            ("items" | "not", member) => older_schema(member),
            ("additionalProperties", member) if member.is_object() => older_schema(member),
            _ => {}
        }
    }
}

/// `type: [string, "null"]` becomes `type: string, nullable: true`.
fn without_null_type(schema: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = schema.remove("type").map(|types| match types {
        Value::String(_) => Value::Array(vec![types]),
        other => other,
    }) else {
        return;
    };
    let (null, mut others): (Vec<Value>, Vec<Value>) = types.into_iter().partition(|kind| kind == "null");
    if !null.is_empty() {
        schema.insert("nullable".into(), true.into());
    }
    match others.len() {
        0 => {}
        1 => {
            schema.insert("type".into(), others.remove(0));
        }
        _ => {
            let choices: Vec<Value> = others.into_iter().map(|kind| json!({ "type": kind })).collect();
            schema.insert("anyOf".into(), choices.into());
        }
    }
}

/// A choice between null and one schema becomes that schema, nullable.
fn without_null_choice(schema: &mut Map<String, Value>) {
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(choices)) = schema.get_mut(word) else {
            continue;
        };
        let before = choices.len();
        choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
        let (nullable, single) = (choices.len() < before, choices.len() == 1);
        if nullable {
            schema.insert("nullable".into(), true.into());
        }
        if nullable
            && single
            && let Some(choice) = schema.remove(word)
        {
            schema.insert("allOf".into(), choice);
        }
    }
}

fn older_words(schema: &mut Map<String, Value>) {
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".into(), Value::Array(vec![value]));
    }
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(example) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(example);
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(limit) = schema.get(exclusive).filter(|limit| limit.is_number()).cloned() {
            schema.insert(bound.into(), limit);
            schema.insert(exclusive.into(), true.into());
        }
    }
}

/// Beside `$ref` nothing counts in 3.0, so what stands beside it moves around it.
fn lone_reference(schema: &mut Map<String, Value>, reference: Value) {
    schema.remove("$ref");
    schema.retain(|word, _| SCHEMA_WORDS.contains(&word.as_str()));
    if schema.is_empty() {
        schema.insert("$ref".into(), reference);
    } else {
        schema.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn older(mut schema: Value) -> Value {
        older_schema(&mut schema);
        schema
    }

    #[test]
    fn newer_words_are_said_in_older_ones() {
        assert_eq!(
            older(json!({ "type": ["string", "null"] })),
            json!({ "type": "string", "nullable": true })
        );
        assert_eq!(
            older(json!({ "type": ["string", "integer"] })),
            json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] })
        );
        assert_eq!(older(json!({ "const": "a" })), json!({ "enum": ["a"] }));
        assert_eq!(older(json!({ "examples": [1, 2] })), json!({ "example": 1 }));
        assert_eq!(
            older(json!({ "type": "integer", "exclusiveMinimum": 0 })),
            json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true })
        );
        assert_eq!(older(json!({ "propertyNames": {}, "type": "object" })), json!({ "type": "object" }));
        assert_eq!(older(json!({ "type": "array" })), json!({ "type": "array", "items": {} }));
        assert_eq!(older(json!({ "additionalProperties": true })), json!({ "additionalProperties": true }));
    }

    #[test]
    fn references_stand_alone() {
        let reference = json!({ "$ref": "#/components/schemas/A" });
        assert_eq!(older(reference.clone()), reference);
        assert_eq!(
            older(json!({ "$ref": "#/components/schemas/A", "description": "d" })),
            json!({ "allOf": [reference], "description": "d" })
        );
        assert_eq!(
            older(json!({ "oneOf": [reference, { "type": "null" }] })),
            json!({ "allOf": [reference], "nullable": true })
        );
    }

    #[test]
    fn schemas_are_found_at_every_depth_and_property_names_are_no_words() {
        let nullable = json!({ "type": ["string", "null"] });
        let document = json!({
            "openapi": "3.1.0",
            "info": { "title": "t", "license": { "name": "n", "identifier": "Apache-2.0" } },
            "paths": { "/a": { "get": { "parameters": [{ "name": "p", "schema": nullable }] } } },
            "components": { "schemas": { "A": { "type": "object", "properties": { "const": nullable } } } },
        });
        let older = from_openapi_31(document);
        let expected = json!({ "type": "string", "nullable": true });
        assert_eq!(older["openapi"], "3.0.3");
        assert_eq!(older["info"]["license"]["url"], "https://spdx.org/licenses/Apache-2.0.html");
        assert_eq!(older["paths"]["/a"]["get"]["parameters"][0]["schema"], expected);
        assert_eq!(older["components"]["schemas"]["A"]["properties"]["const"], expected);
    }
}
