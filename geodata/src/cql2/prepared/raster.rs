//! A coarse picture of polygons: which cells of a grid lie inside, which outside, and which the outline
//! runs through. Nearly all features are judged by it without a look at the outline.

use std::ops::RangeInclusive;

use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, Intersects, Line, LineString, Polygon};

use super::Envelope;

/// Cells of a side.
const SIDE: usize = 128;
const SIDE_F: f64 = 128.0;

/// What a cell that is not outside adds to [`Raster::sums`].
const NOT_OUTSIDE: u32 = 1 << 16;

/// How much of a box lies in the polygons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it.
    Inside,
    /// Nothing.
    Outside,
    /// The outline runs through it or near it.
    Mixed,
}

/// Where a position lies to the polygons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Within one of them.
    Inside,
    /// On the outline of one, though another may hold it.
    OnOutline,
    Outside,
}

#[derive(Debug)]
pub(super) struct Raster {
    origin: Coord<f64>,
    /// Cells per degree.
    scale: Coord<f64>,
    cells: Vec<Share>,
    /// Numbers of cells from the first row and column up to each corner: those that are not outside in
    /// units of [`NOT_OUTSIDE`], and those not inside in units of one. Side by side, so that one look-up gives
    /// both; all cells together are fewer than a unit.
    sums: Vec<u32>,
    /// The segments of the outline that run through each row of cells.
    rows: Vec<Vec<Edge>>,
}

/// A segment of the outline.
#[derive(Debug, Clone, Copy)]
struct Edge {
    segment: Line<f64>,
    /// Number of its polygon: polygons may overlap.
    polygon: usize,
}

