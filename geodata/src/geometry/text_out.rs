//! `GeoJSON` geometry text (RFC 7946 §3.1) without the general formatting machinery: numbers are
//! rounded to a fixed count of decimals and written as integer digits.

use geo::{Coord, Geometry, LineString, Polygon};

/// More decimals than this do not fit the integer arithmetic and mean nothing on Earth (0.1 mm).
const MOST_DECIMALS: u8 = 9;
/// 10^0 … 10^9.
const SCALES: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Appends the geometry as `GeoJSON` with at most `decimals` decimals (at most 9; trailing zeros are
/// trimmed). Rounding is half away from zero.
///
/// ```
/// use geo::{Geometry, Point};
/// let mut text = Vec::new();
/// geodata::geometry::write_geometry(&Geometry::Point(Point::new(114.4134, 22.63)), 6, &mut text);
/// assert_eq!(text, br#"{"type":"Point","coordinates":[114.4134,22.63]}"#);
/// ```
pub fn write_geometry(geometry: &Geometry<f64>, decimals: u8, out: &mut Vec<u8>) {
    let writer = Writer { decimals };
    match geometry {
        Geometry::Point(point) => {
            object("Point", out, |out| writer.position(point.0, out));
        }
        Geometry::MultiPoint(points) => {
            object("MultiPoint", out, |out| {
                list(points, out, |point, out| writer.position(point.0, out));
            });
        }
        Geometry::Line(line) => {
            object("LineString", out, |out| {
                list([line.start, line.end], out, |position, out| writer.position(position, out));
            });
        }
        Geometry::LineString(line) => {
            object("LineString", out, |out| writer.line(line, out));
        }
        Geometry::MultiLineString(lines) => {
            object("MultiLineString", out, |out| {
                list(lines, out, |line, out| writer.line(line, out));
            });
        }
        Geometry::Polygon(polygon) => writer.polygon_object(polygon, out),
        Geometry::Rect(rect) => writer.polygon_object(&rect.to_polygon(), out),
        Geometry::Triangle(triangle) => writer.polygon_object(&triangle.to_polygon(), out),
        Geometry::MultiPolygon(polygons) => {
            object("MultiPolygon", out, |out| {
                list(polygons, out, |polygon, out| writer.polygon(polygon, out));
            });
        }
        Geometry::GeometryCollection(collection) => {
            out.extend_from_slice(br#"{"type":"GeometryCollection","geometries":"#);
            list(collection, out, |part, out| write_geometry(part, decimals, out));
            out.push(b'}');
        }
    }
}

#[derive(Clone, Copy)]
struct Writer {
    decimals: u8,
}

impl Writer {
    fn polygon_object(self, polygon: &Polygon<f64>, out: &mut Vec<u8>) {
        object("Polygon", out, |out| self.polygon(polygon, out));
    }

    fn polygon(self, polygon: &Polygon<f64>, out: &mut Vec<u8>) {
        // An empty polygon is an empty array, not an array that holds one empty ring.
        let exterior = Some(polygon.exterior()).filter(|ring| !ring.0.is_empty());
        list(exterior.into_iter().chain(polygon.interiors()), out, |ring, out| self.line(ring, out));
    }

    fn line(self, line: &LineString<f64>, out: &mut Vec<u8>) {
        list(&line.0, out, |position, out| self.position(*position, out));
    }

    fn position(self, position: Coord<f64>, out: &mut Vec<u8>) {
        out.push(b'[');
        write_number(position.x, self.decimals, out);
        out.push(b',');
        write_number(position.y, self.decimals, out);
        out.push(b']');
    }
}

fn object(kind: &str, out: &mut Vec<u8>, coordinates: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(br#"","coordinates":"#);
    coordinates(out);
    out.push(b'}');
}

fn list<T>(items: impl IntoIterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

/// Appends `number` as a JSON number with at most `decimals` decimals (at most 9), trailing zeros
/// trimmed. Meant for coordinates and measures: magnitudes above 9·10^18 / 10^decimals are cut there,
/// and NaN, which JSON cannot hold, becomes 0.
pub fn write_number(number: f64, decimals: u8, out: &mut Vec<u8>) {
    let decimals = decimals.min(MOST_DECIMALS);
    let scale = SCALES.get(usize::from(decimals)).copied().unwrap_or(1.0);
    let scaled = number * scale;
    #[expect(clippy::cast_possible_truncation, reason = "saturates; documented above")]
    let scaled = (scaled + 0.5_f64.copysign(scaled)) as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    write_scaled(scaled.unsigned_abs(), decimals, out);
}

/// Most digits of a `u64`, the decimal point and a leading zero.
const LONGEST_NUMBER: usize = 22;

/// Writes `digits` / 10^`decimals`.
fn write_scaled(mut digits: u64, mut decimals: u8, out: &mut Vec<u8>) {
    while decimals > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        decimals -= 1;
    }
    // Least significant digit first, so filled from the end.
    let mut text = [0_u8; LONGEST_NUMBER];
    let mut length = 0;
    let mut slots = text.iter_mut().rev();
    let mut put = |character: u8| {
        if let Some(slot) = slots.next() {
            *slot = character;
            length += 1;
        }
    };
    let digit = |digits: u64| b'0' + (digits % 10) as u8;
    for _ in 0..decimals {
        put(digit(digits));
        digits /= 10;
    }
    if decimals > 0 {
        put(b'.');
    }
    loop {
        put(digit(digits));
        digits /= 10;
        if digits == 0 {
            break;
        }
    }
    out.extend_from_slice(text.get(LONGEST_NUMBER - length..).unwrap_or_default());
}

#[cfg(test)]
mod tests;
