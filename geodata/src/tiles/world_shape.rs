//! Lines and polygons on the world square, with what decides how much of them a zoom shows.

use geo::{Coord, Geometry, LineString, Polygon};

use super::detail::first_zooms;
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
    pub(super) fn of(geometry: &Geometry<f64>, finest_zoom: u8) -> Self {
        let mut shape = Self::default();
        shape.add(geometry, finest_zoom);
        let paths = shape.polygons.iter().map(|polygon| &polygon.outer).chain(&shape.lines);
        let corners = paths.flat_map(|path| [path.bounds.min, path.bounds.max]);
        shape.bounds = corners.chain(shape.points.iter().copied()).fold(Bounds::default(), Bounds::with);
        shape
    }

    fn add(&mut self, geometry: &Geometry<f64>, finest_zoom: u8) {
        let path = |line: &LineString<f64>| WorldPath::of(&line.0, finest_zoom);
        match geometry {
            Geometry::Point(point) => self.points.push(projected(point.0)),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(|point| projected(point.0))),
            Geometry::Line(line) => self.lines.push(WorldPath::of(&[line.start, line.end], finest_zoom)),
            Geometry::LineString(line) => self.lines.push(path(line)),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().map(path)),
            Geometry::Polygon(polygon) => self.add_polygon(polygon, finest_zoom),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().for_each(|polygon| self.add_polygon(polygon, finest_zoom));
            }
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part, finest_zoom)),
            Geometry::Rect(rect) => self.add_polygon(&rect.to_polygon(), finest_zoom),
            Geometry::Triangle(triangle) => self.add_polygon(&triangle.to_polygon(), finest_zoom),
        }
    }

    fn add_polygon(&mut self, polygon: &Polygon<f64>, finest_zoom: u8) {
        self.polygons.push(WorldPolygon {
            outer: WorldPath::of(&polygon.exterior().0, finest_zoom),
            holes: polygon.interiors().iter().map(|hole| WorldPath::of(&hole.0, finest_zoom)).collect(),
        });
    }
}

impl WorldPath {
    fn of(positions: &[Coord<f64>], finest_zoom: u8) -> Self {
        let positions: Vec<[u32; 2]> = positions.iter().copied().map(projected).collect();
        Self {
            first_zooms: first_zooms(&positions, finest_zoom),
            bounds: positions.iter().copied().fold(Bounds::default(), Bounds::with),
            positions,
        }
    }
}

fn projected(Coord { x: lon, y: lat }: Coord<f64>) -> [u32; 2] {
    let WorldPoint { x, y } = WorldPoint::of(Wgs84 { lon, lat });
    [x, y]
}
