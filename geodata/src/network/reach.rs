//! The area that can be reached on foot, as polygons that stay on their side of a river.
//!
//! What lies within 30 m of a reached stretch of path, and not nearer to a stretch that is not reached, is
//! reached. Both distances are measured on a grid of 10 m; the outline is where their difference is zero.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::contour::Field;
use super::graph::Piece;
use super::search::Reachable;
use super::snap::around;
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// How far reached land goes beside a path, metres.
const BESIDE_M: f64 = 30.0;
/// Distance of the positions of the grid, metres.
const CELL_M: f64 = 10.0;
/// Smaller holes are dropped: half a hectare, square metres.
const LEAST_HOLE_M2: f64 = 5_000.0;
/// Smaller areas are crumbs of the grid, square metres.
const LEAST_AREA_M2: f64 = 400.0;
/// Grids do not grow beyond this side; the cells of larger ones grow instead.
const MOST_COLUMNS: f64 = 700.0;
/// Decimetres of a metre.
const DM_PER_M: f64 = 10.0;

impl Reachable<'_> {
    /// The area that a budget reaches; it must not be larger than the search's own.
    pub fn area(&self, budget_dm: u32) -> MultiPolygon<f64> {
        let Some(mut grid) = Grid::around(self, budget_dm) else {
            return MultiPolygon::new(Vec::new());
        };
        let network = self.network();
        let [min, max] = around(grid.middle, grid.half_side_m + BESIDE_M);
        for number in network.pieces_in(min, max) {
            let Some(piece) = network.piece(number) else {
                continue;
            };
            let Some(ends) = network.ends(piece).map(|ends| ends.map(|end| grid.plane.project(end))) else {
                continue;
            };
            let reached = self.reached_stretches(number, piece, budget_dm);
            grid.draw(ends, f64::from(piece.length_dm), &reached);
        }
        grid.step_onto(self);
        grid.outline()
    }

    /// The stretches of a piece that a budget reaches, decimetres from its start, ascending, apart.
    fn reached_stretches(&self, number: u32, piece: &Piece, budget_dm: u32) -> Stretches {
        let pace = self.pace();
        let mut stretches = Stretches::default();
        let left_dm = |node: u32| self.node_cost(node).and_then(|cost_dm| budget_dm.checked_sub(cost_dm));
        let far_dm = |left_dm: u32| pace.length_dm(left_dm, piece.steps).min(piece.length_dm);
        if let Some(left_dm) = left_dm(piece.from) {
            stretches.add(0, far_dm(left_dm));
        }
        let origin = self.origin();
        if number == origin.piece
            && let Some(left_dm) = budget_dm.checked_sub(origin.off_dm)
        {
            let far_dm = far_dm(left_dm);
            let back_dm = if piece.one_way { 0 } else { far_dm };
            let start = origin.along_dm.saturating_sub(back_dm);
            stretches.add(start, origin.along_dm.saturating_add(far_dm).min(piece.length_dm));
        }
        if !piece.one_way
            && let Some(left_dm) = left_dm(piece.to)
        {
            stretches.add(piece.length_dm - far_dm(left_dm), piece.length_dm);
        }
        stretches
    }
}

/// At most three stretches that are added in the order of their starts, unless one begins before those
/// added earlier.
#[derive(Debug, Default, Clone, Copy)]
struct Stretches {
    stretches: [(u32, u32); 3],
    count: usize,
}

