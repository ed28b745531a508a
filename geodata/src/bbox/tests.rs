#![expect(clippy::float_cmp, reason = "these values are exact")]

use geo::{Geometry, Intersects, line_string};
use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Bbox, BboxError> {
    text.parse()
}

#[test]
fn lawful_boxes_of_the_status_table() {
    for text in [
        "114.35,22.59,114.52,22.68",
        "-1.5,50,1.5,53",
        "-80,-5,-70,5",
        "177,65,-177,70",
        "170,-10,-170,10",
        "-180,85,180,90",
        "-180,-90,180,-85",
        "116.4,39.9,116.4,39.9",
        "116,39,-50,117,40,8848",
        "1e2,3e1,1.1e2,4e1",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn unlawful_boxes_of_the_status_table() {
    for text in [
        "",
        ",",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,x",
        "1,2,3,4,",
        "NaN,2,3,4",
        "1,2,inf,4",
        "116,40,117,39",
        "116,39,117,91",
        "116,-91,117,39",
        "116,39,181,40",
        "-181,39,116,40",
        "1, 2,3,4",
        "1;2;3;4",
        "116,39,9,117,40,8",
        "116,39,x,117,40,8",
        "0x1,2,3,4",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn refusals_name_the_place() {
    assert_eq!(parse("1,2,3"), Err(BboxError::WrongCount { found: 3 }));
    assert_eq!(parse("1,2,3,x"), Err(BboxError::NotANumber { place: 4, text: "x".to_owned() }));
    assert_eq!(parse("116,40,117,39"), Err(BboxError::LatitudesReversed { south: 40.0, north: 39.0 }));
}

#[test]
fn antimeridian_box_is_two_rectangles() {
    let fiji = parse("177,-20,-178,-15").unwrap();
    let parts: Vec<_> = fiji.parts().map(Bbox::from).collect();
    assert_eq!(parts, [parse("177,-20,180,-15").unwrap(), parse("-180,-20,-178,-15").unwrap()]);
    assert!((fiji.width_deg() - 5.0).abs() < 1e-12);
    assert!(fiji.contains(Wgs84 { lon: 180.0, lat: -17.0 }));
    assert!(fiji.contains(Wgs84 { lon: -180.0, lat: -17.0 }));
    assert!(!fiji.contains(Wgs84 { lon: 0.0, lat: -17.0 }));
}

#[test]
fn union_takes_the_short_way_only_when_a_box_crosses() {
    let (shenzhen, hawaii) = (parse("114,22,115,23").unwrap(), parse("-160,19,-154,23").unwrap());
    assert_eq!(shenzhen.union(&hawaii), parse("-160,19,115,23").unwrap());
    let fiji = parse("177,-20,-178,-15").unwrap();
    let pacific = fiji.union(&hawaii);
    assert!(pacific.crosses_antimeridian());
    assert!((pacific.west - 177.0).abs() < 1e-9 && (pacific.east + 154.0).abs() < 1e-9);
    assert_eq!(fiji.union(&Bbox::WORLD).width_deg(), 360.0);
}

#[test]
fn expand_stops_at_poles_and_full_circle() {
    let box_ = parse("179,80,-179,89").unwrap().expand(1.0, 5.0);
    assert_eq!(box_, parse("178,75,-178,90").unwrap());
    assert_eq!(parse("0,0,10,10").unwrap().expand(200.0, 0.0).width_deg(), 360.0);
    assert_eq!(parse("-180,0,10,10").unwrap().expand(5.0, 0.0), parse("175,0,15,10").unwrap());
}

#[test]
fn tight_box_of_a_greenway() {
    let greenway: Geometry<f64> = line_string![(x: 114.4, y: 22.6), (x: 114.5, y: 22.65)].into();
    assert_eq!(Bbox::of(&greenway), Some(parse("114.4,22.6,114.5,22.65").unwrap()));
    assert_eq!(Bbox::of(&line_string![].into()), None);
}

/// A phone screen over 葵涌 in GCJ-02: the covering box is shifted by the local offset, not grown.
#[test]
fn phone_box_is_covered_tightly() {
    let screen = parse("114.40,22.62,114.42,22.65").unwrap();
    for datum in [Datum::Gcj02, Datum::Bd09] {
        let covering = screen.from_datum(datum);
        assert!(covering.width_deg() < screen.width_deg() * 1.08, "{datum}");
        assert!(covering.height_deg() < screen.height_deg() * 1.08, "{datum}");
    }
    assert_eq!(screen.from_datum(Datum::Wgs84), screen);
}

fn any_box() -> impl Strategy<Value = Bbox> {
    (-180.0..=180.0_f64, -90.0..=90.0_f64, -180.0..=180.0_f64, -90.0..=90.0_f64).prop_map(
        |(west, one, east, other)| Bbox { west, south: one.min(other), east, north: one.max(other) },
    )
}

fn any_point() -> impl Strategy<Value = Wgs84> {
    (-180.0..=180.0_f64, -90.0..=90.0_f64).prop_map(|(lon, lat)| Wgs84 { lon, lat })
}

proptest! {
    #[test]
    fn parts_hold_exactly_the_points_of_the_box(bbox in any_box(), point in any_point()) {
        let in_parts = bbox.parts().any(|part| part.intersects(&Coord::from(point)));
        prop_assert_eq!(bbox.contains(point), in_parts);
    }

    #[test]
    fn text_round_trip(bbox in any_box()) {
        prop_assert_eq!(parse(&bbox.to_string()), Ok(bbox));
    }

    #[test]
    fn union_and_expand_lose_nothing(a in any_box(), b in any_box(), point in any_point()) {
        prop_assume!(a.contains(point) || b.contains(point));
        // Rounding of a wrapped edge may move it by a few units in the last place.
        prop_assert!(a.union(&b).expand(1e-9, 1e-9).contains(point));
    }

    #[test]
    fn covering_box_holds_what_the_phone_sees(
        lon in 73.0..135.0_f64, lat in 3.0..54.0_f64,
        width in 0.0..5.0_f64, height in 0.0..5.0_f64,
        x in 0.0..=1.0_f64, y in 0.0..=1.0_f64,
    ) {
        let seen = Bbox { west: lon, south: lat, east: lon + width, north: lat + height };
        for datum in Datum::ALL {
            let at = Coord { x: lon + width * x, y: lat + height * y };
            let point = datum.read(at).unwrap();
            prop_assert!(seen.from_datum(datum).contains(point), "{datum} {point:?}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-0-9eE.,+NaInf ]{0,60}|.{0,40}") {
        if let Ok(bbox) = parse(&text) {
            prop_assert!(bbox.south <= bbox.north && bbox.west.abs() <= 180.0);
        }
    }
}
