use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use geo::{Coord, Point, polygon};

use super::*;
use crate::import::{Format, ReadOptions, read};

fn row(name: &str, lon: f64, lat: f64) -> SourceRow {
    SourceRow {
        key: name.to_owned(),
        name: Some(name.to_owned()),
        geometry: Some(Point::new(lon, lat).into()),
        ..SourceRow::default()
    }
}

fn known(id: u32, name: &str, lon: f64, lat: f64) -> KnownFeature {
    KnownFeature {
        id,
        source_key: None,
        name: name.to_owned(),
        geometry: Some(Point::new(lon, lat).into()),
        area_ha: None,
    }
}

fn square(lon: f64, lat: f64, size_deg: f64) -> Geometry<f64> {
    polygon![
        (x: lon, y: lat), (x: lon + size_deg, y: lat),
        (x: lon + size_deg, y: lat + size_deg), (x: lon, y: lat + size_deg),
    ]
    .into()
}

fn codes(rows: &[SourceRow], known: &Known<'_>) -> Vec<Vec<&'static str>> {
    assess(rows, known).iter().map(|found| found.reasons.iter().map(ReviewReason::code).collect()).collect()
}

const NOTHING: Vec<&str> = Vec::new();

#[test]
fn places_outside_their_region_are_reviewed() {
    let boundary = square(114.35, 22.59, 0.1);
    let known =
        Known { region: Some(Region { name: "葵涌街道", boundary: &boundary }), ..Known::default() };
    // The third lies 20 m outside, within the accuracy of a boundary.
    let rows = [row("甲", 114.40, 22.63), row("乙", 114.60, 22.63), row("丙", 114.40, 22.58982)];
    assert_eq!(codes(&rows, &known), [NOTHING, vec!["outside_region"], NOTHING]);
    let message = assess(&rows, &known)[1].reasons[0].to_string();
    assert!(message.contains("葵涌街道") && message.contains("核对"), "{message}");
}

#[test]
fn swapped_axes_are_recognised_by_fault_and_by_region() {
    let rows =
        read("名称,经度,纬度\n甲,22.63,114.41\n".as_bytes(), Format::Csv, &ReadOptions::default()).unwrap();
    assert_eq!(codes(&rows, &Known::default()), [["axes_swapped"]]);

    // In 乌鲁木齐 both orders are on Earth, so only the region tells.
    let boundary = square(87.5, 43.7, 0.3);
    let known = Known { region: Some(Region { name: "天山区", boundary: &boundary }), ..Known::default() };
    let found = assess(&[row("甲", 43.82663, 87.61688), row("乙", 87.61688, 43.82663)], &known);
    let suggested = Wgs84 { lon: 87.61688, lat: 43.82663 };
    assert_eq!(found[0].reasons, [ReviewReason::AxesSwapped { suggested }]);
    assert_eq!(found[1].reasons, []);
}

#[test]
fn one_spot_for_several_places_is_a_placeholder() {
    let rows = [
        row("甲", 114.41, 22.63),
        row("乙", 114.410_000_4, 22.63),
        row("丙", 114.42, 22.63),
        row("丙", 114.42, 22.63),
        row("丁", 114.43, 22.63),
        row("丁", 114.43, 22.63),
        row("丁（南门）", 114.43, 22.63),
        row("戊", 114.410_1, 22.63),
    ];
    let shared = vec!["shared_coordinate"];
    assert_eq!(
        codes(&rows, &Known::default()),
        [
            shared.clone(),
            shared.clone(),
            NOTHING,
            vec!["likely_repeat"], // the row twice
            shared.clone(),
            shared.clone(),
            shared,
            NOTHING
        ]
    );
}

#[test]
fn gcj_02_file_read_as_wgs_84_is_recognised_row_by_row() {
    let (true_place, new_place) = (Wgs84 { lon: 114.41, lat: 22.63 }, Wgs84 { lon: 114.42, lat: 22.64 });
    let features =
        [known(1, "土洋公园", true_place.lon, true_place.lat), known(2, "盐村公园", 114.45, 22.62)];
    let known = Known { features: &features, ..Known::default() };
    let shifted = true_place.to_gcj02();
    // The second is simply elsewhere, the third unknown.
    let rows = [
        row("土洋公园", shifted.lon, shifted.lat),
        row("盐村公园", 114.47, 22.64),
        row("新公园", new_place.lon, new_place.lat),
    ];
    let found = assess(&rows, &known);
    let ReviewReason::WrongDatumLikely { datum: Datum::Gcj02, shift_m } = found[0].reasons[0] else {
        panic!("{found:?}");
    };
    assert!((300.0..800.0).contains(&shift_m), "{shift_m}");
    let is_about_datum =
        |found: &Assessment| found.reasons.iter().any(|reason| reason.code() == "wrong_datum_likely");
    assert!(!is_about_datum(&found[1]) && !is_about_datum(&found[2]));
}

#[test]
fn enough_shifted_rows_speak_for_their_whole_file() {
    let places: Vec<Wgs84> =
        (0..4_u32).map(|i| Wgs84 { lon: 114.40 + f64::from(i) * 0.01, lat: 22.63 }).collect();
    let names = ["土洋公园", "盐村公园", "官湖公园", "溪涌公园"];
    let features: Vec<_> =
        (1..4).zip(&places).zip(names).map(|((id, at), name)| known(id, name, at.lon, at.lat)).collect();
    let known = Known { features: &features, ..Known::default() };
    let rows_in = |datum: Datum| -> Vec<SourceRow> {
        places
            .iter()
            .zip(names)
            .map(|(at, name)| {
                let Coord { x, y } = datum.place(*at);
                row(name, x, y)
            })
            .collect()
    };
    for datum in [Datum::Gcj02, Datum::Bd09] {
        let found = assess(&rows_in(datum), &known);
        for assessment in &found {
            let is_named = assessment.reasons.iter().any(
                |reason| matches!(reason, ReviewReason::WrongDatumLikely { datum: found, .. } if *found == datum),
            );
            assert!(is_named, "{datum}: {assessment:?}");
        }
    }
    assert_eq!(codes(&rows_in(Datum::Wgs84), &known)[3], NOTHING);
}

#[test]
fn broken_shapes_are_reviewed_and_sound_ones_are_not() {
    let bow_tie = polygon![
        (x: 114.40, y: 22.62), (x: 114.41, y: 22.63), (x: 114.41, y: 22.62), (x: 114.40, y: 22.63),
    ];
    let broken = SourceRow { geometry: Some(bow_tie.into()), ..row("甲", 0.0, 0.0) };
    let sound = SourceRow { geometry: Some(square(114.45, 22.62, 0.01)), ..row("乙", 0.0, 0.0) };
    assert_eq!(codes(&[broken, sound], &Known::default()), [vec!["invalid_geometry"], NOTHING]);

    let open_ring = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#;
    let rows = read(open_ring.as_bytes(), Format::GeoJson, &ReadOptions::default()).unwrap();
    assert_eq!(codes(&rows, &Known::default()), [["invalid_geometry"]]);
}

#[test]
fn stated_area_is_compared_with_the_drawn_one() {
    // About 113.87 hectares.
    let with_area = |name: &str, area_ha: f64| SourceRow {
        geometry: Some(square(114.40, 22.62, 0.01)),
        area_ha: Some(area_ha),
        name: Some(name.to_owned()),
        ..SourceRow::default()
    };
    for (stated_ha, expected) in
        [(113.9, NOTHING), (90.0, NOTHING), (11.39, vec!["area_mismatch"]), (1139.0, vec!["area_mismatch"])]
    {
        assert_eq!(codes(&[with_area("甲", stated_ha)], &Known::default()), [expected], "{stated_ha}");
    }
    let point = SourceRow { area_ha: Some(5.0), ..row("乙", 114.4, 22.6) };
    assert_eq!(codes(&[point], &Known::default()), [NOTHING]);
}

#[test]
fn likely_duplicates_are_named_with_their_distance() {
    let features = [known(7, "土洋公园", 114.41, 22.63), known(8, "官湖角咖啡步道", 114.44, 22.62)];
    let known = Known { features: &features, ..Known::default() };
    let rows = [
        row("土洋公园（新）", 114.415, 22.63), // the same name 510 m away
        row("土洋公园东门", 114.411, 22.63),   // a similar name 100 m away
        row("土洋公园东门", 114.415, 22.631),  // a similar name 520 m away
        row("土洋公园", 114.45, 22.63),        // the same name 4 km away
        row("官湖健身点", 114.44, 22.6201),    // another name on the spot
    ];
    let duplicate = vec!["likely_duplicate"];
    assert_eq!(codes(&rows, &known), [duplicate.clone(), duplicate, NOTHING, NOTHING, NOTHING]);
    let found = assess(&rows, &known);
    let ReviewReason::LikelyDuplicate { of_id: 7, distance_m } = found[1].reasons[0] else {
        panic!("{found:?}");
    };
    assert!((distance_m - 102.8).abs() < 1.0, "{distance_m}");
}

#[test]
fn a_place_told_twice_in_one_file_is_reviewed_once() {
    let rows = [
        row("土洋公园", 114.41, 22.63),
        row("土洋公园（新）", 114.411, 22.63), // the same name 100 m away
        row("土洋公园", 114.4116, 22.63),      // 60 m from the second
        row("土洋公园", 114.42, 22.63),        // 900 m away
        row("土洋公园东门", 114.4101, 22.63),  // a similar name 10 m from the first
        row("1号球场", 114.43, 22.63),
        row("2号球场", 114.4301, 22.63), // beside it, and another one
        row("官湖健身点", 114.41005, 22.63),
    ];
    let rows: Vec<SourceRow> = (2..).zip(rows).map(|(number, row)| SourceRow { number, ..row }).collect();
    let repeat = || vec!["likely_repeat"];
    assert_eq!(
        codes(&rows, &Known::default()),
        [NOTHING, repeat(), repeat(), NOTHING, repeat(), NOTHING, NOTHING, NOTHING]
    );
    let found = assess(&rows, &Known::default());
    let of: Vec<_> = found
        .iter()
        .filter_map(|found| match found.reasons.as_slice() {
            [ReviewReason::LikelyRepeat { of_row, distance_m }] => Some((*of_row, distance_m.round())),
            _ => None,
        })
        .collect();
    assert_eq!(of, [(2, 103.0), (3, 62.0), (2, 10.0)]);
}

#[test]
fn row_imported_before_is_itself_and_no_duplicate() {
    let former = KnownFeature {
        source_key: Some("土洋公园".to_owned()),
        ..known(7, "土洋公园", 114.41, 22.63)
    };
    let features = [former];
    let known = Known { features: &features, ..Known::default() };
    let found = assess(&[row("土洋公园", 114.41, 22.63)], &known);
    assert_eq!(found, [Assessment { reasons: Vec::new(), matched: Some(7) }]);
}

#[test]
fn rows_without_position_wait_and_are_matched_by_name() {
    let with_area = |id: u32, area_ha: f64| KnownFeature {
        area_ha: Some(area_ha),
        ..known(id, "街心公园", 114.4, 22.6)
    };
    let features = [known(7, "土洋公园", 114.41, 22.63), with_area(8, 1.0), with_area(9, 5.0)];
    let known = Known { features: &features, ..Known::default() };
    let unplaced = |name: &str, area_ha: Option<f64>| SourceRow {
        geometry: None,
        area_ha,
        key: format!("{name}|"),
        ..row(name, 0.0, 0.0)
    };
    let rows = [
        unplaced("土洋公园(葵涌)", None),
        unplaced("街心公园", None),
        unplaced("街心公园", Some(5.1)),
        unplaced("无人知晓", None),
    ];
    let found = assess(&rows, &known);
    assert!(found.iter().all(|found| found.reasons == [ReviewReason::NoPosition]));
    let matched: Vec<_> = found.iter().map(|found| found.matched).collect();
    assert_eq!(matched, [Some(7), None, Some(9), None]);
}

/// Every second of 1,300 parks carries one of a few office positions; the others have their own.
#[test]
fn placeholders_in_a_directory_of_parks_are_caught_exactly() {
    let mut features = String::new();
    let mut placeholders = BTreeSet::new();
    for number in 1..=1300_u32 {
        let (lon, lat) = if number % 2 == 0 {
            placeholders.insert(number);
            (114.05 + f64::from(number % 10) / 100.0, 22.55)
        } else {
            (113.8 + f64::from(number % 37) / 53.0, 22.4 + f64::from(number) / 3001.0)
        };
        let separator = if number == 1 { "" } else { "," };
        write!(
            features,
            r#"{separator}{{"type":"Feature","id":{number},"properties":{{"name":"第{number}号公园"}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
        .unwrap();
    }
    let file = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    let rows = read(file.as_bytes(), Format::GeoJson, &ReadOptions::default()).unwrap();
    let boundary = square(113.7, 22.3, 1.0);
    let known = Known { region: Some(Region { name: "深圳市", boundary: &boundary }), ..Known::default() };
    let found = assess(&rows, &known);
    for (row, assessment) in rows.iter().zip(&found) {
        let codes: Vec<_> = assessment.reasons.iter().map(ReviewReason::code).collect();
        if placeholders.contains(&row.number) {
            assert_eq!(codes, ["shared_coordinate"], "{}", row.number);
        } else {
            assert!(codes.is_empty() && row.faults.is_empty(), "{} {codes:?}", row.number);
        }
    }
}

#[test]
fn hundred_thousand_rows_are_judged_in_seconds() {
    let place =
        |number: u32| (113.8 + f64::from(number % 317) / 317.0, 22.4 + f64::from(number / 317) / 600.0);
    let named = |number: u32| format!("第{number}号健身点");
    let rows: Vec<_> = (0..100_000)
        .map(|number| {
            let (lon, lat) = place(number);
            row(&named(number), lon, lat)
        })
        .collect();
    let features: Vec<_> = (0..100_000)
        .map(|number| {
            let (lon, lat) = place(number);
            known(number, &named(number + 50_000), lon, lat)
        })
        .collect();
    let started = Instant::now();
    let found = assess(&rows, &Known { features: &features, ..Known::default() });
    assert_eq!(found.len(), rows.len());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
