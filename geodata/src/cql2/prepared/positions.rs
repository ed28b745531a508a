//! Operators answered by where the positions of a feature lie to a polygon and by whether outlines meet: for
//! all but the few features that touch the outline, and many times quicker than the matrix of the relation.

use geo::{Geometry, Intersects, LineString, Polygon};

use super::raster::{Place, Raster};
use super::{Envelope, Prepared, inside, product, rings};
use crate::cql2::expression::SpatialOperator;

/// Where the positions of a feature lie.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    inside: bool,
    on_outline: bool,
    outside: bool,
}

impl Found {
    fn add(&mut self, place: Place) {
        match place {
            Place::Inside => self.inside = true,
            Place::OnOutline => self.on_outline = true,
            Place::Outside => self.outside = true,
        }
    }

    fn all_inside(self) -> bool {
        self.inside && !self.on_outline && !self.outside
    }

    fn all_outside(self) -> bool {
        self.outside && !self.on_outline && !self.inside
    }
}

impl Prepared {
    /// Whether `feature` lies to this literal as the operator says. Nothing where only the matrix tells: where
    /// the feature touches the outline, and for shapes of several parts.
    pub(super) fn by_positions(
        &self,
        operator: SpatialOperator,
        feature: &Geometry<f64>,
        envelope: &Envelope,
        work: &mut u64,
    ) -> Option<bool> {
        let (Some(raster), Geometry::Polygon(literal)) = (&self.raster, &self.shape) else { return None };
        match feature {
            Geometry::Point(point) => of_point(operator, raster.place(point.0, work)),
            Geometry::LineString(line) => of_line(operator, raster, line, work),
            Geometry::Polygon(polygon) => {
                let reaches_beyond = !inside(&self.envelope, envelope);
                of_polygon(operator, raster, (literal, reaches_beyond), polygon, work)
            }
            _ => None,
        }
    }
}

fn of_point(operator: SpatialOperator, place: Place) -> Option<bool> {
    match operator {
        SpatialOperator::Within => Some(place == Place::Inside),
        SpatialOperator::Touches => Some(place == Place::OnOutline),
        // Only shapes of one dimension overlap, and a single position is not on two sides.
        SpatialOperator::Overlaps | SpatialOperator::Crosses => Some(false),
        _ => None,
    }
}

fn of_line(
    operator: SpatialOperator,
    raster: &Raster,
    line: &LineString<f64>,
    work: &mut u64,
) -> Option<bool> {
    if operator == SpatialOperator::Overlaps {
        return Some(false);
    }
    let found = places(std::iter::once(line), raster, work);
    let (is_within, is_apart) = match found {
        found if found.all_inside() => (!raster.crosses_line(line, work), false),
        found if found.all_outside() => (false, !raster.crosses_line(line, work)),
        _ => (false, false),
    };
    match operator {
        SpatialOperator::Within if found.outside => Some(false),
        SpatialOperator::Within => is_within.then_some(true),
        SpatialOperator::Touches => (found.inside || is_apart).then_some(false),
        SpatialOperator::Crosses if found.inside && found.outside => Some(true),
        SpatialOperator::Crosses => (is_within || is_apart).then_some(false),
        _ => None,
    }
}

/// `reaches_beyond` is whether the literal is known to have a part outside the feature.
fn of_polygon(
    operator: SpatialOperator,
    raster: &Raster,
    (literal, reaches_beyond): (&Polygon<f64>, bool),
    polygon: &Polygon<f64>,
    work: &mut u64,
) -> Option<bool> {
    if operator == SpatialOperator::Crosses {
        return Some(false);
    }
    let found = places(rings(polygon), raster, work);
    // Where no outlines meet, a ring of the literal lies in the feature as a whole or not at all.
    let mut is_clear_of = |literal_rings: &mut dyn Iterator<Item = &LineString<f64>>| {
        !rings(polygon).any(|ring| raster.crosses_line(ring, work))
            && literal_rings.filter_map(|ring| ring.0.first()).all(|tip| {
                *work += product(1, polygon);
                !polygon.intersects(tip)
            })
    };
    let (is_within, is_apart) = match found {
        found if found.all_inside() => (is_clear_of(&mut literal.interiors().iter()), false),
        found if found.all_outside() => (false, is_clear_of(&mut rings(literal))),
        _ => (false, false),
    };
    match operator {
        SpatialOperator::Within if found.outside => Some(false),
        SpatialOperator::Within => is_within.then_some(true),
        SpatialOperator::Touches => (found.inside || is_apart).then_some(false),
        SpatialOperator::Overlaps if found.inside && found.outside && reaches_beyond => Some(true),
        SpatialOperator::Overlaps => (is_within || is_apart).then_some(false),
        _ => None,
    }
}

/// Where positions lie; what is both inside and outside need not be looked at further.
fn places<'l>(lines: impl Iterator<Item = &'l LineString<f64>>, raster: &Raster, work: &mut u64) -> Found {
    let mut found = Found::default();
    for position in lines.flat_map(|line| &line.0) {
        found.add(raster.place(*position, work));
        if found.inside && found.outside {
            break;
        }
    }
    found
}
