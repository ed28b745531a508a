#![expect(clippy::unreadable_literal, reason = "coordinates are read against published tables")]

use geo::{Coord, CoordsIter, Geometry, LineString, Point, line_string};
use proptest::prelude::*;

use super::*;
use crate::geometry::distance_m;

/// Place, WGS-84, GCJ-02, BD-09 as longitude, latitude.
type Vector = (&'static str, [f64; 2], [f64; 2], [f64; 2]);

/// Published pairs (prcoords 1.0.5, equal in gcoord 1.0.7 and coordtransform 2.1.2).
const VECTORS: [Vector; 15] = [
    ("天安门", [116.397428, 39.90923], [116.403671626, 39.910633506], [116.410044102, 39.916972856]),
    ("陆家嘴", [121.4998, 31.2397], [121.504232754, 31.237686003], [121.510841997, 31.243334988]),
    ("天河", [113.32452, 23.10647], [113.329941249, 23.103868191], [113.336497226, 23.109573472]),
    ("深圳湾", [113.912316, 22.543847], [113.917176481, 22.540796132], [113.923684729, 22.546667438]),
    ("成都", [104.06574, 30.65706], [104.068247364, 30.654638137], [104.074744252, 30.660668313]),
    ("杭州", [120.13066, 30.24043], [120.135415688, 30.238136008], [120.141851064, 30.244384771]),
    ("西安", [108.94037, 34.26099], [108.945020612, 34.259399679], [108.951448457, 34.265631224]),
    ("苏州", [120.6722, 31.3193], [120.676464637, 31.317212331], [120.683022970, 31.322975972]),
    ("哈尔滨", [126.53497, 45.80376], [126.541010454, 45.805741612], [126.547629338, 45.811355881]),
    ("乌鲁木齐", [87.61688, 43.82663], [87.619730084, 43.827834865], [87.626180512, 43.833978389]),
    ("拉萨", [91.11717, 29.64655], [91.118730359, 29.643842047], [91.125273411, 29.649722633]),
    ("三亚", [109.51209, 18.25275], [109.516173752, 18.251044246], [109.522720800, 18.256828431]),
    ("喀什", [75.98973, 39.46722], [75.992684658, 39.467445788], [75.999190402, 39.473408215]),
    ("漠河", [122.53859, 52.97209], [122.545618609, 52.973602808], [122.552088505, 52.979689018]),
    ("模型原点", [105.0, 35.0], [105.003286241, 34.999098632], [105.009666828, 35.005403668]),
];

/// Pairs at the rim of the service area and outside it, and those of eviltransform.
const SHIFTED: [([f64; 2], [f64; 2]); 12] = [
    ([72.004, 30.0], [72.007885971, 29.996900344]),
    ([72.003, 30.0], [72.003, 30.0]),
    ([137.8347, 30.0], [137.839150104, 29.997672267]),
    ([137.8348, 30.0], [137.8348, 30.0]),
    ([100.0, 0.8293], [100.000655549, 0.830185533]),
    ([100.0, 0.8292], [100.0, 0.8292]),
    ([100.0, 55.8271], [100.002480621, 55.828330763]),
    ([100.0, 55.8272], [100.0, 55.8272]),
    ([139.69, 35.68], [139.69, 35.68]),
    ([121.5272106, 31.1774276], [121.531541859215, 31.17530398364597]),
    ([113.912316, 22.543847], [113.9171764808363, 22.540796131694766]),
    ([116.377817, 39.911954], [116.38404722455657, 39.91334545536069]),
];

const FORWARD_TOLERANCE_DEG: f64 = 1e-9;

fn wgs84([lon, lat]: [f64; 2]) -> Wgs84 {
    Wgs84 { lon, lat }
}

fn is_near(found: Coord<f64>, [x, y]: [f64; 2], tolerance_deg: f64) -> bool {
    (found.x - x).abs() <= tolerance_deg && (found.y - y).abs() <= tolerance_deg
}

fn apart_m(from: Wgs84, to: Wgs84) -> f64 {
    distance_m(from, &Geometry::Point(Point(to.into())))
}

#[test]
fn published_vectors_hold_in_both_directions() {
    for (place, wgs, gcj, bd) in VECTORS {
        let point = wgs84(wgs);
        assert!(is_near(point.to_gcj02().into(), gcj, FORWARD_TOLERANCE_DEG), "{place} GCJ-02");
        assert!(is_near(point.to_bd09().into(), bd, FORWARD_TOLERANCE_DEG), "{place} BD-09");
        let shifted = Gcj02::new(gcj[0], gcj[1]).unwrap();
        assert!(is_near(shifted.to_bd09().into(), bd, 2.0 * FORWARD_TOLERANCE_DEG), "{place}");
        assert!(is_near(shifted.to_wgs84().into(), wgs, 2.0 * FORWARD_TOLERANCE_DEG), "{place}");
        let baidu = Bd09::new(bd[0], bd[1]).unwrap();
        assert!(is_near(baidu.to_gcj02().into(), gcj, 2.0 * FORWARD_TOLERANCE_DEG), "{place}");
        assert!(is_near(baidu.to_wgs84().into(), wgs, 2.0 * FORWARD_TOLERANCE_DEG), "{place}");
    }
}

#[test]
fn rim_of_the_service_area_is_where_the_vendors_have_it() {
    for (wgs, gcj) in SHIFTED {
        assert!(is_near(wgs84(wgs).to_gcj02().into(), gcj, FORWARD_TOLERANCE_DEG), "{wgs:?}");
    }
}

/// These published pairs were computed with a wave number of π instead of π·3000/180 and a single
/// inverse step: recomputing them that way reproduces them to the last digit, and the forward
/// conversion then misses the starting position by 10 to 40 m. They bound the error of such libraries.
#[test]
fn careless_baidu_pairs_agree_within_their_own_error() {
    for (bd, wgs) in [
        ([120.019809, 29.199786], [120.00877901149691, 29.196131605295484]),
        ([120.036455, 29.210504], [120.0253853970846, 29.206795749156136]),
    ] {
        let found = Bd09::new(bd[0], bd[1]).unwrap().to_wgs84();
        assert!((5.0..45.0).contains(&apart_m(found, wgs84(wgs))), "{found:?}");
        assert!(is_near(found.to_bd09().into(), bd, 1e-9));
    }
}

#[test]
fn positions_off_earth_are_refused() {
    assert_eq!(Wgs84::new(f64::NAN, 0.0), Err(CoordinateError::NotFinite));
    assert_eq!(Gcj02::new(0.0, f64::INFINITY), Err(CoordinateError::NotFinite));
    assert_eq!(Bd09::new(180.5, 0.0), Err(CoordinateError::LongitudeOutOfRange(180.5)));
    assert_eq!(Wgs84::new(22.6, 114.4), Err(CoordinateError::LatitudeOutOfRange(114.4)));
    for datum in Datum::ALL {
        assert!(datum.read(Coord { x: f64::NEG_INFINITY, y: 1.0 }).is_err());
        assert_eq!(datum.as_str().parse(), Ok(datum));
    }
    assert!("GCJ02".parse::<Datum>().is_err());
}

/// Middle of the straight segment on the ground, once converted itself, lies on the converted line.
#[test]
fn long_segments_are_cut_before_they_bend() {
    let greenway = line_string![(x: 114.30, y: 22.60), (x: 114.50, y: 22.65)];
    for datum in [Datum::Gcj02, Datum::Bd09] {
        let Geometry::LineString(converted) = to_datum(&greenway.clone().into(), datum) else {
            panic!("a line stays a line");
        };
        assert!(converted.0.len() > 20 && converted.0.len() < 30, "{}", converted.0.len());
        let middle = datum.place(Wgs84 { lon: 114.40, lat: 22.625 });
        let off_m = distance_m(wgs84([middle.x, middle.y]), &converted.clone().into());
        // BD-09 ripples by 1.8 % over 6 km, so a 1 km chord misses it by more than GCJ-02's 0.13 m.
        let most_m = if datum == Datum::Gcj02 { 0.14 } else { 3.0 };
        assert!(off_m < most_m, "{datum}: {off_m} m");
    }
}

#[test]
fn short_segments_and_stored_geometry_keep_their_positions() {
    let path: Geometry<f64> = line_string![(x: 114.40, y: 22.62), (x: 114.405, y: 22.62)].into();
    assert_eq!(to_datum(&path, Datum::Gcj02).coords_count(), 2);
    let long: Geometry<f64> = line_string![(x: 114.0, y: 22.0), (x: 115.0, y: 23.0)].into();
    assert_eq!(to_datum(&long, Datum::Wgs84), long);
}

#[test]
fn cutting_is_bounded_for_lines_around_the_world() {
    let zigzag: LineString =
        (0..1000).map(|i| Coord { x: if i % 2 == 0 { -179.0 } else { 179.0 }, y: 0.0 }).collect();
    assert!(to_datum(&zigzag.into(), Datum::Gcj02).coords_count() < 55_000);
}

fn inland() -> impl Strategy<Value = Wgs84> {
    (72.02..137.82_f64, 0.85..55.81_f64).prop_map(|(lon, lat)| Wgs84 { lon, lat })
}

proptest! {
    #[test]
    fn inverse_undoes_forward_within_a_millimetre(point in inland()) {
        prop_assert!(apart_m(point, point.to_gcj02().to_wgs84()) < 1e-3);
        prop_assert!(apart_m(point, point.to_bd09().to_wgs84()) < 1e-3);
        let gcj02 = point.to_gcj02();
        prop_assert!(is_near(gcj02.to_bd09().to_gcj02().into(), [gcj02.lon, gcj02.lat], 1e-8));
    }

    #[test]
    fn nothing_moves_outside_the_service_area(lon in -180.0..180.0_f64, lat in -90.0..90.0_f64) {
        // Within 1 km of the rim a shifted position may come from either side.
        prop_assume!(!((71.99..137.86).contains(&lon) && (0.81..55.85).contains(&lat)));
        let point = Wgs84 { lon, lat };
        for datum in Datum::ALL {
            prop_assert_eq!(datum.place(point), Coord::from(point));
            prop_assert_eq!(datum.read(point.into()), Ok(point));
        }
    }

    #[test]
    fn small_moves_keep_their_direction(point in inland(), step in 1e-6..1e-2_f64) {
        let east = Wgs84 { lon: point.lon + step, ..point };
        let north = Wgs84 { lat: point.lat + step, ..point };
        prop_assume!(in_service_area(east.into()) && in_service_area(north.into()));
        for datum in Datum::ALL {
            prop_assert!(datum.place(east).x > datum.place(point).x);
            prop_assert!(datum.place(north).y > datum.place(point).y);
        }
    }

    #[test]
    fn any_number_pair_is_converted_or_refused(lon: f64, lat: f64) {
        for datum in Datum::ALL {
            if let Ok(found) = datum.read(Coord { x: lon, y: lat }) {
                prop_assert!(Wgs84::new(found.lon, found.lat).is_ok());
            }
        }
    }
}
