//! Spatial predicates, and the boxes that they allow to search.

use std::sync::Arc;

use geo::{Coord, Geometry};

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
        Ok(match self.relation(operator, a, b)? {
            Relation::ToLiteral(relation) => Box::new(move |rows, row| Truth::of(relation.holds(rows, row))),
            Relation::Other(predicate) => predicate,
        })
    }

    /// What a spatial operator asks.
    pub(super) fn relation(
        &mut self,
        operator: SpatialOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Relation, Cql2Error> {
        let place = operator.word().to_uppercase();
        match (self.shape(&place, a)?, self.shape(&place, b)?) {
            (ShapeSource::Feature, ShapeSource::Constant(literal)) => {
                Ok(Relation::ToLiteral(ToLiteral { operator, literal }))
            }
            (ShapeSource::Constant(literal), ShapeSource::Feature) => {
                Ok(Relation::ToLiteral(ToLiteral { operator: mirrored(operator), literal }))
            }
            (ShapeSource::Constant(a), ShapeSource::Constant(b)) => {
                let truth = Truth::of(Some(relates(operator, a.shape(), b.shape(), &mut 0)));
                Ok(Relation::Other(Box::new(move |_, _| truth)))
            }
            (ShapeSource::Feature, ShapeSource::Feature) => {
                Ok(Relation::Other(Box::new(move |rows, row| {
                    let shape = rows.member(row).and_then(Feature::geometry);
                    Truth::of(shape.map(|shape| rows.working(|work| relates(operator, shape, shape, work))))
                })))
            }
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

/// What a spatial operator asks of a feature.
pub(super) enum Relation {
    ToLiteral(ToLiteral),
    Other(Predicate),
}

/// How a feature lies to a shape that is written in the filter. The member itself, which lies anywhere in
/// memory, is only looked at where its envelope does not tell.
pub(super) struct ToLiteral {
    operator: SpatialOperator,
    literal: Arc<Prepared>,
}

impl ToLiteral {
    fn holds(&self, rows: &Rows<'_>, row: usize) -> Option<bool> {
        let envelope = rows.envelopes.get(row)?;
        let known = rows.working(|work| self.literal.by_envelope(self.operator, envelope, work));
        known.or_else(|| {
            let shape = rows.member(row).and_then(Feature::geometry)?;
            Some(rows.working(|work| self.literal.by_shape(self.operator, shape, envelope, work)))
        })
    }

    /// Keeps the rows for which this holds, in any order; which, is left open once the work is exceeded.
    ///
    /// Shapes that have to be looked at are fetched one after the other before any is compared: memory then
    /// answers many requests at a time.
    pub(super) fn keep_selected(&self, rows: &Rows<'_>, found: &mut Vec<usize>, most_work: u64) {
        let mut undecided = Vec::new();
        found.retain(|&row| {
            let Some(envelope) = rows.envelopes.get(row) else { return false };
            let known = rows.working(|work| self.literal.by_envelope(self.operator, envelope, work));
            if known.is_none() {
                undecided.push((row, envelope));
            }
            known == Some(true)
        });
        let shapes: Vec<_> = undecided
            .into_iter()
            .filter_map(|(row, envelope)| Some((row, envelope, rows.member(row)?.geometry()?)))
            .collect();
        let shapes: Vec<_> =
            shapes.into_iter().map(|(row, envelope, shape)| (row, envelope, shape, tip(shape))).collect();
        for (row, envelope, shape, tip) in shapes {
            if rows.work.get() > most_work {
                return;
            }
            let holds = rows.working(|work| {
                let known = tip.and_then(|tip| self.literal.by_tip(self.operator, tip, work));
                known.unwrap_or_else(|| self.literal.by_shape(self.operator, shape, envelope, work))
            });
            if holds {
                found.push(row);
            }
        }
    }
}

/// The first position of a shape of one part.
fn tip(shape: &Geometry<f64>) -> Option<Coord<f64>> {
    match shape {
        Geometry::LineString(line) => line.0.first().copied(),
        Geometry::Polygon(polygon) => polygon.exterior().0.first().copied(),
        _ => None,
    }
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
