//! The `.shp` of a Shapefile. Heights and measures are passed over.

use geo::{
    Area, BoundingRect, Contains, Coord, Geometry, Intersects, LineString, MultiLineString, MultiPoint,
    MultiPolygon, Point, Polygon, Rect,
};

use super::super::MOST_POSITIONS;
use super::super::error::ImportError;
use super::super::row::RowFault;

const PART: &str = ".shp";
const HEADER_BYTES: usize = 100;
const FILE_CODE: u32 = 9994;
/// More rings than any place has; each hole is looked for in each exterior.
const MOST_RINGS: usize = 10_000;

/// A shape, or none, or why it cannot be read.
type Shape = Result<Option<Geometry<f64>>, RowFault>;

/// Reads records one by one.
pub(super) struct Shapes<'b> {
    bytes: &'b [u8],
    at: usize,
}

fn damaged(offset: usize, reason: &'static str) -> ImportError {
    ImportError::Damaged { part: PART, offset, reason }
}

const TRUNCATED: RowFault = RowFault::Malformed("图形的坐标点比它写明的少");

impl<'b> Shapes<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Result<Self, ImportError> {
        let code = bytes.first_chunk::<4>().map(|code| u32::from_be_bytes(*code));
        if code != Some(FILE_CODE) {
            return Err(damaged(0, "开头不是 Shapefile 的标记"));
        }
        if bytes.len() < HEADER_BYTES {
            return Err(damaged(bytes.len(), "文件头不全"));
        }
        Ok(Self { bytes, at: HEADER_BYTES })
    }

    /// The next shape; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Shape>, ImportError> {
        let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) else {
            return Ok(None);
        };
        let Some((_number, after)) = rest.split_first_chunk::<4>() else {
            return Err(damaged(self.at, "记录头不全"));
        };
        let Some((words, content)) = after.split_first_chunk::<4>() else {
            return Err(damaged(self.at, "记录头不全"));
        };
        let length = (u32::from_be_bytes(*words) as usize).saturating_mul(2);
        let Some(content) = content.get(..length) else {
            return Err(damaged(self.at, "记录没有写完"));
        };
        self.at += 8 + length;
        Ok(Some(shape(content)))
    }

    /// Where a record begins that nobody asked for.
    pub(super) fn surplus(&self) -> Option<usize> {
        (self.at < self.bytes.len()).then_some(self.at)
    }
}

fn shape(content: &[u8]) -> Shape {
    let mut reader = Reader(content);
    let kind = reader.u32()?;
    match kind {
        0 => Ok(None),
        1 | 11 | 21 => Ok(Some(Geometry::Point(Point(reader.position()?)))),
        8 | 18 | 28 => {
            reader.skip(32)?;
            let count = reader.u32()?;
            let points = reader.positions(count)?.into_iter().map(Point).collect();
            Ok(Some(Geometry::MultiPoint(MultiPoint(points))))
        }
        3 | 13 | 23 => Ok(lines(reader.runs()?)),
        5 | 15 | 25 => Ok(polygons(reader.runs()?)),
        31 => Err(RowFault::UnknownShape("MultiPatch".to_owned())),
        other => Err(RowFault::UnknownShape(other.to_string())),
    }
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn take<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], RowFault> {
        let (taken, rest) = self.0.split_first_chunk::<BYTES>().ok_or(TRUNCATED)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn skip(&mut self, bytes: usize) -> Result<(), RowFault> {
        self.0 = self.0.get(bytes..).ok_or(TRUNCATED)?;
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, RowFault> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    fn position(&mut self) -> Result<Coord<f64>, RowFault> {
        let (x, y) = (f64::from_le_bytes(self.take()?), f64::from_le_bytes(self.take()?));
        Ok(Coord { x, y })
    }

    fn positions(&mut self, count: u32) -> Result<Vec<Coord<f64>>, RowFault> {
        let found = count as usize;
        if found > MOST_POSITIONS {
            return Err(RowFault::TooManyPositions { found });
        }
        if found * 16 > self.0.len() {
            return Err(TRUNCATED);
        }
        (0..found).map(|_| self.position()).collect()
    }

    /// The parts of a line or polygon.
    fn runs(&mut self) -> Result<Vec<Vec<Coord<f64>>>, RowFault> {
        self.skip(32)?;
        let (parts, count) = (self.u32()? as usize, self.u32()?);
        if parts > MOST_RINGS {
            return Err(RowFault::Malformed("图形的部分超过 10,000 个，请拆开"));
        }
        let starts = (0..parts).map(|_| self.u32().map(|start| start as usize));
        let starts = starts.collect::<Result<Vec<usize>, _>>()?;
        let positions = self.positions(count)?;
        let ends = starts.iter().skip(1).copied().chain([positions.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(start, end)| {
                let run = positions.get(*start..end).map(<[_]>::to_vec);
                run.ok_or(RowFault::Malformed("图形各部分的起点次序不对"))
            })
            .collect()
    }
}

fn lines(runs: Vec<Vec<Coord<f64>>>) -> Option<Geometry<f64>> {
    let mut lines: Vec<LineString<f64>> =
        runs.into_iter().filter(|run| run.len() > 1).map(LineString).collect();
    if lines.len() > 1 {
        Some(Geometry::MultiLineString(MultiLineString(lines)))
    } else {
        lines.pop().map(Geometry::LineString)
    }
}

/// Exterior rings wind clockwise, holes counter-clockwise, in any order. A hole belongs to the smallest
/// exterior around it; one around which there is none is taken as an exterior that was wound wrongly.
fn polygons(runs: Vec<Vec<Coord<f64>>>) -> Option<Geometry<f64>> {
    let rings =
        runs.into_iter().filter(|run| run.len() > 3).map(|run| Polygon::new(LineString(run), Vec::new()));
    let (mut exteriors, holes): (Vec<Polygon<f64>>, Vec<Polygon<f64>>) =
        rings.partition(|ring| ring.signed_area() <= 0.0);
    let boxes: Vec<(Option<Rect<f64>>, f64)> =
        exteriors.iter().map(|ring| (ring.bounding_rect(), ring.unsigned_area())).collect();
    let mut strays = Vec::new();
    for hole in holes {
        let outline = hole.bounding_rect();
        let around = exteriors.iter().zip(&boxes).enumerate().filter(|(_, (ring, (rect, _)))| {
            rect.zip(outline).is_some_and(|(rect, outline)| rect.contains(&outline) || rect == outline)
                && lies_in(&hole, ring)
        });
        let smallest = around.min_by(|(_, (_, (_, one))), (_, (_, (_, other)))| one.total_cmp(other));
        match smallest.map(|(index, _)| index).and_then(|index| exteriors.get_mut(index)) {
            Some(exterior) => exterior.interiors_push(hole.exterior().clone()),
            None => strays.push(hole),
        }
    }
    exteriors.extend(strays);
    if exteriors.len() > 1 {
        Some(Geometry::MultiPolygon(MultiPolygon(exteriors)))
    } else {
        exteriors.pop().map(Geometry::Polygon)
    }
}

/// Whether a hole lies in a ring; it may touch it in single points.
fn lies_in(hole: &Polygon<f64>, ring: &Polygon<f64>) -> bool {
    let shell = Polygon::new(ring.exterior().clone(), Vec::new());
    let off_edge = hole.exterior().0.iter().map(|at| Point(*at)).find(|at| !ring.exterior().intersects(at));
    off_edge.is_none_or(|at| shell.contains(&at))
}
