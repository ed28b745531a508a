use geo::{Contains, GeometryCollection, MultiPolygon, Point, line_string, polygon};
use proptest::prelude::*;

use super::*;
use crate::geometry::distance_m;

fn star(radii: &[f64]) -> Polygon<f64> {
    let count = f64::from(u32::try_from(radii.len()).unwrap());
    let ring = radii.iter().zip(0_u32..).map(|(radius, index)| {
        let angle = std::f64::consts::TAU * f64::from(index) / count;
        Coord { x: 114.41 + radius * angle.cos(), y: 22.63 + radius * angle.sin() }
    });
    Polygon::new(ring.collect(), Vec::new())
}

#[test]
fn winding_greenway_is_marked_on_its_path() {
    let hairpin: Geometry<f64> =
        line_string![(x: 114.40, y: 22.60), (x: 114.45, y: 22.63), (x: 114.40, y: 22.66)].into();
    let marker = anchor(&hairpin).unwrap();
    assert!(distance_m(marker, &hairpin) < 0.01);
    assert!((marker.lon - 114.45).abs() < 1e-4, "half-way is the bend");
}

#[test]
fn largest_part_is_marked() {
    let small = polygon![(x: 114.0, y: 22.0), (x: 114.001, y: 22.0), (x: 114.001, y: 22.001)];
    let large = polygon![(x: 115.0, y: 23.0), (x: 115.1, y: 23.0), (x: 115.1, y: 23.1)];
    let both = MultiPolygon(vec![small.clone(), large.clone()]);
    assert!(large.contains(&Point::from(Coord::from(anchor(&both.into()).unwrap()))));
    let point: Geometry<f64> = Point::new(1.0, 2.0).into();
    let mixed = GeometryCollection(vec![point.clone(), small.clone().into()]);
    let marker = anchor(&Geometry::GeometryCollection(mixed)).unwrap();
    assert!(small.contains(&Point::from(Coord::from(marker))));
    let lone = Geometry::GeometryCollection(GeometryCollection(vec![point]));
    assert_eq!(anchor(&lone), Some(Wgs84 { lon: 1.0, lat: 2.0 }));
}

#[test]
fn empty_geometry_has_no_marker() {
    assert_eq!(anchor(&line_string![].into()), None);
    assert_eq!(anchor(&MultiPolygon(Vec::new()).into()), None);
    assert_eq!(anchor(&Polygon::new(LineString(Vec::new()), Vec::new()).into()), None);
}

#[test]
fn repeated_position_is_its_own_marker() {
    let dot: Geometry<f64> = line_string![(x: 114.4, y: 22.6), (x: 114.4, y: 22.6)].into();
    assert_eq!(anchor(&dot), Some(Wgs84 { lon: 114.4, lat: 22.6 }));
}

proptest! {
    #[test]
    fn marker_of_a_polygon_lies_inside(radii in prop::collection::vec(0.001..0.02_f64, 3..40)) {
        let park = star(&radii);
        let marker = anchor(&park.clone().into()).unwrap();
        prop_assert!(distance_m(marker, &park.into()) < 0.001);
    }

    #[test]
    fn marker_of_a_line_lies_on_it(
        positions in prop::collection::vec((114.40..114.42_f64, 22.62..22.64_f64), 2..30)
    ) {
        let line: Geometry<f64> = LineString::from(positions).into();
        // A segment straight in degrees bends by a few centimetres per 2 km on the plane.
        prop_assert!(distance_m(anchor(&line).unwrap(), &line) < 0.1);
    }
}
