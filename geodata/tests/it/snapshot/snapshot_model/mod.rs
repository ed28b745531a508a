//! Random maps, and the obvious way to answer what the snapshot answers fast.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::Arc;

use geo::{Coord, Geometry, Intersects, Line, LineString, MultiPolygon, Point, Polygon};
use geodata::snapshot::{FeatureId, FeatureRecord, LayerRecord};
use geodata::{Bbox, Wgs84};
use proptest::prelude::*;

pub(crate) fn layer(id: &str) -> LayerRecord {
    LayerRecord { id: id.into(), icon: "dot".into(), min_zoom: 0, max_zoom: 20 }
}

pub(crate) fn layers() -> Vec<LayerRecord> {
    ["park", "trail", "clinic"].map(layer).to_vec()
}

pub(crate) fn position() -> impl Strategy<Value = Wgs84> {
    (114.35..114.52, 22.59..22.68).prop_map(|(lon, lat)| Wgs84 { lon, lat })
}

/// Positions on a coarse lattice, so that boundaries touch and places coincide.
fn lattice() -> impl Strategy<Value = Coord<f64>> {
    let near = (0..18, 0..10)
        .prop_map(|(i, j)| Coord { x: 114.35 + f64::from(i) * 0.01, y: 22.59 + f64::from(j) * 0.01 });
    let far = (-18..=18, -8..=8).prop_map(|(i, j)| Coord { x: f64::from(i) * 10.0, y: f64::from(j) * 10.0 });
    prop_oneof![9 => near, 1 => far]
}

/// A closed ring around a position: a star with some corners, so never self-crossing.
fn star() -> impl Strategy<Value = Polygon<f64>> {
    (lattice(), prop::collection::vec(0.2..1.0, 3..12), 0.0005..0.02).prop_map(|(middle, spokes, size)| {
        let count = f64::from(u32::try_from(spokes.len()).unwrap());
        let ring = (0..).zip(&spokes).map(|(i, spoke)| {
            let angle = 2.0 * PI * f64::from(i) / count;
            Coord { x: middle.x + size * spoke * angle.cos(), y: middle.y + size * spoke * angle.sin() }
        });
        let ring: Vec<Coord<f64>> = ring.collect();
        // A hole, so that boxes inside of it count as outside.
        let hole = ring.iter().map(|at| middle + (*at - middle) * 0.5).collect();
        Polygon::new(LineString(ring), vec![LineString(hole)])
    })
}

fn any_geometry() -> impl Strategy<Value = Option<Geometry<f64>>> {
    prop_oneof![
        1 => Just(None),
        4 => lattice().prop_map(|at| Some(Point(at).into())),
        2 => position().prop_map(|at| Some(Point::new(at.lon, at.lat).into())),
        2 => prop::collection::vec(lattice(), 2..6).prop_map(|line| Some(LineString(line).into())),
        2 => star().prop_map(|polygon| Some(polygon.into())),
        1 => (star(), star()).prop_map(|(a, b)| Some(MultiPolygon(vec![a, b]).into())),
    ]
}