impl Stretches {
    fn add(&mut self, mut start: u32, mut end: u32) {
        while let Some(last) = self.count.checked_sub(1)
            && let Some(&(last_start, last_end)) = self.stretches.get(last)
            && last_end >= start
        {
            (start, end) = (start.min(last_start), end.max(last_end));
            self.count = last;
        }
        if let Some(slot) = self.stretches.get_mut(self.count) {
            *slot = (start, end);
            self.count += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.stretches.iter().copied().take(self.count)
    }
}

/// Squared distances in metres to what is reached and to what is not.
struct Grid {
    middle: Wgs84,
    plane: LocalPlane,
    half_side_m: f64,
    cell_m: f64,
    side: usize,
    reached: Vec<f32>,
    unreached: Vec<f32>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "indices of a grid of at most some hundred columns, and distances that need six digits"
)]
impl Grid {
    /// The grid that holds what a budget can reach; `None` where it does not even reach the network.
    fn around(reachable: &Reachable<'_>, budget_dm: u32) -> Option<Self> {
        let middle = reachable.origin().at;
        let left_dm = budget_dm.checked_sub(reachable.origin().off_dm)?;
        let plane = LocalPlane::new(middle);
        let origin_m = f64::from(reachable.origin().off_dm) / DM_PER_M;
        let half_side_m = (f64::from(left_dm) / DM_PER_M).max(origin_m) + BESIDE_M + 2.0 * CELL_M;
        let cell_m = CELL_M.max(2.0 * half_side_m / MOST_COLUMNS);
        let side = (2.0 * half_side_m / cell_m).ceil() as usize + 1;
        let far = vec![f32::INFINITY; side * side];
        Some(Self { middle, plane, half_side_m, cell_m, side, reached: far.clone(), unreached: far })
    }

    fn draw(&mut self, [start, end]: [Coord<f64>; 2], length_dm: f64, reached: &Stretches) {
        let along = end - start;
        let at = |along_dm: f64| start + along * (along_dm / length_dm.max(1.0));
        let mut before = 0.0;
        for (from, to) in reached.iter().map(|(from, to)| (f64::from(from), f64::from(to))) {
            near(&mut self.reached, self.side, self.half_side_m, self.cell_m, [at(from), at(to)]);
            if before < from {
                near(&mut self.unreached, self.side, self.half_side_m, self.cell_m, [at(before), at(from)]);
            }
            before = to;
        }
        if before < length_dm {
            near(&mut self.unreached, self.side, self.half_side_m, self.cell_m, [at(before), at(length_dm)]);
        }
    }

    /// Who asks stands in the area, also a little beside the path.
    fn step_onto(&mut self, reachable: &Reachable<'_>) {
        let way = [self.plane.project(reachable.origin().asked.into()), Coord { x: 0.0, y: 0.0 }];
        near(&mut self.reached, self.side, self.half_side_m, self.cell_m, way);
    }

    fn outline(self) -> MultiPolygon<f64> {
        let heights = self.reached.iter().zip(&self.unreached);
        let heights = heights.map(|(reached, unreached)| {
            let reached = reached.sqrt().min(1e3);
            (BESIDE_M as f32 - reached).min(unreached.sqrt().min(1e3) - reached)
        });
        let field = Field { columns: self.side, rows: self.side, heights: heights.collect() };
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
}

/// Lowers the squared distances around a line.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "indices of a grid of at most some hundred columns, and distances that need six digits"
)]
fn near(squares: &mut [f32], side: usize, half_side_m: f64, cell_m: f64, [start, end]: [Coord<f64>; 2]) {
    let reach_m = BESIDE_M + cell_m * 1.5;
    let first = |least_m: f64| ((least_m - reach_m + half_side_m) / cell_m).ceil().max(0.0) as usize;
    let last = |most_m: f64| ((most_m + reach_m + half_side_m) / cell_m).floor().max(0.0) as usize + 1;
    let columns = first(start.x.min(end.x))..last(start.x.max(end.x)).min(side);
    let rows = first(start.y.min(end.y))..last(start.y.max(end.y)).min(side);
    let along = [(end.x - start.x) as f32, (end.y - start.y) as f32];
    let length = along[0] * along[0] + along[1] * along[1];
    let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
    for row in rows {
        let y = (row as f64 * cell_m - half_side_m - start.y) as f32;
        let row = squares.get_mut(row * side..(row + 1) * side).unwrap_or_default();
        let cells = row.get_mut(columns.clone()).unwrap_or_default();
        let mut x = (columns.start as f64 * cell_m - half_side_m - start.x) as f32;
        for square in cells {
            let share = ((x * along[0] + y * along[1]) * inverse).clamp(0.0, 1.0);
            let (dx, dy) = (x - along[0] * share, y - along[1] * share);
            *square = square.min(dx * dx + dy * dy);
            x += cell_m as f32;
        }
    }
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
