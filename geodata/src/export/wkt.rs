//! Geometry as well-known text (ISO 13249-3, OGC 06-103r4 section 7).

use geo::{Coord, Geometry, LineString, Polygon};

use crate::geometry::write_number;

/// Decimals of a degree that are stored (about 1 cm).
pub(super) const DECIMALS: u8 = 7;

/// Appends the geometry as WKT with at most seven decimals.
///
/// ```
/// let mut text = Vec::new();
/// geodata::export::write_wkt(&geo::Point::new(114.4134, 22.63).into(), &mut text);
/// assert_eq!(text, b"POINT (114.4134 22.63)");
/// ```
pub fn write_wkt(geometry: &Geometry<f64>, out: &mut Vec<u8>) {
    match geometry {
        Geometry::Point(point) => tagged("POINT", out, |out| wrapped(point.0, out)),
        Geometry::Line(line) => {
            tagged("LINESTRING", out, |out| list(&[line.start, line.end], out, |at, out| position(*at, out)));
        }
        Geometry::LineString(line) => tagged("LINESTRING", out, |out| positions(line, out)),
        Geometry::Polygon(shape) => tagged("POLYGON", out, |out| polygon(shape, out)),
        Geometry::Rect(rect) => tagged("POLYGON", out, |out| polygon(&rect.to_polygon(), out)),
        Geometry::Triangle(shape) => tagged("POLYGON", out, |out| polygon(&shape.to_polygon(), out)),
        Geometry::MultiPoint(points) => {
            tagged("MULTIPOINT", out, |out| list(&points.0, out, |point, out| wrapped(point.0, out)));
        }
        Geometry::MultiLineString(lines) => {
            tagged("MULTILINESTRING", out, |out| list(&lines.0, out, positions));
        }
        Geometry::MultiPolygon(shapes) => tagged("MULTIPOLYGON", out, |out| list(&shapes.0, out, polygon)),
        Geometry::GeometryCollection(parts) => {
            tagged("GEOMETRYCOLLECTION", out, |out| list(&parts.0, out, write_wkt));
        }
    }
}

fn tagged(tag: &str, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(tag.as_bytes());
    out.push(b' ');
    body(out);
}

fn list<T>(items: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    if items.is_empty() {
        out.extend_from_slice(b"EMPTY");
        return;
    }
    out.push(b'(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b')');
}

fn position(at: Coord<f64>, out: &mut Vec<u8>) {
    write_number(at.x, DECIMALS, out);
    out.push(b' ');
    write_number(at.y, DECIMALS, out);
}

fn wrapped(at: Coord<f64>, out: &mut Vec<u8>) {
    out.push(b'(');
    position(at, out);
    out.push(b')');
}

fn positions(line: &LineString<f64>, out: &mut Vec<u8>) {
    list(&line.0, out, |at, out| position(*at, out));
}

fn polygon(shape: &Polygon<f64>, out: &mut Vec<u8>) {
    let exterior = Some(shape.exterior()).filter(|ring| !ring.0.is_empty());
    let rings: Vec<&LineString<f64>> = exterior.into_iter().chain(shape.interiors()).collect();
    list(&rings, out, |ring, out| positions(ring, out));
}
