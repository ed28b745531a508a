//! What is wrong with a shape, by the rules of simple features (OGC 06-103r4 §6.1).

use geo::line_intersection::line_intersection;
use geo::{
    Contains, Coord, CoordsIter, Geometry, HasDimensions, Intersects, Line, LineIntersection, LineString,
    Point, Polygon,
};

use crate::crs::{CoordinateError, Wgs84};

/// A fault of a geometry that was readable.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryFault {
    /// No positions at all.
    #[error("几何没有任何坐标，请补画")]
    Empty,
    /// A position that is not on Earth.
    #[error("{0}")]
    NotOnEarth(CoordinateError),
    /// A line or ring with too few different positions.
    #[error("线至少要有 2 个、面至少要有 3 个不同的坐标点，请补画")]
    TooFewPositions,
    /// A position that repeats its predecessor.
    #[error("坐标点 {lon},{lat} 连续重复，请删去多余的点")]
    RepeatedPosition {
        /// Longitude of the repeated position, degrees.
        lon: f64,
        /// Latitude of the repeated position, degrees.
        lat: f64,
    },
    /// A ring that crosses or touches itself, or runs back on itself.
    #[error("面的边界在 {lon},{lat} 附近自相交，请在地图软件中修正边界")]
    SelfCrossing {
        /// Longitude of one crossing, degrees.
        lon: f64,
        /// Latitude of one crossing, degrees.
        lat: f64,
    },
    /// Two rings of a polygon that cross or share an edge.
    #[error("面的两条边界在 {lon},{lat} 附近相交，请在地图软件中修正边界")]
    RingsCross {
        /// Longitude of one crossing, degrees.
        lon: f64,
        /// Latitude of one crossing, degrees.
        lat: f64,
    },
    /// A hole outside its polygon.
    #[error("面的内环不在外环之内，请检查环的次序")]
    HoleOutside,
    /// Too many segments lie across one another to be checked.
    #[error("边界过于密集，无法检查是否自相交，请先简化")]
    TooComplex,
}

impl GeometryFault {
    /// A stable English name: `empty`, `not_on_earth`, `too_few_positions`, `repeated_position`,
    /// `self_crossing`, `rings_cross`, `hole_outside`, `too_complex`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotOnEarth(_) => "not_on_earth",
            Self::TooFewPositions => "too_few_positions",
            Self::RepeatedPosition { .. } => "repeated_position",
            Self::SelfCrossing { .. } => "self_crossing",
            Self::RingsCross { .. } => "rings_cross",
            Self::HoleOutside => "hole_outside",
            Self::TooComplex => "too_complex",
        }
    }

    /// Whether the shape still means what its author drew ([`super::repaired`] puts these right).
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::RepeatedPosition { .. })
    }
}

/// Pairs of segments compared at most, about a second of work.
const MOST_COMPARISONS: usize = 30_000_000;

/// Every kind of fault the geometry has, at most one of each kind per line or polygon.
///
/// ```
/// use geo::{polygon, Geometry};
/// use geodata::geometry::{faults, GeometryFault};
/// let bow_tie = Geometry::Polygon(polygon![
///     (x: 114.40, y: 22.62), (x: 114.41, y: 22.63), (x: 114.41, y: 22.62), (x: 114.40, y: 22.63),
/// ]);
/// assert!(matches!(faults(&bow_tie)[..], [GeometryFault::SelfCrossing { .. }]));
/// ```
pub fn faults(geometry: &Geometry<f64>) -> Vec<GeometryFault> {
    if geometry.is_empty() {
        return vec![GeometryFault::Empty];
    }
    // The planar tests below need finite positions.
    let off_earth = geometry.coords_iter().find_map(|at| Wgs84::new(at.x, at.y).err());
    if let Some(error) = off_earth {
        return vec![GeometryFault::NotOnEarth(error)];
    }
    let mut found = Vec::new();
    collect(geometry, &mut found);
    found
}

