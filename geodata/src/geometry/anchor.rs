//! The one position that stands for a shape on the map.

use geo::{BoundingRect, Coord, Geometry, InteriorPoint, LineString, MultiPoint, Polygon};

use super::local_plane::LocalPlane;
use super::measure::{area_m2, length_m};
use crate::crs::Wgs84;

/// Where the marker of a geometry goes: the point itself, a point on the line half-way along, an
/// interior point of the polygon; of several parts, the largest one's. `None` for an empty geometry.
///
/// ```
/// use geo::{line_string, Geometry};
/// let greenway = Geometry::LineString(line_string![(x: 114.40, y: 22.62), (x: 114.42, y: 22.62)]);
/// let marker = geodata::geometry::anchor(&greenway).unwrap();
/// assert!((marker.lon - 114.41).abs() < 1e-9 && (marker.lat - 22.62).abs() < 1e-9);
/// ```
pub fn anchor(geometry: &Geometry<f64>) -> Option<Wgs84> {
    let at = match geometry {
        Geometry::Point(point) => Some(point.0),
        Geometry::MultiPoint(points) => of_points(points),
        Geometry::Line(line) => Some((line.start + line.end) / 2.0),
        Geometry::LineString(line) => of_line(line),
        Geometry::MultiLineString(lines) => {
            largest(lines.iter(), |line| length_m(&Geometry::LineString((*line).clone()))).and_then(of_line)
        }
        Geometry::Polygon(polygon) => of_polygon(polygon),
        Geometry::Rect(rect) => Some(rect.center()),
        Geometry::Triangle(triangle) => of_polygon(&triangle.to_polygon()),
        Geometry::MultiPolygon(polygons) => {
            largest(polygons.iter(), |polygon| area_m2(&Geometry::Polygon((*polygon).clone())))
                .and_then(of_polygon)
        }
        Geometry::GeometryCollection(parts) => {
            let weightiest = largest(parts.iter(), |part| area_m2(part))
                .filter(|part| area_m2(part) > 0.0)
                .or_else(|| largest(parts.iter(), |part| length_m(part)));
            return weightiest.and_then(anchor).or_else(|| parts.iter().find_map(anchor));
        }
    };
    at.map(|Coord { x: lon, y: lat }| Wgs84 { lon, lat })
}

/// The first of the greatest.
fn largest<T>(items: impl Iterator<Item = T>, size: impl Fn(&T) -> f64) -> Option<T> {
    items
        .map(|item| (size(&item), item))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, item)| item)
}

fn of_points(points: &MultiPoint<f64>) -> Option<Coord<f64>> {
    points.interior_point().map(|point| point.0)
}

fn of_line(line: &LineString<f64>) -> Option<Coord<f64>> {
    let first = *line.0.first()?;
    let plane = LocalPlane::new(Wgs84 { lon: first.x, lat: first.y });
    let step_m = |from: Coord<f64>, to: Coord<f64>| {
        let step = plane.project(to) - plane.project(from);
        step.x.hypot(step.y)
    };
    let total_m: f64 = line.lines().map(|step| step_m(step.start, step.end)).sum();
    let mut left_m = total_m / 2.0;
    for step in line.lines() {
        let length_m = step_m(step.start, step.end);
        if length_m > 0.0 && length_m >= left_m {
            return Some(step.start + step.delta() * (left_m / length_m));
        }
        left_m -= length_m;
    }
    Some(first)
}

/// The middle of the widest part of the polygon on a line from west to east, half-way up. Falls back
/// on the crate's search, and on a corner, for polygons without area.
fn of_polygon(polygon: &Polygon<f64>) -> Option<Coord<f64>> {
    widest_crossing(polygon).or_else(|| {
        polygon
            .interior_point()
            .map(|point| point.0)
            .filter(|at| at.x.is_finite() && at.y.is_finite())
            .or_else(|| polygon.exterior().0.first().copied())
    })
}

fn widest_crossing(polygon: &Polygon<f64>) -> Option<Coord<f64>> {
    let y = height_between_corners(polygon)?;
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let mut crossings: Vec<f64> = rings
        .flat_map(LineString::lines)
        .filter(|edge| (edge.start.y > y) != (edge.end.y > y))
        .map(|edge| edge.start.x + (y - edge.start.y) * edge.dx() / edge.dy())
        .collect();
    crossings.sort_unstable_by(f64::total_cmp);
    let (inside, _) = crossings.as_chunks::<2>();
    let [west, east] = inside
        .iter()
        .copied()
        .reduce(|best, next| if next[1] - next[0] > best[1] - best[0] { next } else { best })
        .filter(|[west, east]| west < east)?;
    Some(Coord { x: f64::midpoint(west, east), y })
}

/// A height near the middle at which no corner lies, so that edges are crossed and not touched.
fn height_between_corners(polygon: &Polygon<f64>) -> Option<f64> {
    let middle = polygon.bounding_rect()?.center().y;
    let corners = || {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).flat_map(|ring| &ring.0).map(|at| at.y)
    };
    let below = corners().filter(|y| *y <= middle).fold(f64::NEG_INFINITY, f64::max);
    let above = corners().filter(|y| *y > middle).fold(f64::INFINITY, f64::min);
    Some(f64::midpoint(below, above)).filter(|y| y.is_finite() && below < *y && *y < above)
}

#[cfg(test)]
mod tests;
