//! Well-known binary (ISO 13249-3, OGC 06-103r4 §8): how geometries rest in the database.
//!
//! Two-dimensional only. Written little-endian; read in either byte order.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

use super::error::{DEEPEST_COLLECTION, GeometryError};

const LITTLE_ENDIAN: u8 = 1;
const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;
const GEOMETRY_COLLECTION: u32 = 7;
const POSITION_BYTES: usize = 16;

/// Encodes as little-endian ISO WKB. A `Line` becomes a line string, a `Rect` or `Triangle` a polygon.
///
/// ```
/// use geo::{Geometry, Point};
/// let peak = Geometry::Point(Point::new(114.4629, 22.6437));
/// let bytes = geodata::geometry::to_wkb(&peak);
/// assert_eq!(bytes.len(), 21);
/// assert_eq!(geodata::geometry::from_wkb(&bytes)?, peak);
/// # Ok::<(), geodata::geometry::GeometryError>(())
/// ```
pub fn to_wkb(geometry: &Geometry<f64>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    put_geometry(geometry, &mut out);
    out
}

fn put_geometry(geometry: &Geometry<f64>, out: &mut Vec<u8>) {
    match geometry {
        Geometry::Point(point) => put_point(*point, out),
        Geometry::Line(line) => {
            put_line_string(&LineString::from(line), out);
        }
        Geometry::LineString(line) => put_line_string(line, out),
        Geometry::Polygon(polygon) => put_polygon(polygon, out),
        Geometry::Rect(rect) => put_polygon(&rect.to_polygon(), out),
        Geometry::Triangle(triangle) => put_polygon(&triangle.to_polygon(), out),
        Geometry::MultiPoint(points) => {
            put_header(MULTI_POINT, points.0.len(), out);
            points.iter().for_each(|point| put_point(*point, out));
        }
        Geometry::MultiLineString(lines) => {
            put_header(MULTI_LINE_STRING, lines.0.len(), out);
            lines.iter().for_each(|line| put_line_string(line, out));
        }
        Geometry::MultiPolygon(polygons) => {
            put_header(MULTI_POLYGON, polygons.0.len(), out);
            polygons.iter().for_each(|polygon| put_polygon(polygon, out));
        }
        Geometry::GeometryCollection(parts) => {
            put_header(GEOMETRY_COLLECTION, parts.0.len(), out);
            parts.iter().for_each(|part| put_geometry(part, out));
        }
    }
}

fn put_kind(kind: u32, out: &mut Vec<u8>) {
    out.push(LITTLE_ENDIAN);
    out.extend_from_slice(&kind.to_le_bytes());
}

/// WKB counts are 32 bits wide; a longer list would need 64 GiB of positions.
fn put_count(count: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_header(kind: u32, count: usize, out: &mut Vec<u8>) {
    put_kind(kind, out);
    put_count(count, out);
}

fn put_position(position: Coord<f64>, out: &mut Vec<u8>) {
    out.extend_from_slice(&position.x.to_le_bytes());
    out.extend_from_slice(&position.y.to_le_bytes());
}

fn put_positions(positions: &[Coord<f64>], out: &mut Vec<u8>) {
    put_count(positions.len(), out);
    out.reserve(positions.len() * POSITION_BYTES);
    for position in positions {
        put_position(*position, out);
    }
}

fn put_point(point: Point<f64>, out: &mut Vec<u8>) {
    put_kind(POINT, out);
    put_position(point.0, out);
}

fn put_line_string(line: &LineString<f64>, out: &mut Vec<u8>) {
    put_kind(LINE_STRING, out);
    put_positions(&line.0, out);
}

fn put_polygon(polygon: &Polygon<f64>, out: &mut Vec<u8>) {
    if polygon.exterior().0.is_empty() {
        return put_header(POLYGON, 0, out);
    }
    put_header(POLYGON, 1 + polygon.interiors().len(), out);
    put_positions(&polygon.exterior().0, out);
    for ring in polygon.interiors() {
        put_positions(&ring.0, out);
    }
}

/// Decodes two-dimensional ISO WKB of either byte order.
///
/// # Errors
/// Truncated or trailing bytes, unknown or three-dimensional kinds, counts that exceed the bytes,
/// collections nested deeper than 16.
pub fn from_wkb(bytes: &[u8]) -> Result<Geometry<f64>, GeometryError> {
    read(Reader { rest: bytes, little_endian: true, may_have_heights: false, further_numbers: 0 })
}

/// [`from_wkb`] that also takes heights and measures (kinds above 1000, ISO 13249-3) and drops them, for
/// files of other programs.
pub(super) fn from_foreign_wkb(bytes: &[u8]) -> Result<Geometry<f64>, GeometryError> {
    read(Reader { rest: bytes, little_endian: true, may_have_heights: true, further_numbers: 0 })
}

fn read(mut reader: Reader<'_>) -> Result<Geometry<f64>, GeometryError> {
    let geometry = reader.geometry(0)?;
    if reader.rest.is_empty() { Ok(geometry) } else { Err(GeometryError::Wkb("末尾有多余的字节")) }
}

struct Reader<'b> {
    rest: &'b [u8],
    little_endian: bool,
    may_have_heights: bool,
    /// Numbers behind each position: a height, a measure, both.
    further_numbers: usize,
}

