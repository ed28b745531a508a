//! Harmless deviations that are put right without asking.

use geo::{
    CoordsIter, Geometry, LineString, MultiLineString, Orient, RemoveRepeatedPoints, orient::Direction,
};

/// Winds exterior rings counter-clockwise and holes clockwise (RFC 7946 §3.1.6) and drops positions
/// that repeat their predecessor. Nothing else is moved, added or removed; a line or ring that would
/// lose its lawful length keeps its repetitions, so that [`super::faults`] still sees it. A shape with a position
/// that is no number, which no ring can be wound through, stays as it is for the same reason.
pub fn repaired(geometry: Geometry<f64>) -> Geometry<f64> {
    if !geometry.coords_iter().all(|position| position.x.is_finite() && position.y.is_finite()) {
        return geometry;
    }
    match geometry {
        Geometry::LineString(line) => without_repeats(line).into(),
        Geometry::MultiLineString(lines) => {
            MultiLineString(lines.into_iter().map(without_repeats).collect()).into()
        }
        Geometry::Polygon(polygon) => polygon.remove_repeated_points().orient(Direction::Default).into(),
        Geometry::MultiPolygon(polygons) => {
            polygons.remove_repeated_points().orient(Direction::Default).into()
        }
        Geometry::GeometryCollection(parts) => {
            Geometry::GeometryCollection(parts.into_iter().map(repaired).collect())
        }
        other => other,
    }
}

fn without_repeats(line: LineString<f64>) -> LineString<f64> {
    let shorter = line.remove_repeated_points();
    if shorter.0.len() < 2 { line } else { shorter }
}
