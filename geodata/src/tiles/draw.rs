//! Shapes on the grid of one tile.

use super::address::{EXTENT, TileAddress};
use super::clip::{FIRST, GridPoint, LAST, clip_line, clip_ring, inside};
use super::encode::Commands;
use super::world_shape::{Bounds, WorldPath, WorldPolygon, WorldShape};

/// Puts shapes on a tile. It keeps its memory from one shape to the next.
#[derive(Default)]
pub(super) struct Draughtsman {
    path: Vec<GridPoint>,
    piece: Vec<GridPoint>,
    scratch: Vec<GridPoint>,
    drawn: Vec<[i32; 2]>,
}

/// The tile that is being drawn.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    origin: GridPoint,
    shift: u32,
    zoom: u8,
}

impl Grid {
    pub(super) fn of(address: TileAddress) -> Self {
        Self { origin: address.origin(), shift: address.unit_shift(), zoom: address.zoom() }
    }

    /// A position on the grid. It is rounded down, so that every tile rounds it to the same place.
    pub(super) fn place(self, [x, y]: [u32; 2]) -> GridPoint {
        let [left, top] = self.origin;
        [(i64::from(x) - left) >> self.shift, (i64::from(y) - top) >> self.shift]
    }

    /// Whether some of what lies within these bounds can be on the tile or its margin.
    pub(super) fn meets(self, bounds: &Bounds) -> bool {
        let ([west, north], [east, south]) = (self.place(bounds.min), self.place(bounds.max));
        west <= LAST && east >= FIRST && north <= LAST && south >= FIRST
    }

    fn holds(self, bounds: &Bounds) -> bool {
        inside(self.place(bounds.min)) && inside(self.place(bounds.max))
    }
}

impl Draughtsman {
    /// Writes the points of a shape that lie on the tile itself; the margin belongs to the neighbours.
    pub(super) fn points(&mut self, shape: &WorldShape, grid: Grid, commands: &mut Commands) {
        self.drawn.clear();
        for point in shape.points.iter().map(|&point| grid.place(point)) {
            self.drawn.extend(on_tile(point));
        }
        commands.points(&self.drawn);
    }

    /// Writes what is seen of the lines of a shape.
    pub(super) fn lines(&mut self, shape: &WorldShape, grid: Grid, commands: &mut Commands) {
        for line in shape.lines.iter().filter(|line| grid.meets(&line.bounds)) {
            self.place_path(line, grid, false);
            if grid.holds(&line.bounds) {
                write_line(&self.path, &mut self.drawn, commands);
            } else {
                let drawn = &mut self.drawn;
                clip_line(&self.path, &mut self.piece, |piece| write_line(piece, drawn, commands));
            }
        }
    }

    /// Writes what is seen of the polygons of a shape: outer rings clockwise on the screen, holes the other
    /// way round (MVT 2.1, section 4.3.4.4). A ring that is thinner than the grid is left out.
    pub(super) fn polygons(&mut self, shape: &WorldShape, grid: Grid, commands: &mut Commands) {
        for polygon in shape.polygons.iter().filter(|polygon| grid.meets(&polygon.outer.bounds)) {
            self.polygon(polygon, grid, commands);
        }
    }

    /// A hole that takes all that is seen of the polygon takes the polygon.
    fn polygon(&mut self, polygon: &WorldPolygon, grid: Grid, commands: &mut Commands) {
        let outer =
            self.ring(&polygon.outer, grid, false, 1).or_else(|| self.ring(&polygon.outer, grid, true, 1));
        let Some(mut area) = outer else {
            return;
        };
        let before = commands.mark();
        commands.ring(&self.drawn);
        for hole in polygon.holes.iter().filter(|hole| grid.meets(&hole.bounds)) {
            if let Some(hole_area) = self.ring(hole, grid, false, -1) {
                area -= hole_area;
                commands.ring(&self.drawn);
            }
        }
        if area <= 0 {
            commands.back_to(before);
        }
    }

    /// Makes `drawn` the ring as it is seen, turned the way that `sign` says. Twice its area, or nothing if
    /// nothing is seen.
    fn ring(&mut self, ring: &WorldPath, grid: Grid, in_full: bool, sign: i64) -> Option<i64> {
        self.place_path(ring, grid, in_full);
        if !grid.holds(&ring.bounds) {
            clip_ring(&mut self.path, &mut self.scratch);
            self.path.dedup();
        }
        while self.path.len() > 1 && self.path.first() == self.path.last() {
            self.path.pop();
        }
        let area = twice_the_area(&self.path);
        if self.path.len() < 3 || area == 0 {
            return None;
        }
        if area.signum() != sign {
            self.path.reverse();
        }
        self.drawn.clear();
        self.drawn.extend(self.path.iter().map(|&point| narrowed(point)));
        Some(area.abs())
    }

    /// Makes `path` the positions that are drawn at the zoom, on the grid, no two in a row the same.
    fn place_path(&mut self, path: &WorldPath, grid: Grid, in_full: bool) {
        self.path.clear();
        let positions = path.positions.iter().zip(&path.first_zooms);
        let seen = positions.filter(|&(_, &first_zoom)| in_full || first_zoom <= grid.zoom);
        for point in seen.map(|(&position, _)| grid.place(position)) {
            if self.path.last() != Some(&point) {
                self.path.push(point);
            }
        }
    }
}

/// A position on the tile itself, as it is written.
pub(super) fn on_tile(point: GridPoint) -> Option<[i32; 2]> {
    let on = |coordinate: i64| (0..i64::from(EXTENT)).contains(&coordinate);
    (on(point[0]) && on(point[1])).then(|| narrowed(point))
}

fn write_line(line: &[GridPoint], drawn: &mut Vec<[i32; 2]>, commands: &mut Commands) {
    drawn.clear();
    drawn.extend(line.iter().map(|&point| narrowed(point)));
    drawn.dedup();
    if drawn.len() > 1 {
        commands.line(drawn);
    }
}

/// Positions are within the margin when they are written, so nothing is lost.
fn narrowed([x, y]: GridPoint) -> [i32; 2] {
    let narrow = |coordinate: i64| i32::try_from(coordinate).unwrap_or(0);
    [narrow(x), narrow(y)]
}

/// Positive where the ring runs clockwise on a screen, whose y points down.
fn twice_the_area(ring: &[GridPoint]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}
