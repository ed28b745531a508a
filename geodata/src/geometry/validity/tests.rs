use geo::{MultiPolygon, line_string, polygon};
use proptest::prelude::*;

use super::*;
use crate::geometry::repaired;

fn codes(geometry: impl Into<Geometry<f64>>) -> Vec<&'static str> {
    faults(&geometry.into()).iter().map(GeometryFault::code).collect()
}

#[test]
fn sound_shapes_have_no_faults() {
    assert!(codes(Point::new(114.4, 22.6)).is_empty());
    assert!(codes(line_string![(x: 0.0, y: 0.0), (x: 1.0, y: 1.0)]).is_empty());
    // A trail may cross itself.
    assert!(
        codes(line_string![(x: 0.0, y: 0.0), (x: 2.0, y: 2.0), (x: 2.0, y: 0.0), (x: 0.0, y: 2.0)])
            .is_empty()
    );
    let touching_hole = polygon!(
        exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)],
        interiors: [[(x: 0.0, y: 2.0), (x: 2.0, y: 1.0), (x: 2.0, y: 3.0)]],
    );
    assert!(codes(touching_hole).is_empty());
}

#[test]
fn each_fault_is_named() {
    assert_eq!(codes(MultiPolygon(Vec::new())), ["empty"]);
    assert_eq!(codes(Point::new(22.6, 114.4)), ["not_on_earth"]);
    assert_eq!(codes(Point::new(f64::NAN, 1.0)), ["not_on_earth"]);
    assert_eq!(codes(line_string![(x: 1.0, y: 1.0), (x: 1.0, y: 1.0)]), ["too_few_positions"]);
    assert_eq!(
        codes(line_string![(x: 1.0, y: 1.0), (x: 1.0, y: 1.0), (x: 2.0, y: 2.0)]),
        ["repeated_position"]
    );
    assert_eq!(codes(polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0)]), ["too_few_positions"]);
    // There and back again: an edge that covers the way it came.
    assert_eq!(
        codes(polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)]),
        ["self_crossing"]
    );
    // Two rings of the same line meeting in one position.
    assert_eq!(
        codes(polygon![
            (x: 0.0, y: 0.0), (x: 1.0, y: 1.0), (x: 2.0, y: 0.0), (x: 2.0, y: 2.0),
            (x: 1.0, y: 1.0), (x: 0.0, y: 2.0),
        ]),
        ["self_crossing"]
    );
}

#[test]
fn holes_are_checked_against_their_shell() {
    let with_hole = |x: f64| {
        polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: x, y: 1.0), (x: x + 1.0, y: 1.0), (x: x + 1.0, y: 2.0)]],
        )
    };
    assert!(codes(with_hole(1.0)).is_empty());
    assert_eq!(codes(with_hole(3.5)), ["rings_cross"]);
    assert_eq!(codes(with_hole(9.0)), ["hole_outside"]);
}

#[test]
fn repair_winds_rings_and_drops_repetitions_only() {
    let clockwise = polygon![
        (x: 0.0, y: 0.0), (x: 0.0, y: 1.0), (x: 0.0, y: 1.0), (x: 1.0, y: 1.0), (x: 0.0, y: 0.0),
    ];
    let Geometry::Polygon(found) = repaired(clockwise.into()) else {
        panic!("a polygon stays a polygon");
    };
    assert_eq!(found, polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)]);
    let dot: Geometry<f64> = line_string![(x: 1.0, y: 1.0), (x: 1.0, y: 1.0)].into();
    assert_eq!(repaired(dot.clone()), dot);
}

#[test]
fn a_ring_through_what_is_no_number_is_not_repaired() {
    let broken: Geometry<f64> =
        polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: f64::NAN, y: 1.0), (x: 0.0, y: 0.0)].into();
    for shape in [broken.clone(), Geometry::GeometryCollection(vec![broken].into())] {
        assert_eq!(format!("{:?}", repaired(shape.clone())), format!("{shape:?}"));
    }
}

#[test]
fn dense_scribbles_end_in_time() {
    let scribble: LineString = (0..40_000_u32)
        .map(|i| Coord { x: if i % 2 == 0 { 0.0 } else { 1.0 }, y: f64::from(i) / 1e6 })
        .collect();
    let found = codes(Polygon::new(scribble, Vec::new()));
    assert!(found.contains(&"too_complex"), "{found:?}");
}

proptest! {
    /// Brute force over all pairs of edges that are not neighbours.
    #[test]
    fn crossings_agree_with_brute_force(
        positions in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 3..12)
    ) {
        let shape = Polygon::new(LineString::from(positions), Vec::new());
        let edges: Vec<_> = shape.exterior().lines().collect();
        let count = edges.len();
        let crosses = (0..count).any(|i| {
            (i + 2..count).any(|j| (i, j) != (0, count - 1) && edges[i].intersects(&edges[j]))
        });
        prop_assert_eq!(!codes(shape).is_empty(), crosses);
    }
}