fn collect(geometry: &Geometry<f64>, found: &mut Vec<GeometryFault>) {
    match geometry {
        Geometry::LineString(line) => line_faults(line, 2, found),
        Geometry::MultiLineString(lines) => {
            lines.iter().for_each(|line| line_faults(line, 2, found));
        }
        Geometry::Polygon(polygon) => polygon_faults(polygon, found),
        Geometry::MultiPolygon(polygons) => {
            polygons.iter().for_each(|polygon| polygon_faults(polygon, found));
        }
        Geometry::GeometryCollection(parts) => {
            parts.iter().for_each(|part| collect(part, found));
        }
        Geometry::Line(line) => line_faults(&LineString::from(line), 2, found),
        Geometry::Point(_) | Geometry::MultiPoint(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {}
    }
}

fn line_faults(line: &LineString<f64>, needed: usize, found: &mut Vec<GeometryFault>) {
    let mut distinct = usize::from(!line.0.is_empty());
    let mut repeated = None;
    for step in line.lines() {
        if step.start == step.end {
            repeated = Some(step.start);
        } else {
            distinct += 1;
        }
    }
    if distinct < needed {
        found.push(GeometryFault::TooFewPositions);
    } else if let Some(Coord { x: lon, y: lat }) = repeated {
        found.push(GeometryFault::RepeatedPosition { lon, lat });
    }
}

/// Whether rings of the polygon cross themselves or one another.
pub(super) fn crosses_itself(polygon: &Polygon<f64>) -> bool {
    !crossings(ring_segments(polygon)).is_empty()
}

fn ring_segments(polygon: &Polygon<f64>) -> Vec<Segment> {
    std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .enumerate()
        .flat_map(|(ring, positions)| Segment::of_ring(ring, positions))
        .collect()
}

fn polygon_faults(polygon: &Polygon<f64>, found: &mut Vec<GeometryFault>) {
    let before = found.len();
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        // The closing position repeats the first one, hence four for a triangle.
        line_faults(ring, 4, found);
    }
    if found.iter().skip(before).any(|fault| !fault.is_harmless()) {
        return;
    }
    found.extend(crossings(ring_segments(polygon)));
    if polygon.interiors().iter().any(|hole| lies_outside(hole, polygon.exterior())) {
        found.push(GeometryFault::HoleOutside);
    }
}

fn lies_outside(hole: &LineString<f64>, exterior: &LineString<f64>) -> bool {
    let shell = Polygon::new(exterior.clone(), Vec::new());
    // A hole may touch the shell in single points, so one position off the shell's edge decides.
    hole.0
        .iter()
        .map(|position| Point(*position))
        .find(|position| !exterior.intersects(position))
        .is_some_and(|position| !shell.contains(&position))
}

/// One edge of a ring, with its place in the ring so that neighbours are told apart.
struct Segment {
    line: Line<f64>,
    ring: usize,
    place: usize,
    ring_length: usize,
}

impl Segment {
    fn of_ring(ring: usize, positions: &LineString<f64>) -> Vec<Self> {
        let lines: Vec<_> = positions.lines().filter(|line| line.start != line.end).collect();
        let ring_length = lines.len();
        lines.into_iter().enumerate().map(|(place, line)| Self { line, ring, place, ring_length }).collect()
    }

    fn west(&self) -> f64 {
        self.line.start.x.min(self.line.end.x)
    }

    fn east(&self) -> f64 {
        self.line.start.x.max(self.line.end.x)
    }

    fn is_apart_in_latitude(&self, other: &Self) -> bool {
        let range = |line: &Line<f64>| (line.start.y.min(line.end.y), line.start.y.max(line.end.y));
        let ((south, north), (other_south, other_north)) = (range(&self.line), range(&other.line));
        north < other_south || other_north < south
    }

    fn is_next_to(&self, other: &Self) -> bool {
        let gap = self.place.abs_diff(other.place);
        gap == 1 || gap + 1 == self.ring_length
    }

    fn fault_with(&self, other: &Self) -> Option<GeometryFault> {
        if self.is_apart_in_latitude(other) {
            return None;
        }
        let met = line_intersection(self.line, other.line)?;
        let (at, is_touch) = match met {
            LineIntersection::SinglePoint { intersection, is_proper } => (intersection, !is_proper),
            LineIntersection::Collinear { intersection } => {
                (intersection.start, intersection.start == intersection.end)
            }
        };
        let Coord { x: lon, y: lat } = at;
        if self.ring != other.ring {
            return (!is_touch).then_some(GeometryFault::RingsCross { lon, lat });
        }
        let is_allowed = is_touch && self.is_next_to(other);
        (!is_allowed).then_some(GeometryFault::SelfCrossing { lon, lat })
    }
}

/// Sweeps from west to east and compares the segments that overlap in longitude.
fn crossings(mut segments: Vec<Segment>) -> Vec<GeometryFault> {
    segments.sort_by(|a, b| a.west().total_cmp(&b.west()));
    let (mut self_crossing, mut rings_cross) = (None, None);
    let mut comparisons = 0_usize;
    for (index, segment) in segments.iter().enumerate() {
        let east = segment.east();
        for other in segments.iter().skip(index + 1).take_while(|other| other.west() <= east) {
            comparisons += 1;
            match segment.fault_with(other) {
                Some(fault @ GeometryFault::RingsCross { .. }) => _ = rings_cross.get_or_insert(fault),
                Some(fault) => _ = self_crossing.get_or_insert(fault),
                None => {}
            }
        }
        if comparisons > MOST_COMPARISONS {
            return self_crossing.into_iter().chain(rings_cross).chain([GeometryFault::TooComplex]).collect();
        }
    }
    self_crossing.into_iter().chain(rings_cross).collect()
}

#[cfg(test)]
mod tests;
