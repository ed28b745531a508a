//! JSON Schemas of layers: what their places have (Part 5), what filters may name (Part 3), and what
//! they can be sorted by.

use geodata::cql2::{FUNCTIONS, Kind, Queryable};
use serde_json::{Map, Value, json};

use super::features::Layer;
use super::selection::queryables;
use crate::map::published::LayerInfo;

/// Which of the three documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaKind {
    /// What places have.
    Features,
    /// What filters may name.
    Queryables,
    /// What places can be sorted by.
    Sortables,
}

impl SchemaKind {
    /// What people call the document.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Features => "地点的属性",
            Self::Queryables => "可以按什么查询",
            Self::Sortables => "可以按什么排序",
        }
    }

    fn includes(self, queryable: &Queryable) -> bool {
        self != Self::Sortables || queryable.kind.is_sortable()
    }
}

/// The schema at this address. `$id` is the address without a query (19-079r2, requirement
/// `/req/queryables/get-queryables-response`).
pub(super) fn schema(kind: SchemaKind, layer: Layer<'_>, address: &str) -> Value {
    let known = queryables(layer.places);
    let mut properties = Map::new();
    for (place, queryable) in known.all().filter(|queryable| kind.includes(queryable)).enumerate() {
        let mut property = property(queryable, layer.info);
        if let (SchemaKind::Features, Some(members)) = (kind, property.as_object_mut()) {
            members.insert("x-ogc-propertySeq".into(), (place + 1).into());
            match &*queryable.name {
                "id" => drop(members.insert("x-ogc-role".into(), "id".into())),
                "geometry" => drop(members.insert("x-ogc-role".into(), "primary-geometry".into())),
                _ => {}
            }
            if is_set_by_the_server(&queryable.name) {
                members.insert("readOnly".into(), true.into());
            }
        }
        properties.insert(queryable.name.to_string(), property);
    }
    if kind == SchemaKind::Features {
        for name in known.others() {
            properties.insert(name.to_string(), json!({ "title": label(name), "type": ["object", "null"] }));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "title": format!("{}：{}", layer.info.title, kind.title()),
        "description": layer.info.description,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property(queryable: &Queryable, layer: &LayerInfo) -> Value {
    let mut property = match queryable.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Timestamp => json!({ "type": "string", "format": "date-time" }),
        Kind::List => json!({ "type": "array", "items": { "type": ["string", "number", "boolean"] } }),
        Kind::Geometry => json!({ "format": geometry_format(&layer.geometry_kinds) }),
    };
    if let Some(members) = property.as_object_mut() {
        members.insert("title".into(), label(&queryable.name).into());
    }
    property
}

/// The narrowest format that all shapes of the layer have.
fn geometry_format(kinds: &[String]) -> &'static str {
    match kinds {
        [kind] if kind == "point" => "geometry-point-or-multipoint",
        [kind] if kind == "line" => "geometry-linestring-or-multilinestring",
        [kind] if kind == "polygon" => "geometry-polygon-or-multipolygon",
        _ => "geometry-any",
    }
}

fn is_set_by_the_server(name: &str) -> bool {
    matches!(name, "id" | "layer" | "region" | "version" | "updated_at")
}

fn label(name: &str) -> &str {
    match name {
        "id" => "编号",
        "geometry" => "位置",
        _ => super::pages::fields::label(name),
    }
}

/// The functions that filters may call (19-079r2, section 6.5).
pub(super) fn functions() -> Value {
    let list = FUNCTIONS.iter().map(|function| {
        let arguments = function
            .arguments
            .iter()
            .map(|argument| json!({ "title": argument.title, "type": [function_type(argument.kind)] }));
        json!({
            "name": function.name,
            "description": function.description,
            "arguments": arguments.collect::<Vec<_>>(),
            "returns": [function_type(function.returns)],
        })
    });
    json!({ "functions": list.collect::<Vec<_>>() })
}

fn function_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Timestamp => "datetime",
        Kind::List => "array",
        Kind::Geometry => "geometry",
    }
}
