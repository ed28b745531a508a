//! The grid of a view: counts markers by cell without looking at each of them.

use std::sync::Arc;

use super::chunk::Chunk;
use super::feature::Feature;
use super::marker_group::{MarkerGroup, MarkerRun};
use super::mercator::{WorldPoint, cell_codes, cell_coordinate};
use super::spatial_index::Envelope;
use crate::crs::Wgs84;

/// Cells are 64 px wide, so that a thumb can tell clusters apart: 2^2 cells per 256-px tile.
const LEVELS_BELOW_TILE: u8 = 2;
/// From this zoom on, where places stand side by side on a street, cells are 32 px wide.
const STREET_ZOOM: u8 = 17;
/// Most cells that a view is divided into; enough for a wall-sized screen.
const MAX_CELLS: u64 = 8192;
/// The last zoom of the map.
pub(super) const LAST_ZOOM: u8 = 20;

/// Quadtree level of the cells at a zoom.
pub(super) fn cell_level(zoom: u8) -> u8 {
    if zoom < STREET_ZOOM {
        zoom + LEVELS_BELOW_TILE
    } else {
        zoom + LEVELS_BELOW_TILE + 1
    }
}

/// The markers of one cell.
pub(super) struct Cell<'s> {
    /// First and last Morton code of the cell.
    first: u64,
    last: u64,
    pub(super) count: u32,
    sum_x: u64,
    sum_y: u64,
    /// Smallest and largest code of the members.
    codes: (u64, u64),
    /// First zoom at which a member is drawn as a shape.
    shape_zoom: u8,
    /// One of the members, with the place of its layer in the view.
    pub(super) sample: Option<(&'s Feature, usize)>,
    /// Number of members by layer of the view.
    pub(super) by_layer: Vec<u32>,
}

/// The non-empty cells of a view, in Morton order, at one level.
pub(super) struct MarkerGrid<'s> {
    pub(super) level: u8,
    pub(super) cells: Vec<Cell<'s>>,
}

