use geo::{GeometryCollection, MultiLineString, MultiPoint, MultiPolygon, Point, Rect, line_string, polygon};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn text(geometry: impl Into<Geometry<f64>>, decimals: u8) -> String {
    let mut out = Vec::new();
    write_geometry(&geometry.into(), decimals, &mut out);
    String::from_utf8(out).unwrap()
}

fn number(value: f64, decimals: u8) -> String {
    let mut out = Vec::new();
    write_number(value, decimals, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn numbers_are_rounded_and_trimmed() {
    for (value, decimals, expected) in [
        (0.0, 6, "0"),
        (-0.0, 6, "0"),
        (-0.000_000_4, 6, "0"),
        (114.413_4, 6, "114.4134"),
        (114.413_456_78, 6, "114.413457"),
        (-0.05, 2, "-0.05"),
        (0.000_001, 6, "0.000001"),
        (180.0, 7, "180"),
        (100.0, 0, "100"),
        (99.999_999_6, 6, "100"),
        (-179.999_999_9, 7, "-179.9999999"),
        (f64::NAN, 6, "0"),
        (0.5, 200, "0.5"),
    ] {
        assert_eq!(number(value, decimals), expected);
    }
}

#[test]
fn every_kind_is_written() {
    assert_eq!(text(Point::new(1.5, 2.0), 6), r#"{"type":"Point","coordinates":[1.5,2]}"#);
    assert_eq!(
        text(MultiPoint::from(vec![(1.0, 2.0), (3.0, 4.0)]), 6),
        r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#
    );
    let line = line_string![(x: 1.0, y: 2.0), (x: 3.0, y: 4.0)];
    assert_eq!(text(line.clone(), 6), r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#);
    assert_eq!(
        text(MultiLineString(vec![line.clone()]), 6),
        r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]]]}"#
    );
    let square = polygon!(
        exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0)],
        interiors: [[(x: 2.0, y: 1.0), (x: 3.0, y: 1.0), (x: 3.0, y: 2.0)]],
    );
    let square_text = "[[[0,0],[4,0],[4,4],[0,0]],[[2,1],[3,1],[3,2],[2,1]]]";
    assert_eq!(text(square.clone(), 6), format!(r#"{{"type":"Polygon","coordinates":{square_text}}}"#));
    assert_eq!(
        text(MultiPolygon(vec![square]), 6),
        format!(r#"{{"type":"MultiPolygon","coordinates":[{square_text}]}}"#)
    );
    assert_eq!(text(MultiPolygon(Vec::new()), 6), r#"{"type":"MultiPolygon","coordinates":[]}"#);
    assert_eq!(
        text(Geometry::GeometryCollection(GeometryCollection(vec![line.into()])), 6),
        r#"{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[1,2],[3,4]]}]}"#
    );
    let rect = text(Rect::new((0.0, 0.0), (1.0, 1.0)), 6);
    assert!(rect.starts_with(r#"{"type":"Polygon""#));
}

proptest! {
    #[test]
    fn written_numbers_read_back_within_half_a_unit(value in -180.0..180.0_f64, decimals in 0..=9_u8) {
        let written = number(value, decimals);
        let read: f64 = serde_json::from_str(&written).unwrap();
        prop_assert!((read - value).abs() <= 0.5 * 10_f64.powi(-i32::from(decimals)) + 1e-12, "{written}");
        prop_assert!(!written.contains('.') || !written.ends_with('0'));
    }

    #[test]
    fn any_number_is_json(value: f64, decimals: u8) {
        prop_assert!(serde_json::from_str::<f64>(&number(value, decimals)).is_ok());
    }

    #[test]
    fn written_lines_are_the_same_to_the_crate(
        positions in prop::collection::vec((-180.0..180.0_f64, -90.0..90.0_f64), 2..20)
    ) {
        let line = LineString::from(positions.clone());
        let value: Value = serde_json::from_str(&text(line, 7)).unwrap();
        let rounded: Vec<_> = positions
            .iter()
            .map(|(x, y)| [(x * 1e7).round() / 1e7, (y * 1e7).round() / 1e7])
            .collect();
        // Whole numbers are written without a decimal point, so compare as numbers.
        let read: Vec<[f64; 2]> = serde_json::from_value(value["coordinates"].clone()).unwrap();
        prop_assert_eq!(value["type"].clone(), json!("LineString"));
        for (a, b) in read.iter().zip(&rounded) {
            prop_assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9);
        }
    }
}
