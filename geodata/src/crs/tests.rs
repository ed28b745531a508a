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

mod reference {
    use geo::{Coord, Geometry, Point};
    use proptest::prelude::*;

    use crate::crs::{ReferenceSystem, Region, Zone};

    fn zone(code: u16) -> ReferenceSystem {
        ReferenceSystem::GaussKruger(Zone::of_epsg(code).unwrap())
    }

    /// Longitude, latitude, then the two axes in their order, by GDAL 3.6 with PROJ (EPSG:4547, 4534, 4554
    /// and 3857 from OGC:CRS84).
    const VECTORS: [(u16, f64, f64, f64, f64); 14] = [
        (4547, 114.4134, 22.63, 2_503_622.240_705_19, 542_497.713_007_253),
        (4547, 114.0, 0.0, 0.0, 500_000.0),
        (4547, 115.5, 22.7, 2_512_093.731_956_51, 654_133.999_015_448),
        (4547, 112.5, 50.0, 5_541_925.526_867_15, 392_458.490_033_675),
        (4547, 120.0, 30.0, 3_335_318.498_698_24, 1_079_450.433_729_5),
        (4534, 75.2, 39.4, 4_362_930.789_917_1, 517_227.315_611_481),
        (4534, 76.4, 40.0, 4_430_468.001_916_69, 619_553.492_243_08),
        (4554, 135.0, 48.0, 5_318_427.595_367_6, 500_000.0),
        (4554, 133.6, 47.0, 5_208_198.496_917_19, 393_522.327_029_109),
        (3857, 114.4134, 22.63, 12_736_441.427_927_1, 2_587_334.301_176_57),
        (3857, 114.0, 0.0, 12_690_421.950_433_2, 0.0),
        (3857, 112.5, 50.0, 12_523_442.714_243_3, 6_446_275.841_017_16),
        (3857, 73.5, 39.0, 8_181_982.573_305_61, 4_721_671.572_580_11),
        (3857, 120.0, 30.0, 13_358_338.895_192_8, 3_503_549.843_504_38),
    ];

    #[test]
    fn projections_agree_with_proj_to_a_tenth_of_a_millimetre() {
        for (code, lon, lat, first, second) in VECTORS {
            let system = if code == 3857 { ReferenceSystem::WebMercator } else { zone(code) };
            let placed = system.place(Coord { x: lon, y: lat }).unwrap();
            assert!(
                (placed.x - first).abs() < 1e-4 && (placed.y - second).abs() < 1e-4,
                "{code} {lon} {lat}: {placed:?}"
            );
            let read = system.read(Coord { x: first, y: second }).unwrap();
            assert!(
                (read.x - lon).abs() < 1e-9 && (read.y - lat).abs() < 1e-9,
                "{code} {lon} {lat}: {read:?}"
            );
        }
    }

    #[test]
    fn zones_have_their_codes() {
        for (lon, code) in
            [(75.0, 4534), (114.41, 4547), (112.6, 4547), (115.4, 4547), (121.5, 4549), (135.0, 4554)]
        {
            assert_eq!(Zone::around(lon).map(Zone::epsg), Some(code), "{lon}");
        }
        assert_eq!(Zone::around(60.0), None);
        assert_eq!(Zone::of_epsg(4533), None);
        assert_eq!(zone(4547).uri(), "http://www.opengis.net/def/crs/EPSG/0/4547");
    }

    #[test]
    fn latitude_comes_first_where_the_authority_says_so() {
        let kuichong = Geometry::Point(Point::new(114.41, 22.63));
        for system in [ReferenceSystem::Epsg4326, ReferenceSystem::Cgcs2000] {
            assert_eq!(system.geometry(&kuichong), Some(Geometry::Point(Point::new(22.63, 114.41))));
            let Ok(Region::Box(bbox)) = system.region([22.6, 114.4, 22.7, 114.5]) else { panic!() };
            assert_eq!((bbox.west, bbox.south, bbox.east, bbox.north), (114.4, 22.6, 114.5, 22.7));
            let swapped = system.region([114.4, 22.6, 114.5, 22.7]).unwrap_err().to_string();
            assert!(swapped.contains("纬度在前"), "{swapped}");
        }
        let far = zone(4547).geometry(&Geometry::Point(Point::new(-122.4, 37.8)));
        assert_eq!(far, None, "a zone does not reach the other side of the Earth");
    }

    #[test]
    fn a_box_of_a_zone_is_bent() {
        use geo::Intersects;
        let Ok(Region::Shape(shape)) = zone(4547).region([2_500_000.0, 540_000.0, 2_505_000.0, 545_000.0])
        else {
            panic!()
        };
        let corner = |y: f64, x: f64| Point(zone(4547).read(Coord { x: y, y: x }).unwrap());
        assert!(
            shape.intersects(&corner(2_504_999.0, 540_001.0))
                && shape.intersects(&corner(2_500_001.0, 544_999.0))
        );
        assert!(
            !shape.intersects(&corner(2_505_001.0, 542_500.0))
                && !shape.intersects(&corner(2_502_000.0, 539_999.0))
        );
        let world = zone(4547).region([-2e7, -2e7, 2e7, 2e7]).unwrap();
        assert!(world.geometry().intersects(&Point::new(114.41, 22.63)));
        assert!(zone(4547).region([5.0, 5.0, 1.0, 1.0]).is_err());
    }

    proptest! {
        #[test]
        fn a_position_survives_its_way_there_and_back(
            lon in 95.0..133.0, lat in -80.0..80.0, code in prop::sample::select(vec![3857_u16, 4326, 4490, 4547])
        ) {
            let system = match code {
                3857 => ReferenceSystem::WebMercator,
                4326 => ReferenceSystem::Epsg4326,
                4490 => ReferenceSystem::Cgcs2000,
                code => zone(code),
            };
            let back = system.read(system.place(Coord { x: lon, y: lat }).unwrap()).unwrap();
            prop_assert!((back.x - lon).abs() < 1e-9 && (back.y - lat).abs() < 1e-9, "{:?}", back);
        }

        #[test]
        fn any_box_is_read_or_refused(sides in prop::array::uniform4(-3e7..3e7)) {
            for system in [zone(4547), ReferenceSystem::WebMercator, ReferenceSystem::Epsg4326] {
                if let Ok(region) = system.region(sides) {
                    let _ = region.geometry();
                }
            }
        }
    }
}
