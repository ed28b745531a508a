//! Shapes of a whole map against the matrix of their relation to a literal.

use std::f64::consts::TAU;

use geo::{Coord, Polygon};
use proptest::prelude::*;

use super::super::Filter;
use crate::cql2::prepared::relates;
use crate::cql2::{Expression, Queryables, SpatialOperator};
use crate::snapshot::{FeatureRecord, SelectQuery, Snapshot};
use crate::synthetic::{Area, SyntheticMap};

const MAP: SyntheticMap = SyntheticMap { area: Area::Kwaichung, features: 1_500, layers: 1, seed: 3 };

fn star(middle: Coord<f64>, radius_deg: f64, vertices: u32) -> Polygon<f64> {
    let ring = (0..=vertices).map(|vertex| {
        let angle = f64::from(vertex % vertices) / f64::from(vertices) * TAU;
        let radius_deg = if vertex % 2 == 0 { radius_deg } else { radius_deg * 0.7 };
        Coord { x: middle.x + radius_deg * angle.cos(), y: middle.y + radius_deg * angle.sin() }
    });
    Polygon::new(ring.collect(), Vec::new())
}

fn property(name: &str) -> Expression {
    Expression::Property(name.to_owned())
}

/// Ids of the features that a filter selects.
fn found(map: &Snapshot, expression: &Expression) -> Vec<u32> {
    let layer = map.layer("park").unwrap();
    let known: Queryables = layer.queryables(&[]);
    let filter = Filter::compile(expression, &known).unwrap();
    let query = SelectQuery { filter: Some(&filter), limit: usize::MAX, ..SelectQuery::default() };
    map.select(layer, &query).unwrap().features.iter().map(|feature| feature.id()).collect()
}

/// Ids of the features that lie to a literal as the operator says, each compared by its matrix.
fn related(records: &[FeatureRecord], operator: SpatialOperator, literal: &Polygon<f64>) -> Vec<u32> {
    let literal = literal.clone().into();
    let shapes = records.iter().filter_map(|record| Some((record.id, record.geometry.as_ref()?)));
    shapes.filter(|(_, shape)| relates(operator, shape, &literal, &mut 0)).map(|(id, _)| id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn conditions_on_many_shapes_select_what_their_matrices_say(
        (x, y) in (114.36..114.51, 22.60..22.67),
        radius_deg in 0.0005..0.05,
        vertices in 2_u32..40,
        digit in 0_u8..10,
    ) {
        let literal = star(Coord { x, y }, radius_deg, 2 * vertices);
        let records = MAP.feature_records();
        let map = Snapshot::build(MAP.layer_records(), records.clone(), 1, 0, Vec::new()).unwrap();
        for operator in SpatialOperator::ALL {
            let shape = Box::new(Expression::Geometry(literal.clone().into()));
            let alone = Expression::Spatial(*operator, property("geometry").into(), shape);
            let pattern = Box::new(Expression::Text(format!("%{digit}%")));
            let like = Expression::Like(property("name").into(), pattern);
            let expected = related(&records, *operator, &literal);
            prop_assert_eq!(&found(&map, &alone), &expected, "{:?}", operator);
            let opposite = Expression::Not(Box::new(alone.clone()));
            prop_assert_eq!(found(&map, &opposite).len(), records.len() - expected.len());
            // Within another conjunction, and after a condition that leaves only some rows.
            let nested = Expression::And(vec![alone, Expression::And(vec![like])]);
            let named = |id: &u32| id.to_string().contains(char::from(b'0' + digit));
            let both: Vec<u32> = expected.into_iter().filter(named).collect();
            prop_assert_eq!(found(&map, &nested), both, "{:?}", operator);
        }
    }
}
