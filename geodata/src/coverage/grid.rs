//! A region as cells of land.

use geo::{BoundingRect, Coord, Geometry, LineString, MultiPolygon, Polygon};

use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// Cells are at least this large, metres.
const SMALLEST_CELL_M: f64 = 50.0;
/// Cells of the box around a region; larger regions get larger cells.
const MOST_CELLS: f64 = 120_000.0;
/// Cell sizes are multiples of this, metres.
const CELL_STEP_M: f64 = 10.0;

/// A grid over a region.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) cell_m: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
    corner: Coord<f64>,
    step: Coord<f64>,
    /// Which area each cell lies in: 0 in none, else one more than its number.
    pub(super) owners: Vec<u32>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "numbers of cells are bounded"
)]
impl Grid {
    /// Lays a grid over areas; a cell belongs to the first that holds its middle. `None` without land.
    pub(super) fn over(areas: &[&Geometry<f64>]) -> Option<Self> {
        let rects: Vec<_> = areas.iter().filter_map(|area| area.bounding_rect()).collect();
        let least = |of: fn(&geo::Rect<f64>) -> f64| rects.iter().map(of).reduce(f64::min);
        let most = |of: fn(&geo::Rect<f64>) -> f64| rects.iter().map(of).reduce(f64::max);
        let min = Coord { x: least(|rect| rect.min().x)?, y: least(|rect| rect.min().y)? };
        let max = Coord { x: most(|rect| rect.max().x)?, y: most(|rect| rect.max().y)? };
        let middle = (min + max) / 2.0;
        let plane = LocalPlane::new(Wgs84 { lon: middle.x, lat: middle.y });
        let size = plane.project(Coord { x: max.x, y: middle.y }).x
            - plane.project(Coord { x: min.x, y: middle.y }).x;
        let height = plane.project(Coord { x: middle.x, y: max.y }).y
            - plane.project(Coord { x: middle.x, y: min.y }).y;
        if !(size > 0.0 && height > 0.0) {
            return None;
        }
        let wanted_m = (size * height / MOST_CELLS).sqrt().max(SMALLEST_CELL_M);
        let cell_m = (wanted_m / CELL_STEP_M).ceil() * CELL_STEP_M;
        // A row of empty cells around, so that outlines close.
        let columns = (size / cell_m).ceil() as usize + 2;
        let rows = (height / cell_m).ceil() as usize + 2;
        let step = Coord { x: (max.x - min.x) / size * cell_m, y: (max.y - min.y) / height * cell_m };
        let mut grid =
            Self { cell_m, columns, rows, corner: min - step / 2.0, step, owners: vec![0; columns * rows] };
        for (area, number) in areas.iter().zip(1..) {
            grid.fill(area, number);
        }
        Some(grid)
    }

    /// Middle of a cell.
    pub(super) fn at(&self, cell: usize) -> Wgs84 {
        let (column, row) = (cell % self.columns, cell / self.columns);
        let Coord { x, y } = self.place(Coord { x: column as f64, y: row as f64 });
        Wgs84 { lon: x, lat: y }
    }

    /// A position of the grid in degrees.
    pub(super) fn place(&self, units: Coord<f64>) -> Coord<f64> {
        Coord { x: self.corner.x + units.x * self.step.x, y: self.corner.y + units.y * self.step.y }
    }

    /// The cell around a position.
    pub(super) fn cell_of(&self, at: Wgs84) -> Option<usize> {
        let column = ((at.lon - self.corner.x) / self.step.x).round();
        let row = ((at.lat - self.corner.y) / self.step.y).round();
        let is_within =
            (0.0..self.columns as f64).contains(&column) && (0.0..self.rows as f64).contains(&row);
        is_within.then(|| row as usize * self.columns + column as usize)
    }

    /// Cells of land.
    pub(super) fn land(&self) -> impl Iterator<Item = usize> + '_ {
        self.owners.iter().enumerate().filter(|(_, owner)| **owner > 0).map(|(cell, _)| cell)
    }

    fn fill(&mut self, area: &Geometry<f64>, number: u32) {
        match area {
            Geometry::Polygon(polygon) => self.fill_polygon(polygon, number),
            Geometry::MultiPolygon(MultiPolygon(polygons)) => {
                for polygon in polygons {
                    self.fill_polygon(polygon, number);
                }
            }
            Geometry::GeometryCollection(parts) => {
                for part in parts {
                    self.fill(part, number);
                }
            }
            _ => {}
        }
    }

    /// Row by row between the crossings of its rings.
    fn fill_polygon(&mut self, polygon: &Polygon<f64>, number: u32) {
        let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); self.rows];
        for edge in rings().flat_map(LineString::lines) {
            let (low, high) =
                if edge.start.y < edge.end.y { (edge.start, edge.end) } else { (edge.end, edge.start) };
            let row_of = |y: f64| ((y - self.corner.y) / self.step.y).ceil().max(0.0) as usize;
            for row in row_of(low.y)..row_of(high.y).min(self.rows) {
                let y = self.corner.y + row as f64 * self.step.y;
                let x = low.x + (y - low.y) * (high.x - low.x) / (high.y - low.y);
                if let Some(crossings) = crossings.get_mut(row) {
                    crossings.push((x - self.corner.x) / self.step.x);
                }
            }
        }
        for (row, mut crossings) in crossings.into_iter().enumerate() {
            crossings.sort_unstable_by(f64::total_cmp);
            let (inside, _) = crossings.as_chunks::<2>();
            for [from, to] in inside {
                let (from, to) = (from.ceil().max(0.0) as usize, (to.floor() as usize + 1).min(self.columns));
                let cells = self.owners.get_mut(row * self.columns + from.min(to)..row * self.columns + to);
                for owner in cells.into_iter().flatten().filter(|owner| **owner == 0) {
                    *owner = number;
                }
            }
        }
    }
}
