//! The area that can be reached on foot, as polygons that stay on their side of a river.
//!
//! What lies within 30 m of a reached stretch of path, and not nearer to a stretch that is not reached, is
//! reached. Both distances are measured on a grid of 10 m; the outline is where their difference is zero.

use geo::{Coord, MultiPolygon};

use super::distance_grid::{BESIDE_M, DistanceGrid, Stretch};
use super::graph::Piece;
use super::search::Reachable;
use super::snap::{SNAP_REACH_M, around};
use crate::geometry::LocalPlane;

/// Decimetres of a metre.
const DM_PER_M: f64 = 10.0;

impl Reachable<'_> {
    /// The area that a budget reaches; it must not be larger than the search's own.
    pub fn area(&self, budget_dm: u32) -> MultiPolygon<f64> {
        let origin = self.origin();
        let Some(left_dm) = budget_dm.checked_sub(origin.off_dm) else {
            // Not even the path is reached.
            return MultiPolygon::new(Vec::new());
        };
        let off_m = (f64::from(origin.off_dm) / DM_PER_M).min(SNAP_REACH_M);
        let mut grid = DistanceGrid::around(origin.at, off_m.max(f64::from(left_dm) / DM_PER_M));
        let plane = LocalPlane::new(origin.at);
        // Who asks stands in the area, also a little beside the path.
        let asked = plane.project(origin.asked.into());
        let onto = if origin.is_past_closure { asked } else { Coord { x: 0.0, y: 0.0 } };
        grid.add_reached([asked, onto]);
        for stretch in self.draw_reached(&mut grid, &plane, budget_dm) {
            grid.add_unreached(stretch);
        }
        grid.outline()
    }

    /// Draws what is reached and tells what is not.
    fn draw_reached(&self, grid: &mut DistanceGrid, plane: &LocalPlane, budget_dm: u32) -> Vec<Stretch> {
        let network = self.network();
        let mut unreached = Vec::new();
        let [min, max] = around(self.origin().at, grid.half_side_m() + BESIDE_M);
        // Closed pieces too: what lies beside one is not reached because nobody walks there any more.
        for number in network.pieces_in(min, max) {
            let Some(piece) = network.piece(number) else {
                continue;
            };
            let Some([start, end]) = network.ends(piece).map(|ends| ends.map(|end| plane.project(end)))
            else {
                continue;
            };
            let length_dm = f64::from(piece.length_dm);
            let at = |along_dm: f64| start + (end - start) * (along_dm / length_dm.max(1.0));
            let mut before = 0.0;
            for (from, to) in self.reached_stretches(number, piece, budget_dm).iter() {
                let (from, to) = (f64::from(from), f64::from(to));
                grid.add_reached([at(from), at(to)]);
                if before < from {
                    unreached.push([at(before), at(from)]);
                }
                before = to;
            }
            if before < length_dm {
                unreached.push([at(before), at(length_dm)]);
            }
        }
        unreached
    }

    /// The stretches of a piece that a budget reaches, decimetres from its start, ascending, apart.
    fn reached_stretches(&self, number: u32, piece: &Piece, budget_dm: u32) -> Stretches {
        let pace = self.pace();
        let mut stretches = Stretches::default();
        if piece.is_closed {
            return stretches;
        }
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