impl<'s> MarkerGrid<'s> {
    /// The finest grid, from the level of `zoom` upwards, that covers `boxes` with at most `budget`
    /// non-empty cells. Cells are counted whole, also where they stick out of the boxes, so that a
    /// cluster stays the same while the map is moved.
    ///
    /// `layers` are the chunks of each layer of the view; markers that become shapes before
    /// `drawn_below` are left out.
    pub(super) fn fitting(
        boxes: &[Envelope],
        zoom: u8,
        drawn_below: u8,
        budget: usize,
        layers: &[&'s [Arc<Chunk>]],
    ) -> Self {
        let mut level = cell_level(zoom);
        loop {
            let Some(mut grid) = Self::covering(boxes, level) else {
                level = level.saturating_sub(1);
                continue;
            };
            grid.count(drawn_below, layers);
            if grid.cells.len() <= budget.max(1) || level == 0 {
                return grid;
            }
            level = grid.level_with_fewer(budget);
        }
    }

    /// All cells that meet the boxes, empty; `None` if there are too many.
    fn covering(boxes: &[Envelope], level: u8) -> Option<Self> {
        let ranges: Vec<[u32; 4]> = boxes
            .iter()
            .map(|&[west, south, east, north]| {
                let min = WorldPoint::of(Wgs84 { lon: west, lat: north });
                let max = WorldPoint::of(Wgs84 { lon: east, lat: south });
                [min.x, min.y, max.x, max.y].map(|side| cell_coordinate(side, level))
            })
            .collect();
        let number: u64 = ranges
            .iter()
            .map(|&[x0, y0, x1, y1]| (u64::from(x1.saturating_sub(x0)) + 1) * (u64::from(y1.saturating_sub(y0)) + 1))
            .sum();
        if number > MAX_CELLS && level > 0 {
            return None;
        }
        let mut codes: Vec<(u64, u64)> = ranges
            .iter()
            .flat_map(|&[x0, y0, x1, y1]| {
                (y0..=y1).flat_map(move |y| (x0..=x1).map(move |x| cell_codes(x, y, level)))
            })
            .collect();
        codes.sort_unstable();
        // The two halves of an antimeridian box can share cells at coarse levels.
        codes.dedup();
        let cells = codes.into_iter().map(Cell::empty).collect();
        Some(Self { level, cells })
    }

    /// Counts the markers of all layers and drops the cells that stay empty.
    fn count(&mut self, drawn_below: u8, layers: &[&'s [Arc<Chunk>]]) {
        for (layer, chunks) in layers.iter().enumerate() {
            for chunk in *chunks {
                self.count_chunk(layer, chunk, drawn_below);
            }
        }
        self.cells.retain(|cell| cell.count > 0);
        for cell in &mut self.cells {
            cell.by_layer.resize(layers.len(), 0);
        }
    }

    fn count_chunk(&mut self, layer: usize, chunk: &'s Chunk, drawn_below: u8) {
        let (first, last) = chunk.codes();
        let start = self.cells.partition_point(|cell| cell.last < first);
        let Some(cells) = self.cells.get_mut(start..) else {
            return;
        };
        if cells.first().is_none_or(|cell| cell.first > last) {
            return;
        }
        for group in chunk.marker_groups() {
            if group.shape_zoom() >= drawn_below {
                count_group(cells, layer, chunk, group);
            }
        }
    }

    /// The next level at which there can be at most `budget` cells: merging the cells of this level
    /// gives a lower bound of their number on the levels above.
    fn level_with_fewer(&self, budget: usize) -> u8 {
        let cells_at = |level: u8| {
            let shift = 64 - 2 * u32::from(level);
            let parent = |cell: &Cell| cell.first.checked_shr(shift).unwrap_or(0);
            self.cells.chunk_by(|a, b| parent(a) == parent(b)).count()
        };
        (0..self.level)
            .rev()
            .find(|&level| cells_at(level) <= budget)
            .unwrap_or(0)
    }
}

/// Adds the runs of a group to the cells they fall into, leaping over empty cells and over markers
/// outside of all cells.
fn count_group<'s>(
    cells: &mut [Cell<'s>],
    layer: usize,
    chunk: &'s Chunk,
    group: &MarkerGroup,
) {
    let codes = group.codes();
    let (mut place, mut cell_place) = (0, 0);
    while let Some(&code) = codes.get(place) {
        cell_place += leap(cells.get(cell_place..).unwrap_or_default(), |cell| cell.last < code);
        let Some(cell) = cells.get_mut(cell_place) else {
            return;
        };
        let rest = codes.get(place..).unwrap_or_default();
        if code < cell.first {
            place += leap(rest, |&code| code < cell.first);
            continue;
        }
        let end = place + leap(rest, |&code| code <= cell.last);
        if let Some(run) = group.run(place, end) {
            cell.add(layer, &run, group.shape_zoom(), chunk);
        }
        place = end;
        cell_place += 1;
    }
}

/// Number of leading items that are `before` the goal, found by doubling steps and then halving.
fn leap<T>(items: &[T], before: impl Fn(&T) -> bool) -> usize {
    let mut reach = 1;
    while items.get(reach - 1).is_some_and(&before) {
        reach *= 2;
    }
    let start = reach / 2;
    let window = items.get(start..reach.min(items.len())).unwrap_or_default();
    start.min(items.len()) + window.partition_point(before)
}

impl<'s> Cell<'s> {
    fn empty((first, last): (u64, u64)) -> Self {
        Self {
            first,
            last,
            count: 0,
            sum_x: 0,
            sum_y: 0,
            codes: (u64::MAX, 0),
            shape_zoom: u8::MAX,
            sample: None,
            by_layer: Vec::new(),
        }
    }

    fn add(&mut self, layer: usize, run: &MarkerRun, shape_zoom: u8, chunk: &'s Chunk) {
        self.count += run.count;
        self.sum_x += run.sum_x;
        self.sum_y += run.sum_y;
        self.codes = (self.codes.0.min(run.codes.0), self.codes.1.max(run.codes.1));
        self.shape_zoom = self.shape_zoom.min(shape_zoom);
        if self.by_layer.len() <= layer {
            self.by_layer.resize(layer + 1, 0);
        }
        if let Some(number) = self.by_layer.get_mut(layer) {
            *number += run.count;
        }
        if self.sample.is_none() {
            let member = chunk.members().get(run.member);
            self.sample = member.map(|feature| (feature.as_ref(), layer));
        }
    }

    /// First Morton code of the cell.
    pub(super) fn first_code(&self) -> u64 {
        self.first
    }

    /// The mean of the members' positions on the map.
    pub(super) fn middle(&self) -> Wgs84 {
        let mean = |sum: u64| {
            let mean = sum / u64::from(self.count.max(1));
            u32::try_from(mean).unwrap_or(u32::MAX)
        };
        let point = WorldPoint { x: mean(self.sum_x), y: mean(self.sum_y) };
        point.to_wgs84()
    }

    /// First zoom after `zoom` at which the members are no longer one cluster: they fall into
    /// different cells or one of them is drawn as a shape. 20 if they never part.
    pub(super) fn expansion_zoom(&self, zoom: u8) -> u8 {
        let shared_levels = (self.codes.0 ^ self.codes.1).leading_zeros() / 2;
        (zoom.saturating_add(1)..LAST_ZOOM)
            .find(|&later| {
                u32::from(cell_level(later)) > shared_levels || self.shape_zoom <= later
            })
            .unwrap_or(LAST_ZOOM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaping_finds_the_partition_point() {
        let items: Vec<usize> = (0..100).collect();
        for len in [0, 1, 2, 3, 64, 65, 100] {
            for goal in 0..=101 {
                let items = &items[..len];
                assert_eq!(
                    leap(items, |&item| item < goal),
                    items.partition_point(|&item| item < goal),
                    "{goal} in {len}"
                );
            }
        }
    }

    #[test]
    fn a_box_over_the_antimeridian_covers_each_cell_once() {
        let boxes = [[10.0, -20.0, 180.0, 20.0], [-180.0, -20.0, -10.0, 20.0]];
        assert_eq!(MarkerGrid::covering(&boxes, 0).map(|grid| grid.cells.len()), Some(1));
        assert_eq!(MarkerGrid::covering(&boxes, 1).map(|grid| grid.cells.len()), Some(4));
    }

    #[test]
    fn an_excessive_box_is_not_divided() {
        let world = [[-180.0, -90.0, 180.0, 90.0]];
        assert!(MarkerGrid::covering(&world, 7).is_none());
        assert!(MarkerGrid::covering(&world, 6).is_some());
    }
}
