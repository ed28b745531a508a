//! Spatial and temporal literals, the same in both encodings.

use geo::{Coord, Geometry, LineString, Polygon};

use super::error::{Cql2Error, shown};
use super::expression::Expression;
use super::limits::Budget;
use super::time::Span;
use crate::crs::ReferenceSystem;

/// Reads positions of the system that the filter is written in.
#[derive(Debug)]
pub(super) struct Positions {
    pub(super) system: ReferenceSystem,
    pub(super) budget: Budget,
}

impl Positions {
    pub(super) fn new(system: ReferenceSystem) -> Self {
        Self { system, budget: Budget::default() }
    }

    /// A position as it is stored.
    pub(super) fn read(&mut self, x: f64, y: f64) -> Result<Coord<f64>, Cql2Error> {
        self.budget.vertex()?;
        self.system.read(Coord { x, y }).map_err(|error| Cql2Error::Geometry(error.to_string()))
    }

    /// What four or six numbers cover; heights are dropped.
    pub(super) fn bbox(&mut self, numbers: &[f64]) -> Result<Expression, Cql2Error> {
        let sides = match *numbers {
            [a, b, c, d] | [a, b, _, c, d, _] => [a, b, c, d],
            _ => {
                return Err(Cql2Error::Geometry(format!(
                    "BBOX 需要 4 或 6 个数字，实际有 {} 个",
                    numbers.len()
                )));
            }
        };
        let region = self.system.region(sides).map_err(|error| Cql2Error::Geometry(error.to_string()))?;
        Ok(Expression::Geometry(region.geometry()))
    }
}

/// A line of at least two positions.
pub(super) fn line(positions: Vec<Coord<f64>>) -> Result<LineString<f64>, Cql2Error> {
    if positions.len() < 2 {
        return Err(Cql2Error::Geometry("线至少需要 2 个坐标点".to_owned()));
    }
    Ok(LineString(positions))
}

/// A polygon of closed rings.
pub(super) fn polygon(rings: Vec<Vec<Coord<f64>>>) -> Result<Polygon<f64>, Cql2Error> {
    for ring in &rings {
        if ring.len() < 4 {
            return Err(Cql2Error::Geometry("面的环至少需要 4 个坐标点".to_owned()));
        }
        if ring.first() != ring.last() {
            return Err(Cql2Error::Geometry("面的环没有闭合，最后一个坐标点必须与第一个相同".to_owned()));
        }
    }
    let mut rings = rings.into_iter().map(LineString);
    let exterior = rings.next().ok_or_else(|| Cql2Error::Geometry("面没有外环".to_owned()))?;
    Ok(Polygon::new(exterior, rings.collect()))
}

/// A geometry with at least one position.
pub(super) fn geometry(geometry: Geometry<f64>) -> Result<Expression, Cql2Error> {
    use geo::HasDimensions;
    if geometry.is_empty() {
        return Err(Cql2Error::Geometry("几何里没有坐标点".to_owned()));
    }
    Ok(Expression::Geometry(geometry))
}

pub(super) fn date(text: &str) -> Result<Expression, Cql2Error> {
    Span::date(text).map(Expression::Time).ok_or_else(|| Cql2Error::Time(shown(text)))
}

pub(super) fn timestamp(text: &str) -> Result<Expression, Cql2Error> {
    Span::timestamp(text).map(Expression::Time).ok_or_else(|| Cql2Error::Time(shown(text)))
}

/// An end of an interval that is written out; `None` for an open one.
pub(super) fn bound(text: &str) -> Result<Option<Expression>, Cql2Error> {
    if matches!(text, ".." | "") {
        return Ok(None);
    }
    Span::instant(text).map(|span| Some(Expression::Time(span))).ok_or_else(|| Cql2Error::Time(shown(text)))
}

/// An interval; one of two literals is a literal.
pub(super) fn interval(start: Option<Expression>, end: Option<Expression>) -> Result<Expression, Cql2Error> {
    let literal = |bound: &Option<Expression>| match bound {
        None => Some(None),
        Some(Expression::Time(span)) => Some(Some(*span)),
        Some(_) => None,
    };
    if let (Some(start), Some(end)) = (literal(&start), literal(&end)) {
        let span = Span::between(start, end);
        return if span.is_reversed() {
            Err(Cql2Error::ReversedInterval)
        } else {
            Ok(Expression::Time(span))
        };
    }
    Ok(Expression::Interval(start.map(Box::new), end.map(Box::new)))
}
