//! Spatial predicates, and the boxes that they allow to search.

use std::sync::Arc;

use geo::Geometry;

use super::values::{ShapeSource, Value};
use super::{Compiler, Predicate, Rows, Truth};
use crate::cql2::error::Cql2Error;
use crate::cql2::expression::{ComparisonOperator, Expression, SpatialOperator};
use crate::cql2::prepared::{Envelope, Prepared, envelope_of, mirrored, relates};
use crate::cql2::queryables::GEOMETRY;
use crate::snapshot::Feature;

/// More boxes than this are not searched one by one.
const MOST_ENVELOPES: usize = 16;
/// Metres of a degree of latitude, and of longitude at the equator, at the least.
const DEGREE_M: f64 = 110_000.0;

pub(super) fn literal(shape: &Geometry<f64>) -> Result<Value, Cql2Error> {
    Ok(Value::Shape(ShapeSource::Constant(Arc::new(Prepared::new(shape.clone())?))))
}

impl Compiler<'_> {
    pub(super) fn spatial(
        &mut self,
        operator: SpatialOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Predicate, Cql2Error> {
        let place = operator.word().to_uppercase();
        match (self.shape(&place, a)?, self.shape(&place, b)?) {
            (ShapeSource::Feature, ShapeSource::Constant(literal)) => Ok(of_feature(operator, literal)),
            (ShapeSource::Constant(literal), ShapeSource::Feature) => {
                Ok(of_feature(mirrored(operator), literal))
            }
            (ShapeSource::Constant(a), ShapeSource::Constant(b)) => {
                let truth = Truth::of(Some(relates(operator, a.shape(), b.shape(), &mut 0)));
                Ok(Box::new(move |_, _| truth))
            }
            (ShapeSource::Feature, ShapeSource::Feature) => Ok(Box::new(move |rows, row| {
                let shape = rows.member(row).and_then(Feature::geometry);
                Truth::of(shape.map(|shape| rows.working(|work| relates(operator, shape, shape, work))))
            })),
        }
    }

    fn shape(&mut self, place: &str, expression: &Expression) -> Result<ShapeSource, Cql2Error> {
        match self.value(expression)? {
            Value::Shape(source) => Ok(source),
            other => Err(Cql2Error::WrongKind {
                place: place.to_owned(),
                expected: "几何，如 geometry 或 POINT(114.41 22.63)",
                found: other.shown(),
            }),
        }
    }
}

/// The member itself, which lies anywhere in memory, is only looked at where its envelope does not tell.
fn of_feature(operator: SpatialOperator, literal: Arc<Prepared>) -> Predicate {
    Box::new(move |rows, row| {
        let Some(envelope) = rows.envelopes.get(row) else {
            return Truth::Unknown;
        };
        if let Some(known) = rows.working(|work| literal.by_envelope(operator, envelope, work)) {
            return Truth::of(Some(known));
        }
        let shape = rows.member(row).and_then(Feature::geometry);
        Truth::of(shape.map(|shape| rows.working(|work| literal.holds(operator, shape, envelope, work))))
    })
}

impl Rows<'_> {
    /// Does something that counts its work.
    fn working<T>(&self, work: impl FnOnce(&mut u64) -> T) -> T {
        let mut done = self.work.get();
        let result = work(&mut done);
        self.work.set(done);
        result
    }

    /// Counts work.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, saturating")]
    pub(super) fn spend(&self, work: f64) {
        self.work.set(self.work.get().saturating_add(work as u64));
    }
}

/// Boxes that everything meets which an expression selects. `None` if it may be anywhere.
pub(super) fn envelopes(expression: &Expression) -> Option<Vec<Envelope>> {
    match expression {
        Expression::Spatial(operator, a, b) if *operator != SpatialOperator::Disjoint => {
            match (a.as_ref(), b.as_ref()) {
                (Expression::Property(name), Expression::Geometry(shape))
                | (Expression::Geometry(shape), Expression::Property(name))
                    if name == GEOMETRY =>
                {
                    parts_of(shape)
                }
                _ => None,
            }
        }
        Expression::Comparison(ComparisonOperator::Less | ComparisonOperator::LessOrEqual, near, far) => {
            match (near.as_ref(), far.as_ref()) {
                (Expression::Function(name, arguments), Expression::Number(metres))
                    if name.eq_ignore_ascii_case("distance_m") =>
                {
                    around(arguments, *metres)
                }
                _ => None,
            }
        }
        Expression::And(parts) => {
            let area = |envelopes: &Vec<Envelope>| {
                envelopes
                    .iter()
                    .map(|[west, south, east, north]| (east - west) * (north - south))
                    .sum::<f64>()
            };
            parts.iter().filter_map(envelopes).min_by(|a, b| area(a).total_cmp(&area(b)))
        }
        Expression::Or(parts) => {
            let parts = parts.iter().map(envelopes).collect::<Option<Vec<_>>>()?;
            let all: Vec<Envelope> = parts.into_iter().flatten().collect();
            (all.len() <= MOST_ENVELOPES).then_some(all)
        }
        _ => None,
    }
}

/// The boxes of the parts of a shape where these are few, else one around all.
fn parts_of(shape: &Geometry<f64>) -> Option<Vec<Envelope>> {
    match shape {
        Geometry::MultiPolygon(polygons) if polygons.0.len() <= MOST_ENVELOPES => {
            polygons.iter().map(|polygon| envelope_of(&Geometry::Polygon(polygon.clone()))).collect()
        }
        other => envelope_of(other).map(|envelope| vec![envelope]),
    }
}

/// A box around everything within some metres of a point.
fn around(arguments: &[Expression], metres: f64) -> Option<Vec<Envelope>> {
    let point = arguments.iter().find_map(|argument| match argument {
        Expression::Geometry(Geometry::Point(point)) => Some(point),
        _ => None,
    })?;
    let has_property = arguments.iter().any(|argument| matches!(argument, Expression::Property(_)));
    let lat_deg = metres / DEGREE_M * 1.01;
    let narrowest = (point.y().abs() + lat_deg).to_radians().cos();
    let lon_deg = lat_deg / narrowest;
    let envelope = [point.x() - lon_deg, point.y() - lat_deg, point.x() + lon_deg, point.y() + lat_deg];
    let plain = has_property && narrowest > 0.01 && envelope[0] >= -180.0 && envelope[2] <= 180.0;
    plain.then(|| vec![envelope])
}
