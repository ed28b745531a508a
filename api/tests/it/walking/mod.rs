//! Walks on the map: networks that are loaded, what they reach, closures, and who can walk to what.

mod coverage;
mod edits;
mod loading;
#[path = "../../../../geodata/src/osm_pbf/made.rs"]
#[expect(dead_code, reason = "the tests of the reader need more of it")]
mod made;
mod near;
mod reach;

use std::io::Cursor;

use entity::feature::Status;
use geo::Point;
use kangtu::map::edit::{FeatureDraft, FeatureEdit, commit};
use kangtu::map::walking::load::{Loaded, load};
use serde_json::{Map, Value};

use self::made::{MadeFile, node, way};
use crate::support::TestApp;

pub(crate) const STREET: &str = "440307009000";
const MAP: &str = "/api/v1/map";
/// South-western corner of the streets, in the valley of 葵涌.
const CORNER: (f64, f64) = (114.400, 22.630);

/// So many metres east and north of the corner, as longitude and latitude.
fn at(east_m: f64, north_m: f64) -> (f64, f64) {
    (CORNER.0 + east_m / 102_830.0, CORNER.1 + north_m / 110_740.0)
}

/// Two paths of 3 km on the banks of a river 60 m wide, and a bridge at their eastern ends.
fn river_file() -> MadeFile {
    let mut nodes = Vec::new();
    for bank in 0..2 {
        for step in 0..=30 {
            let (lon, lat) = at(f64::from(step) * 100.0, f64::from(bank) * 60.0);
            nodes.push(node(i64::from(bank * 100 + step), lon, lat, &[]));
        }
    }
    let south: Vec<i64> = (0..=30).collect();
    let north: Vec<i64> = (100..=130).collect();
    let ways = vec![
        way(1, &south, &[("highway", "footway")]),
        way(2, &north, &[("highway", "residential")]),
        way(3, &[30, 130], &[("highway", "footway"), ("bridge", "yes")]),
        way(4, &[0, 100], &[("highway", "motorway")]),
    ];
    MadeFile { nodes, ways, dense: true, zlib: true }
}

/// Loads the streets on the river for a region, as the command does.
pub(crate) async fn load_river(app: &TestApp, region: &str) -> Loaded {
    let file = Cursor::new(river_file().bytes());
    let loaded = load(&app.state.database, app.clock.now(), region, "river.osm.pbf", file).await.unwrap();
    app.state.walking.refresh(&app.state.database, app.clock.now()).await.unwrap();
    loaded
}

/// Adds a published place of a layer.
async fn add_place(app: &TestApp, layer: &str, name: &str, (lon, lat): (f64, f64)) {
    let draft = FeatureDraft {
        layer_id: layer.to_owned(),
        region_code: "440307009001".to_owned(),
        name: name.to_owned(),
        address: None,
        phone: None,
        opening_hours: None,
        facilities: Vec::new(),
        geometry: Some(Point::new(lon, lat).into()),
        entrances: Vec::new(),
        properties: Map::new(),
        status: Status::Published,
        review_reasons: Vec::new(),
        source: "test".to_owned(),
        source_licence: None,
        demo: false,
    };
    commit(&app.state, vec![FeatureEdit::Add(Box::new(draft), None)]).await.unwrap();
}

fn query((lon, lat): (f64, f64)) -> String {
    format!("lon={lon:.7}&lat={lat:.7}")
}

fn names(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}