impl Raster {
    pub(super) fn new(polygons: &[&Polygon<f64>], [west, south, east, north]: Envelope) -> Self {
        let scale = |span: f64| if span > 0.0 { SIDE_F / span } else { 0.0 };
        let mut raster = Self {
            origin: Coord { x: west, y: south },
            scale: Coord { x: scale(east - west), y: scale(north - south) },
            cells: vec![Share::Outside; SIDE * SIDE],
            sums: Vec::new(),
            rows: vec![Vec::new(); SIDE],
        };
        for (number, polygon) in polygons.iter().enumerate() {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                ring.lines().for_each(|segment| raster.draw(Edge { segment, polygon: number }));
            }
        }
        raster.fill();
        raster.sums = raster.sums();
        raster
    }

    /// Marks the cells that a segment may run through, with room for rounding.
    fn draw(&mut self, edge: Edge) {
        let (a, b) = (edge.segment.start, edge.segment.end);
        let rows = self.row(a.y.min(b.y), -1e-6)..=self.row(a.y.max(b.y), 1e-6);
        for row in rows {
            if let Some(list) = self.rows.get_mut(row) {
                list.push(edge);
            }
            // The part of the segment within this row.
            let at = |y: f64| {
                let share = (y - a.y) / (b.y - a.y);
                if share.is_finite() { a.x + (b.x - a.x) * share.clamp(0.0, 1.0) } else { a.x }
            };
            let (x1, x2) = if (b.y - a.y).abs() * self.scale.y < 1e-3 {
                (a.x, b.x)
            } else {
                (at(self.edge(row)), at(self.edge(row + 1)))
            };
            let columns = self.column(x1.min(x2), -1e-3)..=self.column(x1.max(x2), 1e-3);
            for column in columns {
                if let Some(cell) = self.cells.get_mut(row * SIDE + column) {
                    *cell = Share::Mixed;
                }
            }
        }
    }

    /// Runs of cells between the outline are inside or outside as a whole.
    fn fill(&mut self) {
        for row in 0..SIDE {
            let mut run: Option<Share> = None;
            for column in 0..SIDE {
                let place = row * SIDE + column;
                if self.cells.get(place) == Some(&Share::Mixed) {
                    run = None;
                    continue;
                }
                let share = run.unwrap_or_else(|| {
                    let middle = self.middle(column, row);
                    match self.place_by_row(row, middle, &mut 0) {
                        Place::Outside => Share::Outside,
                        Place::Inside | Place::OnOutline => Share::Inside,
                    }
                });
                run = Some(share);
                if let Some(cell) = self.cells.get_mut(place) {
                    *cell = share;
                }
            }
        }
    }

    fn sums(&self) -> Vec<u32> {
        let mut sums = vec![0_u32; (SIDE + 1) * (SIDE + 1)];
        for row in 0..SIDE {
            let mut in_row = 0;
            for column in 0..SIDE {
                in_row += match self.cells.get(row * SIDE + column) {
                    Some(Share::Inside) => NOT_OUTSIDE,
                    Some(Share::Mixed) => NOT_OUTSIDE + 1,
                    _ => 1,
                };
                let below = sums.get(row * (SIDE + 1) + column + 1).copied().unwrap_or(0);
                if let Some(sum) = sums.get_mut((row + 1) * (SIDE + 1) + column + 1) {
                    *sum = below + in_row;
                }
            }
        }
        sums
    }

    /// How much of a box that meets the envelope lies in the polygons.
    pub(super) fn share(&self, [west, south, east, north]: &Envelope) -> Share {
        let low = self.in_cells(Coord { x: *west, y: *south });
        let high = self.in_cells(Coord { x: *east, y: *north });
        let reaches_out =
            *west < self.origin.x || *south < self.origin.y || high.x > SIDE_F || high.y > SIDE_F;
        match self.share_of_cells(low, high) {
            Share::Inside if reaches_out => Share::Mixed,
            share => share,
        }
    }

    /// How much of the cells between two corners lies in the polygons. What lies beyond the grid is not told
    /// apart from its outermost cells.
    fn share_of_cells(&self, low: Coord<f64>, high: Coord<f64>) -> Share {
        let (left, right) = (cell(low.x - 1e-6), cell(high.x + 1e-6) + 1);
        let (bottom, top) = (cell(low.y - 1e-6) * (SIDE + 1), (cell(high.y + 1e-6) + 1) * (SIDE + 1));
        let at = |place: usize| self.sums.get(place).copied().unwrap_or(0);
        // Neither of the two counts is negative in the end, so none borrows from the other.
        let counts = at(top + right).wrapping_add(at(bottom + left)).wrapping_sub(at(top + left));
        let counts = counts.wrapping_sub(at(bottom + right));
        if counts < NOT_OUTSIDE {
            Share::Outside
        } else if counts.is_multiple_of(NOT_OUTSIDE) {
            Share::Inside
        } else {
            Share::Mixed
        }
    }

    /// Whether a position lies in the polygons or on their outline.
    pub(super) fn holds(&self, position: Coord<f64>, work: &mut u64) -> bool {
        self.place(position, work) != Place::Outside
    }

    /// Where a position lies to the polygons.
    pub(super) fn place(&self, position: Coord<f64>, work: &mut u64) -> Place {
        let (at, end) = (self.in_cells(position), SIDE_F + 1e-6);
        if at.x < -1e-6 || at.y < -1e-6 || at.x > end || at.y > end {
            return Place::Outside;
        }
        let row = cell(at.y);
        match self.cells.get(row * SIDE + cell(at.x)) {
            Some(Share::Inside) => Place::Inside,
            Some(Share::Mixed) => self.place_by_row(row, position, work),
            _ => Place::Outside,
        }
    }

    /// Whether a line shares a position with the polygons.
    pub(super) fn meets(&self, line: &LineString<f64>, work: &mut u64) -> bool {
        // Positions are the quicker part, and nearly always tell.
        line.0.iter().any(|position| self.holds(*position, work)) || self.crosses_line(line, work)
    }

    /// Whether a line meets the outline.
    pub(super) fn crosses_line(&self, line: &LineString<f64>, work: &mut u64) -> bool {
        let mut before: Option<(Coord<f64>, Coord<f64>)> = None;
        line.0.iter().any(|&position| {
            let at = self.in_cells(position);
            let Some((start, start_at)) = before.replace((position, at)) else { return false };
            let low = Coord { x: start_at.x.min(at.x), y: start_at.y.min(at.y) };
            let high = Coord { x: start_at.x.max(at.x), y: start_at.y.max(at.y) };
            self.share_of_cells(low, high) == Share::Mixed
                && self.crosses(Line::new(start, position), cell(low.y - 1e-6)..=cell(high.y + 1e-6), work)
        })
    }

    /// Whether a segment that runs through these rows meets the outline.
    fn crosses(&self, segment: Line<f64>, rows: RangeInclusive<usize>, work: &mut u64) -> bool {
        let (a, b) = (segment.start, segment.end);
        let envelope = [a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y)];
        rows.filter_map(|row| self.rows.get(row)).any(|edges| {
            *work += edges.len() as u64;
            edges.iter().any(|edge| {
                let (c, d) = (edge.segment.start, edge.segment.end);
                let apart = c.x.max(d.x) < envelope[0]
                    || c.x.min(d.x) > envelope[2]
                    || c.y.max(d.y) < envelope[1]
                    || c.y.min(d.y) > envelope[3];
                !apart && edge.segment.intersects(&segment)
            })
        })
    }

    /// By the segments of one row: those to the right that an eastward ray crosses, once each.
    fn place_by_row(&self, row: usize, at: Coord<f64>, work: &mut u64) -> Place {
        let edges = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        *work += edges.len() as u64;
        let (mut polygon, mut inside) = (0, false);
        for edge in edges {
            if edge.polygon != polygon {
                if inside {
                    return Place::Inside;
                }
                polygon = edge.polygon;
            }
            let (a, b) = (edge.segment.start, edge.segment.end);
            let (low, high) = if a.y <= b.y { (a, b) } else { (b, a) };
            if at.y < low.y || at.y > high.y || at.x > a.x.max(b.x) {
                continue;
            }
            let side = RobustKernel::orient2d(low, high, at);
            if side == Orientation::Collinear && at.x >= a.x.min(b.x) {
                return Place::OnOutline;
            }
            // Half-open, so that a ray through a vertex counts it once.
            if low.y <= at.y && at.y < high.y && side == Orientation::CounterClockwise {
                inside = !inside;
            }
        }
        if inside { Place::Inside } else { Place::Outside }
    }

    /// A position in cells from the south-western corner.
    fn in_cells(&self, position: Coord<f64>) -> Coord<f64> {
        Coord {
            x: (position.x - self.origin.x) * self.scale.x,
            y: (position.y - self.origin.y) * self.scale.y,
        }
    }

    fn column(&self, x: f64, room: f64) -> usize {
        cell((x - self.origin.x) * self.scale.x + room)
    }

    fn row(&self, y: f64, room: f64) -> usize {
        cell((y - self.origin.y) * self.scale.y + room)
    }

    /// Southern edge of a row.
    #[expect(clippy::cast_precision_loss, reason = "rows are few")]
    fn edge(&self, row: usize) -> f64 {
        self.origin.y + row as f64 / self.scale.y
    }

    #[expect(clippy::cast_precision_loss, reason = "cells are few")]
    fn middle(&self, column: usize, row: usize) -> Coord<f64> {
        Coord {
            x: self.origin.x + (column as f64 + 0.5) / self.scale.x,
            y: self.origin.y + (row as f64 + 0.5) / self.scale.y,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
fn cell(position: f64) -> usize {
    // By way of 32 bits, to which converting is a single instruction.
    position.clamp(0.0, SIDE_F - 1.0) as u32 as usize
}
