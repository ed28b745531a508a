//! The table `Geometry` of feature.fbs.

use geo::{Coord, Geometry, LineString, Polygon};

use super::flatbuffer::{Buffer, Field, Slot};

/// Kinds of geometry (header.fbs, `GeometryType`).
const UNKNOWN: u8 = 0;
const POINT: u8 = 1;
const LINE_STRING: u8 = 2;
const POLYGON: u8 = 3;
const MULTI_POINT: u8 = 4;
const MULTI_LINE_STRING: u8 = 5;
const MULTI_POLYGON: u8 = 6;
const GEOMETRY_COLLECTION: u8 = 7;

fn kind_of(shape: &Geometry<f64>) -> u8 {
    match shape {
        Geometry::Point(_) => POINT,
        Geometry::Line(_) | Geometry::LineString(_) => LINE_STRING,
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => POLYGON,
        Geometry::MultiPoint(_) => MULTI_POINT,
        Geometry::MultiLineString(_) => MULTI_LINE_STRING,
        Geometry::MultiPolygon(_) => MULTI_POLYGON,
        Geometry::GeometryCollection(_) => GEOMETRY_COLLECTION,
    }
}

/// The kind that all shapes have; unknown where they differ.
pub(super) fn common_kind<'g>(mut shapes: impl Iterator<Item = &'g Geometry<f64>>) -> u8 {
    let Some(first) = shapes.next().map(kind_of) else { return UNKNOWN };
    if shapes.all(|shape| kind_of(shape) == first) { first } else { UNKNOWN }
}

/// Writes a shape with its kind, so that it can be read whatever the header says.
pub(super) fn write(shape: &Geometry<f64>, at: Slot, buffer: &mut Buffer<'_>) {
    let kind = kind_of(shape);
    match shape {
        Geometry::Point(point) => runs(kind, at, &[&[point.0]], buffer),
        Geometry::Line(line) => runs(kind, at, &[&[line.start, line.end]], buffer),
        Geometry::LineString(line) => runs(kind, at, &[&line.0], buffer),
        Geometry::Polygon(polygon) => rings(polygon, at, buffer),
        Geometry::Rect(rect) => rings(&rect.to_polygon(), at, buffer),
        Geometry::Triangle(triangle) => rings(&triangle.to_polygon(), at, buffer),
        Geometry::MultiPoint(points) => {
            let positions: Vec<Coord<f64>> = points.iter().map(|point| point.0).collect();
            runs(kind, at, &[&positions], buffer);
        }
        Geometry::MultiLineString(lines) => {
            let lines: Vec<&[Coord<f64>]> = lines.iter().map(|line| line.0.as_slice()).collect();
            runs(kind, at, &lines, buffer);
        }
        Geometry::MultiPolygon(polygons) => {
            let slots = parts(kind, at, polygons.0.len(), buffer);
            for (polygon, slot) in polygons.iter().zip(slots) {
                rings(polygon, slot, buffer);
            }
        }
        Geometry::GeometryCollection(members) => {
            let slots = parts(kind, at, members.0.len(), buffer);
            for (member, slot) in members.iter().zip(slots) {
                write(member, slot, buffer);
            }
        }
    }
}

fn rings(polygon: &Polygon<f64>, at: Slot, buffer: &mut Buffer<'_>) {
    let exterior = Some(polygon.exterior()).filter(|ring| !ring.0.is_empty());
    let rings: Vec<&[Coord<f64>]> = exterior
        .into_iter()
        .chain(polygon.interiors())
        .map(|ring: &LineString<f64>| ring.0.as_slice())
        .collect();
    runs(POLYGON, at, &rings, buffer);
}

fn parts(kind: u8, at: Slot, count: usize, buffer: &mut Buffer<'_>) -> Vec<Slot> {
    let [parts] = buffer.table(at, &[(6, Field::U8(kind)), (7, Field::Reference)]);
    buffer.references(parts, count)
}

/// Runs of positions, one behind the other; where each ends is written if there are several.
fn runs(kind: u8, at: Slot, runs: &[&[Coord<f64>]], buffer: &mut Buffer<'_>) {
    let count: usize = runs.iter().map(|run| run.len()).sum();
    let positions = runs.iter().flat_map(|run| run.iter()).flat_map(|at| [at.x, at.y]);
    if runs.len() > 1 {
        let [ends, xy] =
            buffer.table(at, &[(0, Field::Reference), (1, Field::Reference), (6, Field::U8(kind))]);
        let mut end = 0;
        let each_end: Vec<u32> = runs
            .iter()
            .map(|run| {
                end += run.len();
                u32::try_from(end).unwrap_or(u32::MAX)
            })
            .collect();
        buffer.u32s(ends, &each_end);
        buffer.f64s(xy, 2 * count, positions);
    } else {
        let [xy] = buffer.table(at, &[(1, Field::Reference), (6, Field::U8(kind))]);
        buffer.f64s(xy, 2 * count, positions);
    }
}
