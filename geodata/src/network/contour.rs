//! Outlines of a field of heights: marching squares (Maple 2003), the rings joined and sorted into areas and
//! holes.

use geo::{Area, Contains, Coord, LineString, Point, Polygon};

/// No line begins at a side; none leads to the first, which is a side of the outer positions.
const NOWHERE: u32 = 0;

/// A field of heights on a grid of positions one unit apart.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) columns: usize,
    /// Row by row.
    pub(crate) heights: Vec<f32>,
}

impl Field {
    fn at(&self, column: usize, row: usize) -> f32 {
        self.heights.get(row * self.columns + column).copied().unwrap_or(-1.0)
    }

    /// The areas in which the field is above zero, in units of the grid. Areas and holes smaller than the
    /// given sizes are left out. The outer positions of the grid must be below zero.
    pub(crate) fn areas(&self, least_area: f64, least_hole: f64) -> Vec<Polygon<f64>> {
        let mut outer = Vec::new();
        let mut holes = Vec::new();
        for ring in self.rings() {
            let polygon = Polygon::new(LineString(ring), Vec::new());
            let area = polygon.signed_area();
            if area >= least_area {
                outer.push((area, polygon));
            } else if -area >= least_hole {
                holes.push(polygon);
            }
        }
        // A hole belongs to the smallest area around it.
        outer.sort_by(|a, b| a.0.total_cmp(&b.0));
        for hole in holes {
            let (ring, _) = hole.into_inner();
            let Some(first) = ring.0.first().copied() else {
                continue;
            };
            if let Some((_, around)) = outer.iter_mut().find(|(_, area)| holds(area, first)) {
                around.interiors_push(ring);
            }
        }
        // Largest first.
        outer.into_iter().rev().map(|(_, polygon)| polygon).collect()
    }

    /// Closed rings with the field above zero on their left.
    fn rings(&self) -> Vec<Vec<Coord<f64>>> {
        let (mut next, starts) = self.lines();
        let mut rings = Vec::new();
        for start in starts {
            let mut ring = Vec::new();
            let mut at = start;
            while let Some(to) = next.get_mut(at).map(std::mem::take).filter(|to| *to != NOWHERE) {
                ring.push(self.position(at));
                at = to as usize;
            }
            if ring.len() >= 3 && at == start {
                ring.extend(ring.first().copied());
                rings.push(ring);
            }
        }
        rings
    }

    /// The lines through all squares: where the line from each side leads, and the sides where one begins.
    fn lines(&self) -> (Vec<u32>, Vec<usize>) {
        let mut next = vec![NOWHERE; 2 * self.heights.len()];
        let mut starts = Vec::new();
        let mut line = |from: usize, to: usize| {
            if let (Some(slot), Ok(to)) = (next.get_mut(from), u32::try_from(to)) {
                *slot = to;
                starts.push(from);
            }
        };
        let rows = || self.heights.chunks_exact(self.columns.max(1));
        for ((south, north), row) in rows().zip(rows().skip(1)).zip(0..) {
            let pairs = south.array_windows::<2>().zip(north.array_windows::<2>());
            for ((south, north), column) in pairs.zip(0..) {
                let above = [south[0], south[1], north[1], north[0]].map(|corner| corner > 0.0);
                // Most squares lie on one side.
                if above != [false; 4] && above != [true; 4] {
                    self.square(column, row, &mut line);
                }
            }
        }
        (next, starts)
    }

    /// Side of the grid from a position to the east (even) or north (odd).
    fn side(&self, column: usize, row: usize, north: bool) -> usize {
        2 * (row * self.columns + column) + usize::from(north)
    }

    /// Where the field is zero on a side.
    fn position(&self, side: usize) -> Coord<f64> {
        let (place, north) = (side / 2, side % 2 == 1);
        let columns = self.columns.max(1);
        let (column, row) = (place % columns, place / columns);
        let a = self.at(column, row);
        let b = if north { self.at(column, row + 1) } else { self.at(column + 1, row) };
        let share = f64::from(a / (a - b)).clamp(0.0, 1.0);
        let [x, y] = [column, row].map(to_f64);
        if north { Coord { x, y: y + share } } else { Coord { x: x + share, y } }
    }

    /// The one or two lines through a square.
    fn square(&self, column: usize, row: usize, line: &mut impl FnMut(usize, usize)) {
        let corners = [
            self.at(column, row),
            self.at(column + 1, row),
            self.at(column + 1, row + 1),
            self.at(column, row + 1),
        ];
        let case = corners.iter().rev().fold(0, |case, corner| (case << 1) | u8::from(*corner > 0.0));
        if case == 0 || case == 15 {
            return;
        }
        let south = self.side(column, row, false);
        let north = self.side(column, row + 1, false);
        let west = self.side(column, row, true);
        let east = self.side(column + 1, row, true);
        // Corners count from the south-west against the clock; above zero lies to the left.
        match case {
            1 => line(south, west),
            2 => line(east, south),
            3 => line(east, west),
            4 => line(north, east),
            6 => line(north, south),
            7 => line(north, west),
            8 => line(west, north),
            9 => line(south, north),
            11 => line(east, north),
            12 => line(west, east),
            13 => line(south, east),
            14 => line(west, south),
            _ => {
                // Two opposite corners; the middle says whether they are one area.
                let is_joined = corners.iter().sum::<f32>() > 0.0;
                match (case == 5, is_joined) {
                    (true, true) => {
                        line(south, east);
                        line(north, west);
                    }
                    (true, false) => {
                        line(south, west);
                        line(north, east);
                    }
                    (false, true) => {
                        line(west, south);
                        line(east, north);
                    }
                    (false, false) => {
                        line(east, south);
                        line(west, north);
                    }
                }
            }
        }
    }
}

fn holds(area: &Polygon<f64>, at: Coord<f64>) -> bool {
    area.contains(&Point(at))
}

#[expect(clippy::cast_precision_loss, reason = "a grid has far fewer than 2^52 columns")]
fn to_f64(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(rows: &[&str]) -> Field {
        let heights =
            rows.iter().rev().flat_map(|row| row.chars().map(|c| if c == '#' { 1.0 } else { -1.0 }));
        let columns = rows.first().map_or(0, |row| row.len());
        Field { columns, heights: heights.collect() }
    }

    #[test]
    fn areas_and_holes_are_told_apart() {
        let field = field(&[
            ".............",
            ".#######.....",
            ".#.....#..##.",
            ".#.###.#..##.",
            ".#.###.#.....",
            ".#.....#.....",
            ".#######.....",
            ".............",
        ]);
        let areas = field.areas(0.0, 0.0);
        let holes: Vec<usize> = areas.iter().map(|area| area.interiors().len()).collect();
        assert_eq!(holes, [1, 0, 0]);
        assert!(areas.iter().all(|area| area.unsigned_area() > 0.0));
        assert!(field.areas(0.0, 100.0).iter().all(|area| area.interiors().is_empty()));
        assert_eq!(field.areas(5.0, 0.0).len(), 2, "the smallest area is left out");
    }

    #[test]
    fn corners_that_touch_make_closed_rings() {
        let field = field(&["....", ".#..", "..#.", "...."]);
        let areas = field.areas(0.0, 0.0);
        assert!(areas.iter().all(|area| area.exterior().is_closed()));
        assert_eq!(areas.len(), 2);
    }
}
