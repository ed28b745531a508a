//! Conditions in CQL2, as text and as JSON, asked of a layer with one place.
#![no_main]

use std::sync::LazyLock;

use geodata::cql2::{Expression, Filter, Kind, parse_json, parse_text};
use geodata::crs::ReferenceSystem;
use geodata::snapshot::{FeatureRecord, LayerRecord, SelectQuery, Snapshot};
use libfuzzer_sys::fuzz_target;

static MAP: LazyLock<Snapshot> = LazyLock::new(|| {
    let park = LayerRecord { id: "park".into(), icon: "tree".into(), min_zoom: 0, max_zoom: 20 };
    let place = FeatureRecord {
        id: 7,
        layer: "park".into(),
        version: 1,
        name: "葵涌公园".into(),
        geometry: Some(geo::Point::new(114.4182, 22.6371).into()),
        properties: r#"{"name":"葵涌公园","version":1,"demo":false,"facilities":["厕所"],"area_m2":5.5}"#.into(),
        entrances: Vec::new(),
    };
    Snapshot::build(vec![park], vec![place], 1, 0, Vec::new()).expect("one place in one layer")
});

fn ask(expression: &Expression) {
    let layer = MAP.layer("park").expect("the only layer");
    let known = layer.queryables(&[("name", Kind::Text), ("version", Kind::Integer), ("demo", Kind::Boolean)]);
    if let Ok(filter) = Filter::compile(expression, &known) {
        let query = SelectQuery {
            region: None,
            filter: Some(&filter),
            order: &[],
            after: None,
            offset: 0,
            limit: 10,
        };
        let _ = MAP.select(layer, &query);
    }
}

fuzz_target!(|text: &str| {
    for parsed in [parse_text(text, ReferenceSystem::Crs84), parse_json(text, ReferenceSystem::Crs84)] {
        match parsed {
            Ok(expression) => ask(&expression),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
