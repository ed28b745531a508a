//! Nearest places as the crow flies, for many positions.

use geo::{BoundingRect, Contains, Coord, Geometry, LineString, Point};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// Distance of the positions that stand for an outline, metres: at 1000 m the error is 8 cm.
const STRIDE_M: f64 = 25.0;
/// Positions of one edge of an outline.
const MOST_STRIDES: f64 = 4_000.0;
/// Metres of a degree of latitude, from below.
const LEAST_M_PER_DEGREE: f64 = 110_500.0;

/// The shapes of a kind of place.
pub(super) struct Shapes<'s> {
    outlines: RTree<f64>,
    points: Vec<Coord<f64>>,
    boxes: RTree<f64>,
    areas: Vec<&'s Geometry<f64>>,
}

impl<'s> Shapes<'s> {
    pub(super) fn new(shapes: impl Iterator<Item = &'s Geometry<f64>>) -> Self {
        let (mut points, mut areas) = (Vec::new(), Vec::new());
        for shape in shapes {
            outline(shape, &mut points);
            if matches!(shape, Geometry::Polygon(_) | Geometry::MultiPolygon(_)) {
                areas.push(shape);
            }
        }
        let mut builder = RTreeBuilder::new(u32::try_from(points.len()).unwrap_or(u32::MAX));
        for at in &points {
            builder.add(at.x, at.y, at.x, at.y);
        }
        let outlines = builder.finish::<HilbertSort>();
        let mut builder = RTreeBuilder::new(u32::try_from(areas.len()).unwrap_or(u32::MAX));
        for area in &areas {
            let rect = area.bounding_rect().unwrap_or(geo::Rect::new(Coord::zero(), Coord::zero()));
            builder.add(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
        }
        Self { outlines, points, boxes: builder.finish::<HilbertSort>(), areas }
    }

    /// Decimetres to the nearest shape, rounded up, within a distance.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn nearest_dm(&self, at: Wgs84, within_m: f64) -> Option<u32> {
        let here = Point::new(at.lon, at.lat);
        let is_inside = self
            .boxes
            .search(at.lon, at.lat, at.lon, at.lat)
            .into_iter()
            .any(|area| self.areas.get(area as usize).is_some_and(|area| area.contains(&here)));
        if is_inside {
            return Some(0);
        }
        let plane = LocalPlane::new(at);
        let mut reach_m = (within_m / 8.0).max(50.0);
        // Most positions find something near; the box grows for the others.
        loop {
            let up = reach_m / LEAST_M_PER_DEGREE;
            let across = up / at.lat.to_radians().cos().max(0.01);
            let found = self.outlines.search(at.lon - across, at.lat - up, at.lon + across, at.lat + up);
            let nearest = found
                .into_iter()
                .filter_map(|point| self.points.get(point as usize))
                .map(|point| {
                    let step = plane.project(*point);
                    step.x.hypot(step.y)
                })
                .reduce(f64::min)
                .filter(|distance_m| *distance_m <= reach_m.min(within_m));
            if let Some(distance_m) = nearest {
                return Some((distance_m * 10.0).ceil() as u32);
            }
            if reach_m >= within_m {
                return None;
            }
            reach_m = (reach_m * 2.0).min(within_m);
        }
    }
}

fn outline(shape: &Geometry<f64>, points: &mut Vec<Coord<f64>>) {
    match shape {
        Geometry::Point(point) => points.push(point.0),
        Geometry::MultiPoint(several) => points.extend(several.iter().map(|point| point.0)),
        Geometry::Line(line) => strides(&LineString(vec![line.start, line.end]), points),
        Geometry::LineString(line) => strides(line, points),
        Geometry::MultiLineString(lines) => lines.iter().for_each(|line| strides(line, points)),
        Geometry::Polygon(polygon) => strides(polygon.exterior(), points),
        Geometry::MultiPolygon(polygons) => {
            for polygon in polygons {
                strides(polygon.exterior(), points);
            }
        }
        Geometry::Rect(rect) => strides(rect.to_polygon().exterior(), points),
        Geometry::Triangle(triangle) => strides(triangle.to_polygon().exterior(), points),
        Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| outline(part, points)),
    }
}

fn strides(line: &LineString<f64>, points: &mut Vec<Coord<f64>>) {
    points.extend(line.0.first());
    for step in line.lines() {
        let plane = LocalPlane::new(Wgs84 { lon: step.start.x, lat: step.start.y });
        let to = plane.project(step.end);
        let parts = (to.x.hypot(to.y) / STRIDE_M).ceil().clamp(1.0, MOST_STRIDES);
        let mut part = 1.0;
        while part <= parts {
            points.push(step.start + step.delta() * (part / parts));
            part += 1.0;
        }
    }
}
