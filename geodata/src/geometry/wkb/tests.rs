use geo::{Rect, polygon};
use proptest::prelude::*;

use super::*;

fn position() -> impl Strategy<Value = Coord<f64>> {
    (-180.0..180.0_f64, -90.0..90.0_f64).prop_map(|(x, y)| Coord { x, y })
}

fn line() -> impl Strategy<Value = LineString<f64>> {
    prop::collection::vec(position(), 0..12).prop_map(LineString)
}

fn shape() -> impl Strategy<Value = Polygon<f64>> {
    (prop::collection::vec(position(), 3..10), prop::collection::vec(line(), 0..3))
        .prop_map(|(exterior, interiors)| Polygon::new(LineString(exterior), interiors))
}

fn geometry() -> impl Strategy<Value = Geometry<f64>> {
    let leaf = prop_oneof![
        position().prop_map(|at| Geometry::Point(Point(at))),
        line().prop_map(Geometry::LineString),
        shape().prop_map(Geometry::Polygon),
        prop::collection::vec(position().prop_map(Point), 0..5)
            .prop_map(|points| Geometry::MultiPoint(MultiPoint(points))),
        prop::collection::vec(line(), 0..4)
            .prop_map(|lines| Geometry::MultiLineString(MultiLineString(lines))),
        prop::collection::vec(shape(), 0..4).prop_map(|shapes| Geometry::MultiPolygon(MultiPolygon(shapes))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop::collection::vec(inner, 0..4)
            .prop_map(|parts| Geometry::GeometryCollection(GeometryCollection(parts)))
    })
}

/// `POINT(1 2)` as `PostGIS` and GEOS print it.
#[test]
fn bytes_are_those_of_the_standard() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let bytes = to_wkb(&Geometry::Point(Point::new(1.0, 2.0)));
    assert_eq!(hex(&bytes), "0101000000000000000000f03f0000000000000040");
    let big_endian = [&[0, 0, 0, 0, 1][..], &1.0_f64.to_be_bytes(), &2.0_f64.to_be_bytes()].concat();
    assert_eq!(from_wkb(&big_endian), Ok(Geometry::Point(Point::new(1.0, 2.0))));
}

#[test]
fn planar_shorthands_are_written_as_what_they_mean() {
    let rect = Rect::new((0.0, 0.0), (1.0, 1.0));
    assert_eq!(from_wkb(&to_wkb(&rect.into())), Ok(rect.to_polygon().into()));
}

#[test]
fn damaged_bytes_are_refused() {
    let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
    let bytes = to_wkb(&square.into());
    for length in 0..bytes.len() {
        assert!(from_wkb(&bytes[..length]).is_err(), "{length}");
    }
    assert!(from_wkb(&[&bytes[..], &[0]].concat()).is_err());
    let counts_that_lie = [1, 2, 0, 0, 0, 255, 255, 255, 255];
    assert_eq!(from_wkb(&counts_that_lie), Err(TRUNCATED));
    let with_height = [1, 0xE9, 3, 0, 0, 0, 0, 0];
    assert_eq!(from_wkb(&with_height), Err(UNKNOWN_KIND));
}

#[test]
fn nesting_is_limited() {
    let mut nested = Geometry::Point(Point::new(1.0, 2.0));
    for _ in 0..40 {
        nested = Geometry::GeometryCollection(GeometryCollection(vec![nested]));
    }
    assert!(matches!(from_wkb(&to_wkb(&nested)), Err(GeometryError::TooDeep { .. })));
}

proptest! {
    #[test]
    fn round_trip(geometry in geometry()) {
        prop_assert_eq!(from_wkb(&to_wkb(&geometry)), Ok(geometry));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        _ = from_wkb(&bytes);
    }

    #[test]
    fn any_tampering_is_read_or_refused(
        geometry in geometry(), at in any::<prop::sample::Index>(), byte: u8
    ) {
        let mut bytes = to_wkb(&geometry);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        _ = from_wkb(&bytes);
    }
}
