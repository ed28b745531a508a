//! The map as phones see it.

mod changes;
mod layers;
mod nearest;
mod parameters;
mod place;
mod view;

use entity::feature::Status;
use geo::Point;
use kangtu::map::edit::{FeatureDraft, FeatureEdit, commit};
use serde_json::{Map, Value};

use crate::support::TestApp;

pub(crate) const MAP: &str = "/api/v1/map";

/// A published point in 葵涌 with nothing but a name.
pub(crate) fn draft(name: &str, lon: f64, lat: f64) -> FeatureDraft {
    FeatureDraft {
        layer_id: "health_hut".to_owned(),
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
    }
}

pub(crate) async fn add(app: &TestApp, drafts: Vec<FeatureDraft>) -> u64 {
    let edits = drafts.into_iter().map(|draft| FeatureEdit::Add(Box::new(draft), None)).collect();
    commit(&app.state, edits).await.unwrap()
}

pub(crate) async fn replace(app: &TestApp, id: i32, draft: FeatureDraft) -> u64 {
    commit(&app.state, vec![FeatureEdit::Replace(id, Box::new(draft), None)]).await.unwrap()
}

/// The id of the place with this name, as a phone would find it.
pub(crate) async fn id_of(app: &TestApp, name: &str) -> i32 {
    let mut path = format!("{MAP}/changes?since=0");
    loop {
        let page = app.get(&path).await.ok();
        let items = page["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["feature"]["properties"]["name"] == name);
        if let Some(item) = found {
            return i32::try_from(item["id"].as_i64().unwrap()).unwrap();
        }
        let next = page["next"].as_str().unwrap_or_else(|| panic!("there is no {name}"));
        path = format!("{MAP}/changes?since=0&cursor={next}");
    }
}

fn names(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}
