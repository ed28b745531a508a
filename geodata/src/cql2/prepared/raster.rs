//! A coarse picture of polygons: which cells of a grid lie inside, which outside, and which the outline
//! runs through. Nearly all features are judged by it without a look at the outline.

use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, Intersects, Line, Polygon};

use super::Envelope;

/// Cells of a side.
const SIDE: usize = 64;
const SIDE_F: f64 = 64.0;

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

#[derive(Debug)]
pub(super) struct Raster {
    origin: Coord<f64>,
    /// Cells per degree.
    scale: Coord<f64>,
    cells: Vec<Share>,
    /// Numbers of cells that are not outside, and of those not inside, from the first row and column
    /// up to each corner.
    not_outside: Vec<u32>,
    not_inside: Vec<u32>,
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
            not_outside: Vec::new(),
            not_inside: Vec::new(),
            rows: vec![Vec::new(); SIDE],
        };
        for (number, polygon) in polygons.iter().enumerate() {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                ring.lines().for_each(|segment| raster.draw(Edge { segment, polygon: number }));
            }
        }
        raster.fill();
        raster.not_outside = raster.sums(|share| share != Share::Outside);
        raster.not_inside = raster.sums(|share| share != Share::Inside);
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
                    if self.row_holds(row, middle, &mut 0) { Share::Inside } else { Share::Outside }
                });
                run = Some(share);
                if let Some(cell) = self.cells.get_mut(place) {
                    *cell = share;
                }
            }
        }
    }

    fn sums(&self, counts: impl Fn(Share) -> bool) -> Vec<u32> {
        let mut sums = vec![0_u32; (SIDE + 1) * (SIDE + 1)];
        for row in 0..SIDE {
            let mut in_row = 0;
            for column in 0..SIDE {
                in_row += u32::from(self.cells.get(row * SIDE + column).is_some_and(|share| counts(*share)));
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
        let (left, right) = (self.column(*west, -1e-6), self.column(*east, 1e-6) + 1);
        let (bottom, top) = (self.row(*south, -1e-6), self.row(*north, 1e-6) + 1);
        let count = |sums: &[u32]| {
            let at = |row: usize, column: usize| sums.get(row * (SIDE + 1) + column).copied().unwrap_or(0);
            (at(top, right) + at(bottom, left)).saturating_sub(at(top, left) + at(bottom, right))
        };
        let reaches_out = *west < self.origin.x
            || *south < self.origin.y
            || (*east - self.origin.x) * self.scale.x > SIDE_F
            || (*north - self.origin.y) * self.scale.y > SIDE_F;
        if count(&self.not_outside) == 0 {
            Share::Outside
        } else if !reaches_out && count(&self.not_inside) == 0 {
            Share::Inside
        } else {
            Share::Mixed
        }
    }

    /// Whether a position lies in the polygons or on their outline.
    pub(super) fn holds(&self, position: Coord<f64>, work: &mut u64) -> bool {
        if self.is_off(position) {
            return false;
        }
        let (column, row) = (self.column(position.x, 0.0), self.row(position.y, 0.0));
        match self.cells.get(row * SIDE + column) {
            Some(Share::Inside) => true,
            Some(Share::Mixed) => self.row_holds(row, position, work),
            _ => false,
        }
    }

    /// Whether a segment meets the outline.
    pub(super) fn crosses(&self, segment: Line<f64>, work: &mut u64) -> bool {
        let (a, b) = (segment.start, segment.end);
        let rows = self.row(a.y.min(b.y), -1e-6)..=self.row(a.y.max(b.y), 1e-6);
        let envelope = [a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y)];
        if self.share(&envelope) == Share::Outside {
            return false;
        }
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
    fn row_holds(&self, row: usize, at: Coord<f64>, work: &mut u64) -> bool {
        let edges = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        *work += edges.len() as u64;
        let (mut polygon, mut inside) = (0, false);
        for edge in edges {
            if edge.polygon != polygon {
                if inside {
                    return true;
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
                return true;
            }
            // Half-open, so that a ray through a vertex counts it once.
            if low.y <= at.y && at.y < high.y && side == Orientation::CounterClockwise {
                inside = !inside;
            }
        }
        inside
    }

    fn is_off(&self, position: Coord<f64>) -> bool {
        let x = (position.x - self.origin.x) * self.scale.x;
        let y = (position.y - self.origin.y) * self.scale.y;
        x < -1e-6 || y < -1e-6 || x > SIDE_F + 1e-6 || y > SIDE_F + 1e-6
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
    position.clamp(0.0, SIDE_F - 1.0) as usize
}
