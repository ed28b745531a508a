//! The map as vector tiles: what is sent, what the standard asks, what `MapLibre` and GDAL make of it, and
//! the archive of all tiles.

mod archive;
mod gdal;
mod maplibre;
#[path = "../../../../geodata/tests/it/tiles/mvt/mod.rs"]
#[expect(dead_code, reason = "tests of the map's core look at more of it")]
mod mvt;
mod serving;
mod standard;

use serde_json::Value;

use crate::support::{TestApp, TestResponse};
use mvt::{Layer, decode};

/// The tile over the middle of 葵涌 at zoom 12, as `zoom/row/column`.
const MIDDLE: &str = "12/1783/3349";

/// The layers of a tile that shows something.
#[track_caller]
fn layers(answer: &TestResponse) -> Vec<Layer> {
    assert_eq!((answer.status, answer.media_type()), (200, "application/vnd.mapbox-vector-tile"));
    decode(&answer.body).unwrap()
}

fn names(layers: &[Layer]) -> Vec<&str> {
    layers.iter().map(|layer| layer.name.as_str()).collect()
}

async fn tile(app: &TestApp, address: &str) -> TestResponse {
    app.get(&format!("/map/tiles/WebMercatorQuad/{address}")).await
}

/// The link of a body with this relation.
#[track_caller]
fn link<'v>(body: &'v Value, rel: &str) -> &'v Value {
    let mut found = body["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel);
    found.next().unwrap_or_else(|| panic!("no {rel} in {body}"))
}

#[track_caller]
fn href<'v>(body: &'v Value, rel: &str) -> &'v str {
    link(body, rel)["href"].as_str().unwrap()
}
