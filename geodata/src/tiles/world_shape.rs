//! Lines and polygons on the world square, with what decides how much of them a zoom shows.

use geo::{Coord, Geometry, Polygon};

use super::detail::Detail;
use crate::crs::Wgs84;
use crate::snapshot::WorldPoint;

/// A geometry on the world square of 2^32 units.
#[derive(Debug, Default)]
pub(super) struct WorldShape {
    pub(super) points: Vec<[u32; 2]>,
    pub(super) lines: Vec<WorldPath>,
    pub(super) polygons: Vec<WorldPolygon>,
    /// West, north, east, south of it all.
    pub(super) bounds: Bounds,
}

/// An outer ring with its holes.
#[derive(Debug)]
pub(super) struct WorldPolygon {
    pub(super) outer: WorldPath,
    pub(super) holes: Vec<WorldPath>,
}

/// A line, or a ring whose last position is its first.
#[derive(Debug)]
pub(super) struct WorldPath {
    pub(super) positions: Vec<[u32; 2]>,
    /// First zoom at which each position is drawn.
    pub(super) first_zooms: Vec<u8>,
    pub(super) bounds: Bounds,
}

/// An upright rectangle on the world square, edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: [u32; 2],
    pub(super) max: [u32; 2],
}

impl Default for Bounds {
    /// Around nothing.
    fn default() -> Self {
        Self { min: [u32::MAX; 2], max: [0; 2] }
    }
}

impl Bounds {
    fn with(self, [x, y]: [u32; 2]) -> Self {
        Self { min: [self.min[0].min(x), self.min[1].min(y)], max: [self.max[0].max(x), self.max[1].max(y)] }
    }
}

impl WorldShape {
    /// Projects a shape. Details are told apart up to `finest_zoom`; at later ones all is drawn.
    pub(super) fn of(geometry: &Geometry<f64>, finest_zoom: u8, detail: &mut Detail) -> Self {
        let mut shape = Self::default();
        shape.add(geometry, &mut |positions| WorldPath::of(positions, finest_zoom, detail));
        let paths = shape.polygons.iter().map(|polygon| &polygon.outer).chain(&shape.lines);
        let corners = paths.flat_map(|path| [path.bounds.min, path.bounds.max]);
        shape.bounds = corners.chain(shape.points.iter().copied()).fold(Bounds::default(), Bounds::with);
        shape
    }

    fn add(&mut self, geometry: &Geometry<f64>, path: &mut impl FnMut(&[Coord<f64>]) -> WorldPath) {
        match geometry {
            Geometry::Point(point) => self.points.push(projected(point.0)),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(|point| projected(point.0))),
            Geometry::Line(line) => self.lines.push(path(&[line.start, line.end])),
            Geometry::LineString(line) => self.lines.push(path(&line.0)),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().map(|line| path(&line.0))),
            Geometry::Polygon(polygon) => self.add_polygon(polygon, path),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().for_each(|polygon| self.add_polygon(polygon, path));
            }
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part, path)),
            Geometry::Rect(rect) => self.add_polygon(&rect.to_polygon(), path),
            Geometry::Triangle(triangle) => self.add_polygon(&triangle.to_polygon(), path),
        }
    }

    fn add_polygon(&mut self, polygon: &Polygon<f64>, path: &mut impl FnMut(&[Coord<f64>]) -> WorldPath) {
        self.polygons.push(WorldPolygon {
            outer: path(&polygon.exterior().0),
            holes: polygon.interiors().iter().map(|hole| path(&hole.0)).collect(),
        });
    }
}

impl WorldPath {
    fn of(positions: &[Coord<f64>], finest_zoom: u8, detail: &mut Detail) -> Self {
        let positions: Vec<[u32; 2]> = positions.iter().copied().map(projected).collect();
        Self {
            first_zooms: detail.first_zooms(&positions, finest_zoom),
            bounds: positions.iter().copied().fold(Bounds::default(), Bounds::with),
            positions,
        }
    }
}

fn projected(Coord { x: lon, y: lat }: Coord<f64>) -> [u32; 2] {
    let WorldPoint { x, y } = WorldPoint::of(Wgs84 { lon, lat });
    [x, y]
}
