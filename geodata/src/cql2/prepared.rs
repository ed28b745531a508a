//! Spatial literals made ready to be compared with many features.

mod positions;
mod raster;

use geo::{BoundingRect, Coord, CoordsIter, Geometry, Intersects, LineString, Polygon, Relate};

use super::error::Cql2Error;
use super::expression::SpatialOperator;
use crate::geometry::{GeometryFault, faults};
use raster::{Place, Raster, Share};

/// West, south, east, north in degrees.
pub(crate) type Envelope = [f64; 4];

/// A literal with what makes comparing it quick.
#[derive(Debug)]
pub(crate) struct Prepared {
    shape: Geometry<f64>,
    envelope: Envelope,
    vertices: u64,
    /// Of polygons.
    raster: Option<Raster>,
    /// A position of each polygon, to find out whether something surrounds it.
    tips: Vec<Coord<f64>>,
}

impl Prepared {
    /// # Errors
    /// When the shape is empty or crosses itself, so that it has no inside.
    pub(crate) fn new(shape: Geometry<f64>) -> Result<Self, Cql2Error> {
        // A repeated position changes nothing about the shape.
        let fault =
            faults(&shape).into_iter().find(|fault| !matches!(fault, GeometryFault::RepeatedPosition { .. }));
        if let Some(fault) = fault {
            return Err(Cql2Error::Geometry(fault.to_string()));
        }
        let envelope =
            envelope_of(&shape).ok_or_else(|| Cql2Error::Geometry("几何里没有坐标点".to_owned()))?;
        let polygons: Vec<&Polygon<f64>> = match &shape {
            Geometry::Polygon(polygon) => vec![polygon],
            Geometry::MultiPolygon(polygons) => polygons.iter().collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            raster: (!polygons.is_empty()).then(|| Raster::new(&polygons, envelope)),
            tips: polygons.iter().filter_map(|polygon| polygon.exterior().0.first().copied()).collect(),
            vertices: shape.coords_count() as u64,
            envelope,
            shape,
        })
    }

    pub(crate) fn envelope(&self) -> Envelope {
        self.envelope
    }

    pub(crate) fn shape(&self) -> &Geometry<f64> {
        &self.shape
    }

    /// Whether what lies in `envelope` lies to this literal as the operator says, where the envelope and
    /// the raster tell: for nearly all features, and always for points and polygons. `work` is raised by
    /// the positions that had to be looked at.
    pub(crate) fn by_envelope(
        &self,
        operator: SpatialOperator,
        envelope: &Envelope,
        work: &mut u64,
    ) -> Option<bool> {
        if !meet(envelope, &self.envelope) {
            return Some(operator == SpatialOperator::Disjoint);
        }
        match operator {
            SpatialOperator::Intersects => self.meets_envelope(envelope, work),
            SpatialOperator::Disjoint => self.meets_envelope(envelope, work).map(|meets| !meets),
            SpatialOperator::Within if !inside(envelope, &self.envelope) => Some(false),
            SpatialOperator::Within => match self.share(envelope)? {
                Share::Inside => Some(true),
                Share::Outside => Some(false),
                Share::Mixed => None,
            },
            SpatialOperator::Contains => (!inside(&self.envelope, envelope)).then_some(false),
            SpatialOperator::Equals => {
                let same = inside(&self.envelope, envelope) && inside(envelope, &self.envelope);
                (!same).then_some(false)
            }
            SpatialOperator::Touches | SpatialOperator::Overlaps | SpatialOperator::Crosses => {
                (self.share(envelope)? != Share::Mixed).then_some(false)
            }
        }
    }

    fn meets_envelope(&self, envelope: &Envelope, work: &mut u64) -> Option<bool> {
        let raster = self.raster.as_ref()?;
        match raster.share(envelope) {
            Share::Inside => Some(true),
            Share::Outside => Some(false),
            Share::Mixed => {
                let [west, south, east, north] = *envelope;
                let is_point = west >= east && south >= north;
                is_point.then(|| raster.holds(Coord { x: west, y: south }, work))
            }
        }
    }

    /// Whether a shape with this position lies to this literal as the operator says, where that position
    /// tells.
    pub(crate) fn by_tip(&self, operator: SpatialOperator, tip: Coord<f64>, work: &mut u64) -> Option<bool> {
        let raster = self.raster.as_ref()?;
        match (operator, raster.place(tip, work)) {
            (SpatialOperator::Intersects, Place::Inside | Place::OnOutline) => Some(true),
            (SpatialOperator::Disjoint, Place::Inside | Place::OnOutline)
            | (SpatialOperator::Within, Place::Outside) => Some(false),
            _ => None,
        }
    }

    /// Whether `feature`, which lies in `envelope`, lies to this literal as the operator says.
    pub(crate) fn holds(
        &self,
        operator: SpatialOperator,
        feature: &Geometry<f64>,
        envelope: &Envelope,
        work: &mut u64,
    ) -> bool {
        self.by_envelope(operator, envelope, work)
            .unwrap_or_else(|| self.by_shape(operator, feature, envelope, work))
    }

    /// The same where the envelope does not tell.
    pub(crate) fn by_shape(
        &self,
        operator: SpatialOperator,
        feature: &Geometry<f64>,
        envelope: &Envelope,
        work: &mut u64,
    ) -> bool {
        match operator {
            SpatialOperator::Intersects => self.intersects(feature, work),
            SpatialOperator::Disjoint => !self.intersects(feature, work),
            _ => self
                .by_positions(operator, feature, envelope, work)
                .unwrap_or_else(|| relates(operator, feature, &self.shape, work)),
        }
    }

    fn share(&self, envelope: &Envelope) -> Option<Share> {
        self.raster.as_ref().map(|raster| raster.share(envelope))
    }

    /// By the shapes, where the envelope does not tell.
    fn intersects(&self, feature: &Geometry<f64>, work: &mut u64) -> bool {
        if let Some(raster) = &self.raster {
            return self.meets(raster, feature, work);
        }
        *work += product(self.vertices, feature);
        feature.intersects(&self.shape)
    }

    /// Whether a feature whose envelope the outline runs through meets the polygons.
    fn meets(&self, raster: &Raster, feature: &Geometry<f64>, work: &mut u64) -> bool {
        match feature {
            Geometry::Point(point) => raster.holds(point.0, work),
            Geometry::MultiPoint(points) => points.iter().any(|point| raster.holds(point.0, work)),
            Geometry::LineString(line) => raster.meets(line, work),
            Geometry::MultiLineString(lines) => lines.iter().any(|line| raster.meets(line, work)),
            Geometry::Polygon(polygon) => self.meets_polygon(raster, polygon, work),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().any(|polygon| self.meets_polygon(raster, polygon, work))
            }
            Geometry::GeometryCollection(parts) => parts.iter().any(|part| self.meets(raster, part, work)),
            other => {
                *work += product(self.vertices, other);
                other.intersects(&self.shape)
            }
        }
    }

    /// Outlines meet, or the literal lies in the feature.
    fn meets_polygon(&self, raster: &Raster, polygon: &Polygon<f64>, work: &mut u64) -> bool {
        if rings(polygon).any(|ring| raster.meets(ring, work)) {
            return true;
        }
        *work += product(self.tips.len() as u64, polygon.exterior());
        self.tips.iter().any(|tip| polygon.intersects(tip))
    }
}

