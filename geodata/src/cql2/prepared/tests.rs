use geo::{Point, polygon};
use proptest::prelude::*;

use super::*;

fn star(points: u32, middle: (f64, f64), radius: f64, turn: f64) -> Polygon<f64> {
    let ring = (0..=points * 2).map(|step| {
        let angle = f64::from(step % (points * 2)) / f64::from(points) * std::f64::consts::PI + turn;
        let radius = if step % 2 == 0 { radius } else { radius * 0.6 };
        Coord { x: middle.0 + radius * angle.cos(), y: middle.1 + radius * angle.sin() }
    });
    Polygon::new(ring.collect(), Vec::new())
}

fn shape() -> impl Strategy<Value = Geometry<f64>> {
    let position = (0.0..10.0, 0.0..10.0);
    prop_oneof![
        position.clone().prop_map(|(x, y)| Geometry::Point(Point::new(x, y))),
        prop::collection::vec((0_i8..=10, 0_i8..=10), 2..8).prop_map(|line| {
            Geometry::LineString(line.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect())
        }),
        (position, 0.05..6.0, 3_u32..9, 0.0..3.0)
            .prop_map(|(middle, radius, points, turn)| Geometry::Polygon(star(points, middle, radius, turn))),
    ]
}

fn literal() -> impl Strategy<Value = Geometry<f64>> {
    let square =
        polygon![(x: 2.0, y: 2.0), (x: 8.0, y: 2.0), (x: 8.0, y: 8.0), (x: 2.0, y: 8.0), (x: 2.0, y: 2.0)];
    let holed = Polygon::new(
        square.exterior().clone(),
        vec![polygon![(x: 4.0, y: 4.0), (x: 6.0, y: 4.0), (x: 6.0, y: 6.0), (x: 4.0, y: 6.0), (x: 4.0, y: 4.0)]
            .exterior()
            .clone()],
    );
    prop_oneof![
        Just(Geometry::Polygon(square)),
        Just(Geometry::Polygon(holed)),
        ((1.0..9.0, 1.0..9.0), 0.1..6.0, 3_u32..60, 0.0..3.0)
            .prop_map(|(middle, radius, points, turn)| Geometry::Polygon(star(points, middle, radius, turn))),
        shape(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_operator_answers_as_the_matrix_does(literal in literal(), feature in shape()) {
        let Ok(prepared) = Prepared::new(literal.clone()) else { return Ok(()) };
        let envelope = envelope_of(&feature).unwrap();
        let matrix = feature.relate(&literal);
        for operator in SpatialOperator::ALL {
            let expected = match operator {
                SpatialOperator::Intersects => matrix.is_intersects(),
                SpatialOperator::Equals => matrix.is_equal_topo(),
                SpatialOperator::Disjoint => matrix.is_disjoint(),
                SpatialOperator::Touches => matrix.is_touches(),
                SpatialOperator::Within => matrix.is_within(),
                SpatialOperator::Overlaps => matrix.is_overlaps(),
                SpatialOperator::Crosses => matrix.is_crosses(),
                SpatialOperator::Contains => matrix.is_contains(),
            };
            let found = prepared.holds(*operator, &feature, &envelope, &mut 0);
            prop_assert_eq!(found, expected, "{:?} {:?} {:?}", operator, feature, literal);
            for position in feature.coords_iter() {
                if let Some(known) = prepared.by_tip(*operator, position, &mut 0) {
                    prop_assert_eq!(known, expected, "{:?} {:?} {:?}", operator, position, literal);
                }
            }
        }
    }
}

#[test]
fn corners_and_edges_belong_to_a_polygon() {
    let square =
        polygon![(x: 2.0, y: 2.0), (x: 8.0, y: 2.0), (x: 8.0, y: 8.0), (x: 2.0, y: 8.0), (x: 2.0, y: 2.0)];
    let prepared = Prepared::new(square.into()).unwrap();
    for (x, y, expected) in [
        (2.0, 2.0, true),
        (8.0, 8.0, true),
        (8.0, 2.0, true),
        (5.0, 8.0, true),
        (2.0, 5.0, true),
        (5.0, 5.0, true),
        (8.000_000_1, 5.0, false),
        (5.0, 1.999_999_9, false),
    ] {
        let point = Geometry::Point(Point::new(x, y));
        let found = prepared.holds(SpatialOperator::Intersects, &point, &[x, y, x, y], &mut 0);
        assert_eq!(found, expected, "{x} {y}");
    }
}

#[test]
fn a_polygon_that_crosses_itself_is_refused() {
    let bow =
        polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 1.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0), (x: 0.0, y: 0.0)];
    assert!(Prepared::new(bow.into()).is_err());
}
