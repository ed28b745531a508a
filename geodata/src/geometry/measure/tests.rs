#![expect(clippy::float_cmp, reason = "these values are exact")]

use geo::{Bearing, Destination, Distance, GeometryCollection, Point, line_string, polygon};
use proptest::prelude::*;

use super::*;

fn at(lon: f64, lat: f64) -> Wgs84 {
    Wgs84 { lon, lat }
}

/// 深圳市民中心 to 葵涌: Karney's geodesic is the judge.
#[test]
fn city_distance_agrees_with_the_geodesic() {
    let (civic_centre, kuichong) = (Point::new(114.0596, 22.5429), Point::new(114.4134, 22.6300));
    let expected = Geodesic.distance(civic_centre, kuichong);
    let found = distance_m(at(114.0596, 22.5429), &kuichong.into());
    assert!((found / expected - 1.0).abs() < 1e-4, "{found} {expected}");
}

#[test]
fn polygons_with_holes_are_zero_only_on_land() {
    let park: Geometry<f64> = polygon!(
        exterior: [(x: 114.40, y: 22.62), (x: 114.44, y: 22.62), (x: 114.44, y: 22.66), (x: 114.40, y: 22.66)],
        interiors: [[(x: 114.41, y: 22.63), (x: 114.43, y: 22.63), (x: 114.43, y: 22.65), (x: 114.41, y: 22.65)]],
    )
    .into();
    assert_eq!(distance_m(at(114.405, 22.64), &park), 0.0);
    let in_lake = distance_m(at(114.42, 22.631), &park);
    assert!((in_lake - 110.7).abs() < 0.5, "{in_lake}");
    let outside = distance_m(at(114.42, 22.61), &park);
    assert!((outside - 1107.4).abs() < 1.0, "{outside}");
}

#[test]
fn distance_is_to_the_line_not_its_ends() {
    let greenway: Geometry<f64> = line_string![(x: 114.40, y: 22.62), (x: 114.42, y: 22.62)].into();
    let found = distance_m(at(114.41, 22.621), &greenway);
    assert!((found - 110.7).abs() < 0.2, "{found}");
}

#[test]
fn collections_give_the_nearest_part_and_empty_ones_infinity() {
    let near: Geometry<f64> = Point::new(114.41, 22.62).into();
    let far: Geometry<f64> = Point::new(115.0, 23.0).into();
    let both = Geometry::GeometryCollection(GeometryCollection(vec![far, near.clone()]));
    let from = at(114.40, 22.62);
    assert_eq!(distance_m(from, &both), distance_m(from, &near));
    assert_eq!(distance_m(from, &line_string![].into()), f64::INFINITY);
}

#[test]
fn antimeridian_is_no_barrier() {
    let found = distance_m(at(179.999, 0.0), &Point::new(-179.999, 0.0).into());
    assert!((found - 222.6).abs() < 0.5, "{found}");
}

#[test]
fn winding_does_not_change_areas() {
    let block = polygon![(x: 114.40, y: 22.62), (x: 114.41, y: 22.62), (x: 114.41, y: 22.63)];
    let mut reversed = block.clone();
    reversed.exterior_mut(|ring| ring.0.reverse());
    let (one, other) = (area_m2(&block.into()), area_m2(&reversed.into()));
    assert!((one - other).abs() < 1e-3 && (one - 569_350.0).abs() < 600.0, "{one}");
}

proptest! {
    /// The promise of [`distance_m`]: 0.1 % up to 50 km, anywhere in the country.
    #[test]
    fn distance_to_a_point_is_true(
        lon in 73.0..135.0_f64, lat in 3.0..54.0_f64,
        bearing in 0.0..360.0_f64, distance in 1.0..50_000.0_f64,
    ) {
        let from = Point::new(lon, lat);
        let to = Geodesic.destination(from, bearing, distance);
        let found = distance_m(at(lon, lat), &to.into());
        prop_assert!((found / distance - 1.0).abs() < 5e-4, "{found} {distance} {}", Geodesic.bearing(from, to));
    }

    #[test]
    fn distance_far_away_is_within_one_percent(
        lon in -180.0..180.0_f64, lat in -80.0..80.0_f64,
        to_lon in -180.0..180.0_f64, to_lat in -80.0..80.0_f64,
    ) {
        let expected = Geodesic.distance(Point::new(lon, lat), Point::new(to_lon, to_lat));
        let found = distance_m(at(lon, lat), &Point::new(to_lon, to_lat).into());
        prop_assert!((found - expected).abs() <= expected * 0.01 + 0.01, "{found} {expected}");
    }

    #[test]
    fn distance_inside_is_zero(lon in 114.0..115.0_f64, lat in 22.0..23.0_f64, x in 0.01..0.99_f64, y in 0.01..0.99_f64) {
        let size = 0.05;
        let square: Geometry<f64> = polygon![
            (x: lon, y: lat), (x: lon + size, y: lat), (x: lon + size, y: lat + size), (x: lon, y: lat + size),
        ].into();
        prop_assert_eq!(distance_m(at(lon + size * x, lat + size * y), &square), 0.0);
        prop_assert!(distance_m(at(lon - size * x, lat), &square) > 0.0);
    }

    #[test]
    fn any_number_is_measured_without_panic(lon: f64, lat: f64, x: f64, y: f64) {
        _ = distance_m(at(lon, lat), &line_string![(x: x, y: y), (x: y, y: x)].into());
    }
}
