//! Distances to what is reached and to what is not, on a grid of positions, and the outline between them.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::contour::Field;
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// How far reached land goes beside a path, metres.
pub(super) const BESIDE_M: f64 = 30.0;
/// Distance of the positions of the grid, metres.
const CELL_M: f64 = 10.0;
/// Smaller holes are dropped: half a hectare, square metres.
const LEAST_HOLE_M2: f64 = 5_000.0;
/// Smaller areas are crumbs of the grid, square metres.
const LEAST_AREA_M2: f64 = 400.0;
/// Grids do not grow beyond this side; the cells of larger ones grow instead.
const MOST_COLUMNS: f64 = 700.0;
/// Cells of a block, in either direction.
const BLOCK: usize = 8;

/// Two positions in metres from the middle.
pub(super) type Stretch = [Coord<f64>; 2];

/// Squared distances in metres to what is reached and to what is not.
pub(super) struct DistanceGrid {
    middle: Wgs84,
    half_side_m: f64,
    cell_m: f64,
    /// How far each column is east of the middle, and each row north of it, metres.
    places: Vec<f32>,
    reached: Vec<f32>,
    unreached: Vec<f32>,
    /// Of blocks of cells, those with something reached near them.
    blocks: Vec<bool>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "indices of a grid of at most some hundred columns, and distances that need six digits"
)]
impl DistanceGrid {
    /// A grid around a position to which nothing is near.
    pub(super) fn around(middle: Wgs84, reach_m: f64) -> Self {
        let half_side_m = reach_m + BESIDE_M + 2.0 * CELL_M;
        let cell_m = CELL_M.max(2.0 * half_side_m / MOST_COLUMNS);
        let side = (2.0 * half_side_m / cell_m).ceil() as usize + 1;
        let far = vec![f32::INFINITY; side * side];
        Self {
            middle,
            half_side_m,
            cell_m,
            places: (0..side).map(|number| (number as f64 * cell_m - half_side_m) as f32).collect(),
            reached: far.clone(),
            unreached: far,
            blocks: vec![false; side.div_ceil(BLOCK).pow(2)],
        }
    }

    /// From the middle to the sides, metres.
    pub(super) fn half_side_m(&self) -> f64 {
        self.half_side_m
    }

    /// Says that a stretch is reached.
    pub(super) fn add_reached(&mut self, stretch: Stretch) {
        let window = self.window(stretch);
        for block in window.blocks(self.places.len()) {
            if let Some(is_near) = self.blocks.get_mut(block) {
                *is_near = true;
            }
        }
        window.lower(&mut self.reached, &self.places, stretch);
    }

    /// Says that a stretch is not reached. Everything reached must be there already: what is far from it
    /// is left out, because it draws no border.
    pub(super) fn add_unreached(&mut self, stretch: Stretch) {
        let window = self.window(stretch);
        if window.blocks(self.places.len()).any(|block| self.blocks.get(block) == Some(&true)) {
            window.lower(&mut self.unreached, &self.places, stretch);
        }
    }

    /// What lies beside a reached stretch and not nearer to one that is not reached.
    pub(super) fn outline(self) -> MultiPolygon<f64> {
        let heights = self.reached.iter().zip(&self.unreached);
        let heights = heights.map(|(reached, unreached)| {
            let reached = lesser(reached.sqrt(), 1e3);
            lesser(BESIDE_M as f32 - reached, lesser(unreached.sqrt(), 1e3) - reached)
        });
        let field = Field { columns: self.places.len(), heights: heights.collect() };
        let cell_m2 = self.cell_m * self.cell_m;
        let areas = field.areas(LEAST_AREA_M2 / cell_m2, LEAST_HOLE_M2 / cell_m2);
        let degrees = Degrees::at(self.middle);
        let place = |at: &Coord<f64>| {
            let [x, y] = [at.x, at.y].map(|units| units * self.cell_m - self.half_side_m);
            degrees.of(Coord { x, y })
        };
        let ring = |ring: &LineString<f64>| LineString(ring.0.iter().map(place).collect());
        let polygons = areas
            .iter()
            .map(|area| Polygon::new(ring(area.exterior()), area.interiors().iter().map(ring).collect()));
        MultiPolygon::new(polygons.collect())
    }

    /// The cells that a stretch may be near to: those beside it, and one more in every direction, from
    /// which the outline is drawn.
    fn window(&self, [start, end]: Stretch) -> Window {
        let reach_m = BESIDE_M + self.cell_m * 1.5;
        let side = self.places.len();
        // Casts cut off below zero, and what they cut off above is a cell too many.
        let first = |least_m: f64| ((least_m - reach_m + self.half_side_m) / self.cell_m) as usize;
        let last = |most_m: f64| ((most_m + reach_m + self.half_side_m) / self.cell_m) as usize + 1;
        Window {
            columns: [first(start.x.min(end.x)).min(side), last(start.x.max(end.x)).min(side)],
            rows: [first(start.y.min(end.y)).min(side), last(start.y.max(end.y)).min(side)],
        }
    }
}

/// Cells from the first to before the last.
struct Window {
    columns: [usize; 2],
    rows: [usize; 2],
}

impl Window {
    /// Numbers of the blocks that it touches.
    fn blocks(&self, side: usize) -> impl Iterator<Item = usize> + use<> {
        let across = side.div_ceil(BLOCK);
        let touched = |[first, end]: [usize; 2]| first / BLOCK..end.div_ceil(BLOCK);
        let columns = touched(self.columns);
        touched(self.rows).flat_map(move |row| columns.clone().map(move |column| row * across + column))
    }

    /// Lowers the squared distances to those to a line.
    #[expect(clippy::cast_possible_truncation, reason = "distances need six digits")]
    fn lower(&self, squares: &mut [f32], places: &[f32], [start, end]: Stretch) {
        let [first, last] = self.columns;
        let columns = places.get(first..last).unwrap_or_default();
        let [x0, y0] = [start.x as f32, start.y as f32];
        let [along_x, along_y] = [(end.x - start.x) as f32, (end.y - start.y) as f32];
        let length = along_x * along_x + along_y * along_y;
        let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
        for row in self.rows[0]..self.rows[1] {
            let y = places.get(row).copied().unwrap_or(0.0) - y0;
            let start = row * places.len();
            let cells = squares.get_mut(start + first..start + last.max(first)).unwrap_or_default();
            // Nothing here may stop the compiler from taking several cells at once.
            for (square, place) in cells.iter_mut().zip(columns) {
                let x = place - x0;
                let share = ((x * along_x + y * along_y) * inverse).clamp(0.0, 1.0);
                let (dx, dy) = (x - along_x * share, y - along_y * share);
                *square = lesser(dx * dx + dy * dy, *square);
            }
        }
    }
}

/// One instruction, which `f32::min` is not for the sake of numbers that are none.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// Undoes the plane within some kilometres, to about a decimetre.
struct Degrees {
    origin: Wgs84,
    per_m: Coord<f64>,
}

impl Degrees {
    fn at(origin: Wgs84) -> Self {
        const STEP_DEG: f64 = 1e-3;
        let plane = LocalPlane::new(origin);
        let Coord { x, y } = plane.project(Coord { x: origin.lon + STEP_DEG, y: origin.lat + STEP_DEG });
        Self { origin, per_m: Coord { x: STEP_DEG / x.max(1e-9), y: STEP_DEG / y.max(1e-9) } }
    }

    fn of(&self, metres: Coord<f64>) -> Coord<f64> {
        Coord { x: self.origin.lon + metres.x * self.per_m.x, y: self.origin.lat + metres.y * self.per_m.y }
    }
}
