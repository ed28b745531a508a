//! Distance, length and area on the WGS-84 ellipsoid.

use geo::{Coord, Geodesic, GeodesicArea, Geometry, Length, LineString, Polygon};

use super::local_plane::LocalPlane;
use crate::crs::Wgs84;

/// Shortest distance in metres from a position to the shape itself: 0 on a line and inside a polygon,
/// infinite for an empty geometry. Error below 0.1 % up to 50 km, below 1 % anywhere.
///
/// ```
/// use geo::{Geometry, Point};
/// let from = geodata::Wgs84::new(114.4134, 22.6300)?;
/// let north = Geometry::Point(Point::new(114.4134, 22.6400));
/// assert!((geodata::geometry::distance_m(from, &north) - 1107.4).abs() < 1.0);
/// # Ok::<(), geodata::CoordinateError>(())
/// ```
pub fn distance_m(from: Wgs84, to: &Geometry<f64>) -> f64 {
    squared_distance(&LocalPlane::new(from), to).sqrt()
}

fn squared_distance(plane: &LocalPlane, to: &Geometry<f64>) -> f64 {
    match to {
        Geometry::Point(point) => squared(plane.project(point.0)),
        Geometry::MultiPoint(points) => nearest(points.iter().map(|point| squared(plane.project(point.0)))),
        Geometry::Line(line) => to_line(plane, [line.start, line.end]).squared,
        Geometry::LineString(line) => to_line(plane, line.0.iter().copied()).squared,
        Geometry::MultiLineString(lines) => {
            nearest(lines.iter().map(|line| to_line(plane, line.0.iter().copied()).squared))
        }
        Geometry::Polygon(polygon) => to_polygon(plane, polygon),
        Geometry::Rect(rect) => to_polygon(plane, &rect.to_polygon()),
        Geometry::Triangle(triangle) => to_polygon(plane, &triangle.to_polygon()),
        Geometry::MultiPolygon(polygons) => {
            nearest(polygons.iter().map(|polygon| to_polygon(plane, polygon)))
        }
        Geometry::GeometryCollection(parts) => {
            nearest(parts.iter().map(|part| squared_distance(plane, part)))
        }
    }
}

fn nearest(distances: impl Iterator<Item = f64>) -> f64 {
    distances.fold(f64::INFINITY, f64::min)
}

fn squared(position: Coord<f64>) -> f64 {
    position.x * position.x + position.y * position.y
}

/// What one pass along a line tells about the origin of the plane.
struct Passed {
    squared: f64,
    /// Whether a ray from the origin to the east crosses the line an odd number of times.
    encloses: bool,
}

fn to_line(plane: &LocalPlane, positions: impl IntoIterator<Item = Coord<f64>>) -> Passed {
    let mut positions = positions.into_iter();
    let Some(first) = positions.next() else {
        return Passed { squared: f64::INFINITY, encloses: false };
    };
    let mut start = plane.project(first);
    let mut passed = Passed { squared: squared(start), encloses: false };
    for position in positions {
        let end = plane.project(position);
        passed.squared = passed.squared.min(to_segment(start, end));
        if (start.y > 0.0) != (end.y > 0.0) {
            let crossing = start.x - start.y * (end.x - start.x) / (end.y - start.y);
            passed.encloses ^= crossing > 0.0;
        }
        start = end;
    }
    passed
}

fn to_segment(start: Coord<f64>, end: Coord<f64>) -> f64 {
    let along = end - start;
    let length = squared(along);
    if length == 0.0 {
        return squared(start);
    }
    let share = (-(start.x * along.x + start.y * along.y) / length).clamp(0.0, 1.0);
    squared(start + along * share)
}

fn to_polygon(plane: &LocalPlane, polygon: &Polygon<f64>) -> f64 {
    let mut inside = false;
    let mut shortest = f64::INFINITY;
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        let passed = to_line(plane, ring.0.iter().copied());
        inside ^= passed.encloses;
        shortest = shortest.min(passed.squared);
    }
    if inside { 0.0 } else { shortest }
}

/// Area in square metres on the ellipsoid (Karney 2013); holes are subtracted, the winding of rings
/// does not matter, points and lines have none.
///
/// ```
/// use geo::{polygon, Geometry};
/// // About 1.03 km by 1.11 km in 葵涌.
/// let block = Geometry::Polygon(polygon![
///     (x: 114.40, y: 22.62), (x: 114.41, y: 22.62), (x: 114.41, y: 22.63), (x: 114.40, y: 22.63),
/// ]);
/// assert!((geodata::geometry::area_m2(&block) / 1_138_700.0 - 1.0).abs() < 0.001);
/// ```
pub fn area_m2(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Polygon(polygon) => polygon_area_m2(polygon),
        Geometry::Rect(rect) => polygon_area_m2(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_area_m2(&triangle.to_polygon()),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(polygon_area_m2).sum(),
        Geometry::GeometryCollection(parts) => parts.iter().map(area_m2).sum(),
        Geometry::Point(_)
        | Geometry::MultiPoint(_)
        | Geometry::Line(_)
        | Geometry::LineString(_)
        | Geometry::MultiLineString(_) => 0.0,
    }
}

/// Ring by ring, because a hole may wind either way in the files people bring.
fn polygon_area_m2(polygon: &Polygon<f64>) -> f64 {
    let ring_area =
        |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new()).geodesic_area_signed().abs();
    let holes: f64 = polygon.interiors().iter().map(ring_area).sum();
    (ring_area(polygon.exterior()) - holes).max(0.0)
}

/// Length of the lines of a geometry in metres, along geodesics. Points and polygons have none.
///
/// ```
/// use geo::{line_string, Geometry};
/// let trail = Geometry::LineString(line_string![(x: 114.40, y: 22.62), (x: 114.40, y: 22.63)]);
/// assert!((geodata::geometry::length_m(&trail) - 1107.4).abs() < 0.5);
/// ```
pub fn length_m(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Line(line) => Geodesic.length(line),
        Geometry::LineString(line) => Geodesic.length(line),
        Geometry::MultiLineString(lines) => Geodesic.length(lines),
        Geometry::GeometryCollection(parts) => parts.iter().map(length_m).sum(),
        Geometry::Point(_)
        | Geometry::MultiPoint(_)
        | Geometry::Polygon(_)
        | Geometry::MultiPolygon(_)
        | Geometry::Rect(_)
        | Geometry::Triangle(_) => 0.0,
    }
}

#[cfg(test)]
mod tests;
