//! OGC API Features 1.0 at `/map`: the abstract tests of the standard (17-069r4, Annex A) under
//! their own names, and what its official test suite asks beyond them.

mod api_definition;
mod core_documents;
mod core_features;
mod downloads;
mod filtering;
mod gdal;
mod html;
mod owslib;
mod paging;
mod reference_systems;
mod schemas;
mod status_table;

use kangtu::map::edit::{FeatureDraft, FeatureEdit, commit};
use reqwest::Method;
use serde_json::Value;

use crate::support::{TestApp, TestResponse};

/// One of each resource below `/map`.
const RESOURCES: [&str; 11] = [
    "/map",
    "/map/api",
    "/map/conformance",
    "/map/collections",
    "/map/collections/park",
    "/map/collections/park/items",
    "/map/collections/park/items/11",
    "/map/collections/park/queryables",
    "/map/collections/park/sortables",
    "/map/collections/park/schema",
    "/map/functions",
];

async fn collections(app: &TestApp) -> Vec<Value> {
    app.get("/map/collections").await.ok()["collections"].as_array().unwrap().clone()
}

/// All features of a layer.
async fn features(app: &TestApp, layer: &str) -> Vec<Value> {
    listed(&app.get(&format!("/map/collections/{layer}/items?limit=10000")).await.ok())
}

fn listed(body: &Value) -> Vec<Value> {
    body["features"].as_array().unwrap().clone()
}

fn ids(body: &Value) -> Vec<u64> {
    listed(body).iter().map(|feature| feature["id"].as_u64().unwrap()).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The links of a body with this relation.
fn links<'v>(body: &'v Value, rel: &str) -> Vec<&'v Value> {
    body["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel).collect()
}

/// The address of the one link with this relation and media type.
#[track_caller]
fn href<'v>(body: &'v Value, rel: &str, media_type: &str) -> &'v str {
    let found: Vec<_> = links(body, rel).into_iter().filter(|link| link["type"] == media_type).collect();
    assert_eq!(found.len(), 1, "{rel} as {media_type} in {}", body["links"]);
    text(found[0], "href")
}

/// Asserts that the body links to itself and to the other representation, both with their type.
#[track_caller]
fn assert_own_links(body: &Value, media_type: &str) {
    assert!(href(body, "self", media_type).starts_with("http://"));
    assert!(href(body, "alternate", "text/html").contains("f=html"));
    assert!(body["links"].as_array().unwrap().iter().all(|link| link["type"].is_string()));
}

async fn accepting(app: &TestApp, path: &str, media_type: &str) -> TestResponse {
    app.request(Method::GET, path).header("accept", media_type).send().await
}

/// A place to publish.
pub(crate) fn place(layer: &str, name: &str, geometry: impl Into<geo::Geometry<f64>>) -> FeatureDraft {
    FeatureDraft {
        layer_id: layer.to_owned(),
        region_code: "440307009000".to_owned(),
        name: name.to_owned(),
        address: None,
        phone: Some("0755-84206000、13800000000".to_owned()),
        opening_hours: Some("Mo-Su 06:00-22:00".to_owned()),
        facilities: vec!["饮水点".to_owned()],
        geometry: Some(geometry.into()),
        entrances: Vec::new(),
        properties: serde_json::Map::new(),
        status: entity::feature::Status::Published,
        review_reasons: Vec::new(),
        source: "test".to_owned(),
        source_licence: None,
        demo: false,
    }
}

pub(crate) async fn publish(app: &TestApp, places: Vec<FeatureDraft>) {
    let edits = places.into_iter().map(|place| FeatureEdit::Add(Box::new(place), None)).collect();
    commit(&app.state, edits).await.unwrap();
}