const TRUNCATED: GeometryError = GeometryError::Wkb("字节不足");
const UNKNOWN_KIND: GeometryError = GeometryError::Wkb("不是二维的点、线、面或它们的集合");

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], GeometryError> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<u32, GeometryError> {
        let bytes = self.take()?;
        Ok(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of items that take at least `item_bytes` each, so that a lie cannot reserve memory.
    fn count(&mut self, item_bytes: usize) -> Result<usize, GeometryError> {
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if count > self.rest.len() / item_bytes {
            return Err(TRUNCATED);
        }
        Ok(count)
    }

    fn number(&self, bytes: [u8; 8]) -> f64 {
        if self.little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    }

    fn position(&mut self) -> Result<Coord<f64>, GeometryError> {
        let (x, y) = (self.take()?, self.take()?);
        for _ in 0..self.further_numbers {
            self.take::<8>()?;
        }
        Ok(Coord { x: self.number(x), y: self.number(y) })
    }

    fn positions(&mut self) -> Result<LineString<f64>, GeometryError> {
        let count = self.count(POSITION_BYTES + 8 * self.further_numbers)?;
        if self.further_numbers > 0 {
            return (0..count).map(|_| self.position()).collect();
        }
        let (head, rest) = self.rest.split_at_checked(count * POSITION_BYTES).ok_or(TRUNCATED)?;
        self.rest = rest;
        let (numbers, _) = head.as_chunks::<8>();
        let (pairs, _) = numbers.as_chunks::<2>();
        Ok(LineString(pairs.iter().map(|[x, y]| Coord { x: self.number(*x), y: self.number(*y) }).collect()))
    }

    fn header(&mut self) -> Result<u32, GeometryError> {
        let [order] = self.take()?;
        self.little_endian = match order {
            0 => false,
            LITTLE_ENDIAN => true,
            _ => return Err(GeometryError::Wkb("字节序标记不是 0 或 1")),
        };
        let kind = self.u32()?;
        if !self.may_have_heights {
            return Ok(kind);
        }
        self.further_numbers = match kind / 1000 {
            0 => 0,
            1 | 2 => 1,
            3 => 2,
            _ => return Err(UNKNOWN_KIND),
        };
        Ok(kind % 1000)
    }

    fn header_of(&mut self, kind: u32) -> Result<(), GeometryError> {
        if self.header()? == kind { Ok(()) } else { Err(UNKNOWN_KIND) }
    }

    fn geometry(&mut self, depth: usize) -> Result<Geometry<f64>, GeometryError> {
        if depth > DEEPEST_COLLECTION {
            return Err(GeometryError::TooDeep { at: "WKB".to_owned() });
        }
        Ok(match self.header()? {
            POINT => Geometry::Point(Point(self.position()?)),
            LINE_STRING => Geometry::LineString(self.positions()?),
            POLYGON => Geometry::Polygon(self.polygon()?),
            MULTI_POINT => Geometry::MultiPoint(MultiPoint(self.parts(21, |reader| {
                reader.header_of(POINT)?;
                reader.position().map(Point)
            })?)),
            MULTI_LINE_STRING => Geometry::MultiLineString(MultiLineString(self.parts(9, |reader| {
                reader.header_of(LINE_STRING)?;
                reader.positions()
            })?)),
            MULTI_POLYGON => Geometry::MultiPolygon(MultiPolygon(self.parts(9, |reader| {
                reader.header_of(POLYGON)?;
                reader.polygon()
            })?)),
            GEOMETRY_COLLECTION => Geometry::GeometryCollection(GeometryCollection(
                self.parts(9, |reader| reader.geometry(depth + 1))?,
            )),
            _ => return Err(UNKNOWN_KIND),
        })
    }

    fn parts<T>(
        &mut self,
        smallest_bytes: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, GeometryError>,
    ) -> Result<Vec<T>, GeometryError> {
        let count = self.count(smallest_bytes)?;
        (0..count).map(|_| read(self)).collect()
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, GeometryError> {
        let mut rings = self.parts(4, Self::positions)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }
}

#[cfg(test)]
mod tests;
