//! The snapshot against slow but obvious answers, on random maps around 葵涌.

mod snapshot_model;

use std::collections::BTreeSet;

use geodata::snapshot::{
    Change, ChangeRef, Feature, FeatureId, FeatureRecord, LayerRecord, NearestQuery, PageQuery, Snapshot,
    SnapshotError, UnknownLayer, ViewQuery,
};
use geodata::synthetic::{Area, SyntheticMap};
use geodata::{Bbox, Datum, Wgs84};
use proptest::prelude::*;
use snapshot_model::{
    any_bbox, any_record, any_records, layer, layers, marker_counts_of_cells, meets, parse, position,
};

fn build(records: Vec<FeatureRecord>) -> Snapshot {
    Snapshot::build(layers(), records, 1, 1000, Vec::new()).unwrap()
}

fn ids<'s>(features: impl IntoIterator<Item = &'s Feature>) -> Vec<FeatureId> {
    features.into_iter().map(Feature::id).collect()
}

fn view_text(map: &Snapshot, query: &ViewQuery) -> String {
    let mut out = Vec::new();
    map.view(query, &mut out);
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn page_of_a_box_is_what_a_scan_finds(records in any_records(60), bbox in any_bbox(), limit in 1_usize..20) {
        let map = build(records.clone());
        for name in ["park", "trail"] {
            let mut expected: Vec<FeatureId> = records
                .iter()
                .filter(|record| &*record.layer == name)
                .filter(|record| record.geometry.as_ref().is_none_or(|shape| meets(&bbox, shape)))
                .map(|record| record.id)
                .collect();
            expected.sort_unstable();
            let layer = map.layer(name).unwrap();
            let query = PageQuery { bbox: Some(bbox), limit: usize::MAX, ..PageQuery::default() };
            let page = map.page(layer, &query);
            prop_assert_eq!(page.matched, expected.len());
            prop_assert_eq!(ids(page.features), expected.clone());
            prop_assert_eq!(page.next_after, None);

            let skipping = PageQuery { offset: 3, limit, ..query };
            let part: Vec<FeatureId> = expected.iter().copied().skip(3).take(limit).collect();
            prop_assert_eq!(ids(map.page(layer, &skipping).features), part);
        }
    }

    #[test]
    fn walking_the_pages_sees_each_feature_once(records in any_records(60), bbox in any_bbox(), limit in 1_usize..9, boxed: bool) {
        let map = build(records);
        let layer = map.layer("park").unwrap();
        let mut query = PageQuery { bbox: boxed.then_some(bbox), limit, ..PageQuery::default() };
        let all = map.page(layer, &PageQuery { limit: usize::MAX, ..query.clone() });
        let mut seen = Vec::new();
        loop {
            let page = map.page(layer, &query);
            prop_assert!(page.features.len() <= limit);
            prop_assert_eq!(page.matched, all.matched);
            seen.extend(ids(page.features.iter().copied()));
            query.after = page.next_after;
            if query.after.is_none() {
                break;
            }
        }
        prop_assert_eq!(seen, ids(all.features));
    }

    #[test]
    fn nearest_is_what_measuring_all_finds(records in any_records(60), from in position(), limit in 1_usize..12, radius_m in 10.0..30_000.0) {
        let map = build(records.clone());
        let layers = map.layer_set(&["trail", "park"]).unwrap();
        let mut expected: Vec<(f64, FeatureId)> = records
            .iter()
            .filter(|record| &*record.layer != "clinic")
            .filter_map(|record| {
                let shape = record.geometry.as_ref()?;
                Some((geodata::geometry::distance_m(from, shape), record.id))
            })
            .filter(|(distance_m, _)| *distance_m <= radius_m)
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        expected.truncate(limit);
        let found: Vec<(f64, FeatureId)> = map
            .nearest(&NearestQuery { from, layers: &layers, limit, radius_m })
            .iter()
            .map(|near| (near.distance_m, near.feature.id()))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn view_keeps_its_promises(records in any_records(120), bbox in any_bbox(), zoom in 0_u8..=20, limit in 1_usize..=200) {
        let map = build(records);
        let all = map.all_layers();
        let query = ViewQuery { layers: &all, bbox, zoom, limit, datum: Datum::Wgs84 };
        let mut out = Vec::new();
        let summary = map.view(&query, &mut out);
        let items = parse(&out);
        prop_assert_eq!(items.len(), summary.markers + summary.clusters + summary.shapes);
        prop_assert!(items.len() <= limit);
        prop_assert!(summary.shapes <= limit / 2);
        let numbers: BTreeSet<u64> = items.iter().map(|item| item.id).collect();
        prop_assert_eq!(numbers.len(), items.len(), "ids are unique");
        prop_assert!(numbers.last().is_none_or(|&id| id <= 999_999_999));
        for item in items.iter().filter(|item| item.count > 1) {
            prop_assert_eq!(item.by_layer.values().sum::<u64>(), item.count);
            prop_assert!(item.expansion_zoom > u64::from(zoom).min(19) && item.expansion_zoom <= 20);
        }
        let text = String::from_utf8(out).unwrap();
        prop_assert_eq!(view_text(&map, &query), text);
    }

    #[test]
    fn view_counts_all_markers_of_its_cells(records in any_records(120), bbox in any_bbox(), zoom in 0_u8..=20) {
        // Points only: every feature is a marker, and 200 items are enough at every zoom.
        let records: Vec<FeatureRecord> = records
            .into_iter()
            .filter(|record| matches!(record.geometry, Some(geo::Geometry::Point(_))))
            .collect();
        let map = build(records.clone());
        let all = map.all_layers();
        let mut out = Vec::new();
        let query = ViewQuery { layers: &all, bbox, zoom, limit: 200, datum: Datum::Wgs84 };
        let summary = map.view(&query, &mut out);
        prop_assume!(!summary.truncated);
        let expected = marker_counts_of_cells(&records, &bbox, zoom);
        let mut counts: Vec<u64> = parse(&out).iter().map(|item| item.count).collect();
        counts.sort_unstable();
        prop_assert_eq!(counts, expected);
    }

    #[test]
    fn clusters_do_not_change_while_the_map_moves(records in any_records(120), zoom in 8_u8..=16, step in 0.0..0.05) {
        let map = build(records);
        let all = map.all_layers();
        let here: Bbox = "114.38,22.60,114.46,22.66".parse().unwrap();
        let there = Bbox { west: here.west + step, east: here.east + step, ..here };
        let clusters = |bbox| {
            let mut out = Vec::new();
            let query = ViewQuery { layers: &all, bbox, zoom, limit: 200, datum: Datum::Gcj02 };
            let summary = map.view(&query, &mut out);
            (summary.truncated, parse(&out))
        };
        let ((coarse_here, before), (coarse_there, after)) = (clusters(here), clusters(there));
        prop_assume!(!coarse_here && !coarse_there);
        for item in before.iter().filter(|item| item.count > 1) {
            for same in after.iter().filter(|other| other.id == item.id) {
                prop_assert_eq!(item, same);
            }
            // What is in the middle of both boxes is in both views.
            let (lon, lat) = Wgs84::new(114.44, 22.63).map(Wgs84::to_gcj02).map(|p| (p.lon, p.lat)).unwrap();
            if (item.lon - lon).abs() < 0.005 && (item.lat - lat).abs() < 0.02 {
                prop_assert!(after.contains(item));
            }
        }
    }

    #[test]
    fn edits_lead_to_the_same_map_as_building_it(
        start in any_records(40),
        edits in prop::collection::vec((any_record(), 0_u8..4), 0..40),
        bbox in any_bbox(),
        from in position(),
        zoom in 0_u8..=20,
    ) {
        let mut map = build(start.clone());
        let mut records: std::collections::BTreeMap<FeatureId, FeatureRecord> =
            start.into_iter().map(|record| (record.id, record)).collect();
        for (revision, batch) in (2..).zip(edits.chunks(3)) {
            let mut changes = Vec::new();
            for (record, action) in batch {
                if *action == 0 {
                    records.remove(&record.id);
                    changes.push(Change::Remove(record.id));
                } else {
                    records.insert(record.id, record.clone());
                    changes.push(Change::Upsert(record.clone()));
                }
            }
            map = map.apply(changes, revision, 2000).unwrap();
        }
        let anew = build(records.into_values().collect());
        assert_same(&map, &anew, bbox, from, zoom);
    }
}

/// Compares all answers of two snapshots.
fn assert_same(a: &Snapshot, b: &Snapshot, bbox: Bbox, from: Wgs84, zoom: u8) {
    let all = a.all_layers();
    assert_eq!(a.content_hash(&all), b.content_hash(&all));
    for (left, right) in a.layers().zip(b.layers()) {
        assert_eq!(left.count(), right.count());
        assert_eq!(left.extent(), right.extent());
        assert_eq!(left.content_hash(), right.content_hash());
        for bbox in [None, Some(bbox)] {
            let query = PageQuery { bbox, limit: 7, ..PageQuery::default() };
            let (left, right) = (a.page(left, &query), b.page(right, &query));
            assert_eq!((left.matched, left.next_after), (right.matched, right.next_after));
            let json = |page: geodata::snapshot::Page| {
                page.features.iter().map(|f| f.json().to_vec()).collect::<Vec<_>>()
            };
            assert_eq!(json(left), json(right));
        }
    }
    let view = ViewQuery { layers: &all, bbox, zoom, limit: 30, datum: Datum::Bd09 };
    assert_eq!(view_text(a, &view), view_text(b, &view));
    let near = NearestQuery { from, layers: &all, limit: 9, radius_m: 40_000.0 };
    let found = |map: &Snapshot| -> Vec<(FeatureId, f64)> {
        map.nearest(&near).iter().map(|n| (n.feature.id(), n.distance_m)).collect()
    };
    assert_eq!(found(a), found(b));
}

#[test]
fn a_map_of_many_chunks_answers_like_a_small_one() {
    let map = SyntheticMap { area: Area::Kwaichung, features: 30_000, layers: 2, seed: 7 };
    let mut records = map.feature_records();
    let whole = Snapshot::build(map.layer_records(), records.clone(), 9, 0, Vec::new()).unwrap();
    // The same map by edits: the first quarter, then the rest in one edit, then moves.
    let rest = records.split_off(7_500);
    let edited = Snapshot::build(map.layer_records(), records, 1, 0, Vec::new()).unwrap();
    let mut shifted = rest.clone();
    for record in &mut shifted {
        record.geometry = Some(geo::Point::new(114.41, 22.64).into());
    }
    let upserts = |records: Vec<FeatureRecord>| records.into_iter().map(Change::Upsert).collect();
    let edited = edited.apply(upserts(shifted), 2, 0).unwrap();
    let edited = edited.apply(upserts(rest), 3, 0).unwrap();
    let from = Wgs84::new(114.4134, 22.6355).unwrap();
    for (bbox, zoom) in
        [("114.405,22.63,114.415,22.64", 16), ("114.35,22.59,114.43,22.68", 12), ("73,18,135,54", 4)]
    {
        assert_same(&edited, &whole, bbox.parse().unwrap(), from, zoom);
    }
}

#[test]
fn changes_since_a_revision() {
    let park = |id: FeatureId, version| FeatureRecord { version, ..any_park(id) };
    let map = Snapshot::build(layers(), vec![park(1, 1), park(2, 1)], 5, 0, Vec::new()).unwrap();
    let map = map.apply(vec![Change::Upsert(park(3, 1)), Change::Remove(1)], 6, 0).unwrap();
    let map = map.apply(vec![Change::Upsert(park(3, 2))], 8, 0).unwrap();
    let map = map.apply(vec![Change::Remove(77)], 9, 0).unwrap();

    let since = |revision| -> Option<Vec<(u64, FeatureId, Option<u32>)>> {
        Some(
            map.changes_since(revision)?
                .iter()
                .map(|change| match *change {
                    ChangeRef::Upsert { revision, feature } => {
                        (revision, feature.id(), Some(feature.version()))
                    }
                    ChangeRef::Removed { revision, id } => (revision, id, None),
                })
                .collect(),
        )
    };
    assert_eq!(since(5), Some(vec![(6, 1, None), (8, 3, Some(2)), (9, 77, None)]));
    assert_eq!(since(6), Some(vec![(8, 3, Some(2)), (9, 77, None)]));
    assert_eq!(since(9), Some(vec![]));
    assert_eq!(since(4), None, "too old");
    assert_eq!(since(10), None, "from the future");
}

fn any_park(id: FeatureId) -> FeatureRecord {
    FeatureRecord {
        id,
        layer: "park".into(),
        version: 1,
        name: "葵涌公园".to_owned(),
        geometry: Some(geo::Point::new(114.4182, 22.6371).into()),
        properties: r#"{"name":"葵涌公园"}"#.into(),
        entrances: Vec::new(),
    }
}

#[test]
fn records_that_contradict_each_other_are_refused() {
    let build = |layers, records| Snapshot::build(layers, records, 1, 0, Vec::new()).unwrap_err();
    assert_eq!(build(layers(), vec![any_park(4), any_park(4)]), SnapshotError::DuplicateFeature(4));
    assert_eq!(
        build(vec![layer("park"), layer("park")], Vec::new()),
        SnapshotError::DuplicateLayer("park".into())
    );
    assert_eq!(
        build(vec![layer("trail")], vec![any_park(4)]),
        SnapshotError::UnknownLayer { feature: 4, layer: "park".into() }
    );
    assert_eq!(build(layers(), vec![any_park(1_000_000_000)]), SnapshotError::IdTooLarge(1_000_000_000));
    let map = Snapshot::build(layers(), Vec::new(), 3, 0, Vec::new()).unwrap();
    assert_eq!(
        map.apply(Vec::new(), 3, 0).unwrap_err(),
        SnapshotError::StaleRevision { current: 3, given: 3 }
    );
    assert_eq!(map.layer_set(&["park", "parc"]), Err(UnknownLayer("parc".to_owned())));
}

#[test]
fn an_edit_touches_the_times_and_hashes_of_its_layer_only() {
    let map = Snapshot::build(layers(), vec![any_park(1)], 1, 1000, Vec::new()).unwrap();
    let other = FeatureRecord { name: "新名".to_owned(), version: 2, ..any_park(1) };
    let edited = map.apply(vec![Change::Upsert(other)], 2, 2000).unwrap();
    let state = |map: &Snapshot, name| {
        let layer = map.layer(name).unwrap();
        (layer.changed_at_ms(), layer.content_hash())
    };
    assert_ne!(state(&map, "park").1, state(&edited, "park").1);
    assert_eq!(state(&edited, "park").0, 2000);
    assert_eq!(state(&map, "trail"), state(&edited, "trail"));
    let set = |map: &Snapshot, ids: &[&str]| map.content_hash(&map.layer_set(ids).unwrap());
    assert_ne!(set(&map, &["park", "trail"]), set(&edited, &["park", "trail"]));
    assert_eq!(set(&map, &["trail", "clinic"]), set(&edited, &["clinic", "trail"]));
    assert_eq!(map.feature(1).unwrap().name(), "葵涌公园", "the old snapshot stays");
}

#[test]
fn json_of_a_feature_is_geojson_in_the_asked_datum() {
    let map = Snapshot::build(layers(), vec![any_park(12)], 1, 0, Vec::new()).unwrap();
    let feature = map.feature(12).unwrap();
    assert_eq!(
        std::str::from_utf8(feature.json()).unwrap(),
        r#"{"type":"Feature","id":12,"geometry":{"type":"Point","coordinates":[114.4182,22.6371]},"properties":{"name":"葵涌公园"}}"#
    );
    assert_eq!(feature.properties(), r#"{"name":"葵涌公园"}"#);
    let mut out = Vec::new();
    feature.write_json(Datum::Gcj02, &mut out);
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let shown = Wgs84::new(114.4182, 22.6371).unwrap().to_gcj02();
    let lon = value["geometry"]["coordinates"][0].as_f64().unwrap();
    assert!((lon - shown.lon).abs() <= 5e-7);
    assert!(out.len() < feature.json().len() + 20, "six decimals: {}", String::from_utf8_lossy(&out));
}

#[test]
fn a_view_shows_layers_only_in_their_zoom_range() {
    let hidden = LayerRecord { min_zoom: 12, max_zoom: 14, ..layer("park") };
    let map = Snapshot::build(vec![hidden], vec![any_park(1)], 1, 0, Vec::new()).unwrap();
    let shown = |zoom| {
        let layers = map.all_layers();
        let bbox = "114.4,22.6,114.5,22.7".parse().unwrap();
        map.view(&ViewQuery { layers: &layers, bbox, zoom, limit: 9, datum: Datum::Wgs84 }, &mut Vec::new())
            .markers
    };
    assert_eq!([11, 12, 14, 15].map(shown), [0, 1, 1, 0]);
}

#[test]
fn a_polygon_becomes_a_shape_when_it_is_48_px_large() {
    // 0.01° of longitude are 58 px at zoom 13 and 29 px at zoom 12.
    let field = geo::Rect::new((114.40, 22.62), (114.41, 22.625)).to_polygon();
    let park = FeatureRecord { geometry: Some(field.into()), ..any_park(1) };
    let map = Snapshot::build(layers(), vec![park], 1, 0, Vec::new()).unwrap();
    let layers = map.all_layers();
    let drawn = |zoom, limit| {
        let bbox = "114.40,22.62,114.42,22.63".parse().unwrap();
        let query = ViewQuery { layers: &layers, bbox, zoom, limit, datum: Datum::Gcj02 };
        let summary = map.view(&query, &mut Vec::new());
        (summary.markers, summary.shapes, summary.truncated)
    };
    assert_eq!(drawn(12, 10), (1, 0, false));
    assert_eq!(drawn(13, 10), (0, 1, false));
    assert_eq!(drawn(13, 1), (1, 0, true), "no room for shapes: it stays a marker");
}

#[test]
fn a_snapshot_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&build(Vec::new()));
}
