//! Queryables, sortables and schemas (Parts 3 and 5).

use geo::Point;
use serde_json::{Value, json};

use super::{collections, features, href, place, publish, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_queryables_get_queryables_op,
    ats_queryables_get_queryables_response,
    ats_queryables_queryables_link,
    ats_schemas_schema_op,
    ats_schemas_properties_and_roles,
    what_places_have_is_of_the_kind_that_all_values_fit,
);

const SCHEMA: &str = "application/schema+json";

fn relation(name: &str) -> String {
    format!("http://www.opengis.net/def/rel/ogc/1.0/{name}")
}

async fn ats_queryables_get_queryables_op(app: TestApp) {
    for collection in collections(&app).await {
        for name in ["queryables", "sortables", "schema"] {
            let answer = app.get(&format!("/map/collections/{}/{name}", text(&collection, "id"))).await;
            assert_eq!((answer.status, answer.media_type()), (200, SCHEMA));
        }
    }
    app.get("/map/collections/hospital/queryables").await.problem(404, "collection_not_found");
}

async fn ats_queryables_get_queryables_response(app: TestApp) {
    for collection in collections(&app).await {
        let address = format!("/map/collections/{}/queryables", text(&collection, "id"));
        let schema = app.get(&format!("{address}?f=json")).await.ok();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(text(&schema, "$id"), format!("{}{address}", app.base_url), "without a query");
        assert_eq!((&schema["type"], &schema["additionalProperties"]), (&json!("object"), &json!(false)));
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(!text(property, "title").is_empty(), "{name}");
            if name == "geometry" {
                assert!(text(property, "format").starts_with("geometry-") && property.get("type").is_none());
            } else {
                assert!(property["type"].is_string(), "{name}: {property}");
            }
        }
    }
}

async fn ats_queryables_queryables_link(app: TestApp) {
    for collection in collections(&app).await {
        let one = app.get(&format!("/map/collections/{}", text(&collection, "id"))).await.ok();
        for name in ["queryables", "sortables", "schema"] {
            let address = href(&one, &relation(name), SCHEMA);
            assert_eq!(app.get(address).await.status, 200);
        }
        assert_eq!(href(&one, "describedby", SCHEMA), href(&one, &relation("schema"), SCHEMA));
    }
}

async fn ats_schemas_schema_op(app: TestApp) {
    let schema = app.get("/map/collections/park/schema").await.ok();
    assert_eq!(text(&schema, "$id"), format!("{}/map/collections/park/schema", app.base_url));
    let validator = jsonschema::validator_for(&schema["properties"]["name"]).unwrap();
    assert!(validator.is_valid(&json!("葵涌公园")) && !validator.is_valid(&json!(1)));
}

async fn ats_schemas_properties_and_roles(app: TestApp) {
    for collection in collections(&app).await {
        let id = text(&collection, "id");
        let schema = app.get(&format!("/map/collections/{id}/schema")).await.ok();
        let properties = schema["properties"].as_object().unwrap();
        let with_role = |role: &str| {
            let names = properties.iter().filter(|(_, property)| property["x-ogc-role"] == role);
            names.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(with_role("id"), ["id"]);
        assert_eq!(with_role("primary-geometry"), ["geometry"]);
        assert_eq!(properties["version"]["readOnly"], true);
        for feature in features(&app, id).await {
            for name in feature["properties"].as_object().unwrap().keys() {
                assert!(properties.contains_key(name), "{name} of {feature} is in the schema");
            }
        }
    }
}

async fn what_places_have_is_of_the_kind_that_all_values_fit(app: TestApp) {
    let with = |name: &str, values: [(&str, Value); 3]| {
        let mut park = place("park", name, Point::new(114.41, 22.63));
        park.properties.extend(values.map(|(name, value)| (name.to_owned(), value)));
        park
    };
    publish(
        &app,
        vec![
            with("一", [("x_size", json!(1)), ("x_mixed", json!(2)), ("x_inner", json!({ "a": 1 }))]),
            with("二", [("x_size", json!(1.5)), ("x_mixed", json!("two")), ("x_day", json!("2026-05-01"))]),
        ],
    )
    .await;
    let kinds = |schema: Value| {
        ["x_size", "x_mixed", "x_day", "x_inner"].map(|name| schema["properties"][name]["type"].clone())
    };
    let queryables = kinds(app.get("/map/collections/park/queryables").await.ok());
    assert_eq!(queryables, [json!("number"), json!("string"), json!("string"), Value::Null]);
    let sortables = app.get("/map/collections/park/sortables").await.ok();
    let sortable = sortables["properties"].as_object().unwrap();
    assert!(
        sortable.contains_key("x_size")
            && !sortable.contains_key("geometry")
            && !sortable.contains_key("facilities")
    );
    let schema = app.get("/map/collections/park/schema").await.ok();
    assert!(
        schema["properties"]["x_inner"].is_object(),
        "an object is told of, though filters cannot name it"
    );
}
