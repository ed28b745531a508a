//! Intermediate positions on long segments.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Polygon};

/// Positions added to one geometry at most. A drawing that would need more spans countries; its
/// segments are then cut into longer pieces.
const MOST_ADDED: f64 = 50_000.0;
/// Length of a degree of latitude; a degree of longitude is never longer by more than 0.2 %.
const M_PER_DEGREE: f64 = 111_320.0;

/// Cuts every segment longer than `longest_m` metres into equal pieces of at most that length
/// (measured on a sphere, so to within 1 %). Points are returned as they are.
pub(crate) fn densified(geometry: &Geometry<f64>, longest_m: f64) -> Geometry<f64> {
    let pieces = Pieces { longest_m: longest_m.max(total_length_m(geometry) / MOST_ADDED) };
    pieces.geometry(geometry)
}

fn segment_m(from: Coord<f64>, to: Coord<f64>) -> f64 {
    let shrink = f64::midpoint(from.y, to.y).to_radians().cos();
    ((to.x - from.x) * shrink).hypot(to.y - from.y) * M_PER_DEGREE
}

fn total_length_m(geometry: &Geometry<f64>) -> f64 {
    let of_line = |line: &LineString<f64>| -> f64 {
        line.lines().map(|segment| segment_m(segment.start, segment.end)).sum()
    };
    let of_polygon = |polygon: &Polygon<f64>| -> f64 {
        of_line(polygon.exterior()) + polygon.interiors().iter().map(of_line).sum::<f64>()
    };
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => 0.0,
        Geometry::Line(line) => segment_m(line.start, line.end),
        Geometry::LineString(line) => of_line(line),
        Geometry::MultiLineString(lines) => lines.iter().map(of_line).sum(),
        Geometry::Polygon(polygon) => of_polygon(polygon),
        Geometry::Rect(rect) => of_polygon(&rect.to_polygon()),
        Geometry::Triangle(triangle) => of_polygon(&triangle.to_polygon()),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(of_polygon).sum(),
        Geometry::GeometryCollection(parts) => parts.iter().map(total_length_m).sum(),
    }
}

#[derive(Clone, Copy)]
struct Pieces {
    longest_m: f64,
}

impl Pieces {
    fn geometry(self, geometry: &Geometry<f64>) -> Geometry<f64> {
        match geometry {
            Geometry::Point(_) | Geometry::MultiPoint(_) => geometry.clone(),
            Geometry::Line(line) => self.line(&LineString::from(line)).into(),
            Geometry::LineString(line) => self.line(line).into(),
            Geometry::MultiLineString(lines) => {
                MultiLineString(lines.iter().map(|line| self.line(line)).collect()).into()
            }
            Geometry::Polygon(polygon) => self.polygon(polygon).into(),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()).into(),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()).into(),
            Geometry::MultiPolygon(polygons) => {
                MultiPolygon(polygons.iter().map(|polygon| self.polygon(polygon)).collect()).into()
            }
            Geometry::GeometryCollection(parts) => {
                Geometry::GeometryCollection(parts.iter().map(|part| self.geometry(part)).collect())
            }
        }
    }

    fn polygon(self, polygon: &Polygon<f64>) -> Polygon<f64> {
        Polygon::new(
            self.line(polygon.exterior()),
            polygon.interiors().iter().map(|ring| self.line(ring)).collect(),
        )
    }

    fn line(self, line: &LineString<f64>) -> LineString<f64> {
        let mut positions = Vec::with_capacity(line.0.len());
        positions.extend(line.0.first().copied());
        for segment in line.lines() {
            let pieces = (segment_m(segment.start, segment.end) / self.longest_m).ceil();
            let mut piece = 1.0;
            while piece < pieces {
                positions.push(segment.start + segment.delta() * (piece / pieces));
                piece += 1.0;
            }
            positions.push(segment.end);
        }
        LineString(positions)
    }
}