pub(crate) fn any_record() -> impl Strategy<Value = FeatureRecord> {
    let id = prop_oneof![9 => 1_u32..60, 1 => 499_999_990_u32..=999_999_999];
    (id, 0_usize..3, 1_u32..4, any_geometry()).prop_map(|(id, layer, version, geometry)| FeatureRecord {
        id,
        layer: Arc::clone(&layers()[layer].id),
        version,
        name: format!("地点\"{id}\"\n"),
        geometry,
        properties: format!(r#"{{"key":{id}}}"#).into(),
        entrances: Vec::new(),
    })
}

/// Records with distinct ids.
pub(crate) fn any_records(most: usize) -> impl Strategy<Value = Vec<FeatureRecord>> {
    prop::collection::vec(any_record(), 0..most).prop_map(|records| {
        let distinct: BTreeMap<FeatureId, FeatureRecord> = (1..)
            .zip(records)
            .map(|(i, record)| {
                let id = if record.id < 1000 { i } else { record.id };
                (id, FeatureRecord { id, ..record })
            })
            .collect();
        distinct.into_values().collect()
    })
}

/// Boxes of all kinds: near, degenerate, over the antimeridian, the world.
pub(crate) fn any_bbox() -> impl Strategy<Value = Bbox> {
    let edges = || {
        (lattice(), lattice()).prop_map(|(a, b)| Bbox {
            west: a.x.min(b.x),
            south: a.y.min(b.y),
            east: a.x.max(b.x),
            north: a.y.max(b.y),
        })
    };
    let odd = (position(), position()).prop_map(|(a, b)| Bbox {
        west: a.lon.min(b.lon),
        south: a.lat.min(b.lat),
        east: a.lon.max(b.lon),
        north: a.lat.max(b.lat),
    });
    let point = lattice().prop_map(|at| Bbox { west: at.x, south: at.y, east: at.x, north: at.y });
    let flat = (lattice(), 0.0..0.1_f64).prop_map(|(at, width)| Bbox {
        west: at.x,
        south: at.y,
        east: (at.x + width).min(180.0),
        north: at.y,
    });
    let around = edges().prop_map(|edges| Bbox { west: edges.east, east: edges.west, ..edges });
    prop_oneof![6 => edges(), 4 => odd, 1 => point, 1 => flat, 1 => around, 1 => Just(Bbox::WORLD)]
}

/// Whether a box meets a shape, by the general test for the shape that the box really is.
pub(crate) fn meets(bbox: &Bbox, shape: &Geometry<f64>) -> bool {
    bbox.parts().any(|part| {
        let (min, max) = (part.min(), part.max());
        if min == max {
            Point(min).intersects(shape)
        } else if part.width() <= 0.0 || part.height() <= 0.0 {
            Line::new(min, max).intersects(shape)
        } else {
            part.to_polygon().intersects(shape)
        }
    })
}

/// Numbers of point markers in the non-empty grid cells that meet the box, ascending.
pub(crate) fn marker_counts_of_cells(records: &[FeatureRecord], bbox: &Bbox, zoom: u8) -> Vec<u64> {
    let across = f64::from(1_u32 << if zoom < 17 { zoom + 2 } else { zoom + 3 });
    let cell = |at: Coord<f64>| {
        let sine = at.y.to_radians().sin();
        let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI);
        let whole = |fraction: f64| (fraction.clamp(0.0, 1.0) * across).floor().min(across - 1.0);
        Coord { x: whole((at.x + 180.0) / 360.0), y: whole(y) }
    };
    let mut cells = BTreeMap::new();
    for record in records {
        let Some(Geometry::Point(at)) = record.geometry else { continue };
        let place = cell(at.0);
        let covered = bbox.parts().any(|part| {
            // South is the larger row.
            let (west_end, east_end) = (cell(part.min()), cell(part.max()));
            (west_end.x..=east_end.x).contains(&place.x) && (east_end.y..=west_end.y).contains(&place.y)
        });
        if covered {
            *cells.entry((place.x.to_bits(), place.y.to_bits())).or_insert(0) += 1;
        }
    }
    let mut counts: Vec<u64> = cells.into_values().collect();
    counts.sort_unstable();
    counts
}

/// An item of a view as a client reads it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) id: u64,
    /// 1 for places.
    pub(crate) count: u64,
    pub(crate) expansion_zoom: u64,
    pub(crate) by_layer: BTreeMap<String, u64>,
    pub(crate) lon: f64,
    pub(crate) lat: f64,
}

pub(crate) fn parse(view: &[u8]) -> Vec<Item> {
    let view: serde_json::Value = serde_json::from_slice(view).unwrap();
    assert_eq!(view["type"], "FeatureCollection");
    let items = view["features"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            let properties = &item["properties"];
            let cluster = properties["cluster"] == true;
            if !cluster {
                assert!(
                    properties["layer"].is_string()
                        && properties["name"].is_string()
                        && properties["icon"].is_string()
                );
            }
            let by_layer = properties["by_layer"].as_object().into_iter().flatten();
            Item {
                id: item["id"].as_u64().unwrap(),
                count: if cluster { properties["count"].as_u64().unwrap() } else { 1 },
                expansion_zoom: properties["expansion_zoom"].as_u64().unwrap_or(0),
                by_layer: by_layer.map(|(layer, count)| (layer.clone(), count.as_u64().unwrap())).collect(),
                lon: item["geometry"]["coordinates"][0].as_f64().unwrap_or(f64::NAN),
                lat: item["geometry"]["coordinates"][1].as_f64().unwrap_or(f64::NAN),
            }
        })
        .collect()
}