/// The outer ring of a polygon and its holes.
fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

/// Whether `a` lies to `b` as the operator says, by the matrix of their relation.
pub(crate) fn relates(
    operator: SpatialOperator,
    a: &Geometry<f64>,
    b: &Geometry<f64>,
    work: &mut u64,
) -> bool {
    /// Building the matrix of a position costs many times looking at it.
    const MATRIX_COST: u64 = 16;
    *work += MATRIX_COST * (a.coords_count() as u64 + b.coords_count() as u64);
    let matrix = a.relate(b);
    match operator {
        SpatialOperator::Intersects => matrix.is_intersects(),
        SpatialOperator::Equals => matrix.is_equal_topo(),
        SpatialOperator::Disjoint => matrix.is_disjoint(),
        SpatialOperator::Touches => matrix.is_touches(),
        SpatialOperator::Within => matrix.is_within(),
        SpatialOperator::Overlaps => matrix.is_overlaps(),
        SpatialOperator::Crosses => matrix.is_crosses(),
        SpatialOperator::Contains => matrix.is_contains(),
    }
}

/// The operator with its two sides changed.
pub(super) fn mirrored(operator: SpatialOperator) -> SpatialOperator {
    match operator {
        SpatialOperator::Within => SpatialOperator::Contains,
        SpatialOperator::Contains => SpatialOperator::Within,
        same => same,
    }
}

/// West, south, east, north of a shape.
pub(crate) fn envelope_of(shape: &Geometry<f64>) -> Option<Envelope> {
    let bounds = shape.bounding_rect()?;
    Some([bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y])
}

fn product(vertices: u64, shape: &impl CoordsIter<Scalar = f64>) -> u64 {
    vertices.saturating_mul(shape.coords_count() as u64)
}

fn meet(a: &Envelope, b: &Envelope) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

fn inside(inner: &Envelope, outer: &Envelope) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

#[cfg(test)]
mod tests;
