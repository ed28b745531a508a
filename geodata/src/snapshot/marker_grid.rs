//! The grid of a view: counts markers by cell without looking at each of them.

use std::ops::Range;

use super::chunk::{Chunk, ChunkEntry};
use super::feature::Feature;
use super::markers::{MarkerGroup, MarkerRun};
use super::mercator::{WorldPoint, cell_codes, cell_coordinate};
use super::micro_degrees::MicroDegrees;
use super::spatial_index::Envelope;
use super::view_source::{Source, SourceLayers};
use crate::crs::{Datum, Wgs84};

/// Cells are 64 px wide, so that a thumb can tell clusters apart: 2^2 cells per 256-px tile.
const LEVELS_BELOW_TILE: u8 = 2;
/// From this zoom on, where places stand side by side on a street, cells are 32 px wide.
const STREET_ZOOM: u8 = 17;
/// Most cells that a view is divided into; enough for a wall-sized screen.
const MAX_CELLS: u64 = 2048;
/// The last zoom of the map.
pub(super) const LAST_ZOOM: u8 = 20;
/// Mark of a cell without markers.
const EMPTY: u32 = u32::MAX;

/// Quadtree level of the cells at a zoom.
pub(super) fn cell_level(zoom: u8) -> u8 {
    if zoom < STREET_ZOOM { zoom + LEVELS_BELOW_TILE } else { zoom + LEVELS_BELOW_TILE + 1 }
}

/// The markers of one cell.
pub(super) struct Cell<'s> {
    /// First Morton code of the cell.
    pub(super) first_code: u64,
    /// Totals of the markers.
    run: MarkerRun,
    /// Where the member with the smallest code is; of several the one whose layer comes first. It must
    /// not depend on where the markers were looked up.
    chunk: &'s Chunk,
    /// Number of that member's layer in the view.
    pub(super) layer: usize,
    /// Place of its counts among those of all cells.
    place: usize,
}

/// The non-empty cells of a view, in Morton order, at one level.
pub(super) struct MarkerGrid<'s> {
    pub(super) level: u8,
    pub(super) cells: Vec<Cell<'s>>,
    /// Members by layer of the view, for one cell after another.
    counts: Vec<u32>,
    layers: usize,
}

/// Counts markers into the cells of one level.
struct Counting<'s> {
    /// First codes of the cells that the view covers, ascending.
    covered: Vec<u64>,
    /// The bits of a code that tell positions within a cell apart.
    inside: u64,
    /// Place in `cells` of each covered cell, or [`EMPTY`].
    places: Vec<u32>,
    cells: Vec<Cell<'s>>,
    /// Members by layer, for one cell after another.
    counts: Vec<u32>,
    layers: usize,
    budget: usize,
}

impl<'s> MarkerGrid<'s> {
    /// The finest grid, from the level of `zoom` upwards, that covers `boxes` with at most `budget`
    /// non-empty cells. Cells are counted whole, also where they stick out of the boxes, so that a
    /// cluster stays the same while the map is moved.
    ///
    /// `sources` hold the places of the view's so many `layers`; markers that become shapes before
    /// `drawn_below` are left out.
    pub(super) fn fitting(
        boxes: &[Envelope],
        zoom: u8,
        drawn_below: u8,
        budget: usize,
        sources: &[Source<'s, '_>],
        layers: usize,
    ) -> Self {
        let mut level = cell_level(zoom);
        loop {
            let Some(covered) = covered_cells(boxes, level) else {
                level = level.saturating_sub(1);
                continue;
            };
            let mut counting = Counting {
                inside: cell_codes(0, 0, level).1,
                places: vec![EMPTY; covered.len()],
                covered,
                cells: Vec::with_capacity(budget.saturating_add(1)),
                counts: Vec::with_capacity(budget.saturating_add(1).saturating_mul(layers)),
                layers,
                // The one cell of level 0 always fits.
                budget: budget.max(1),
            };
            counting.count(drawn_below, sources);
            let mut cells = counting.cells;
            cells.sort_unstable_by_key(|cell| cell.first_code);
            if cells.len() <= budget.max(1) || level == 0 {
                return Self { level, cells, counts: counting.counts, layers };
            }
            level = level_with_fewer(&cells, level, budget);
        }
    }

    /// Number of the cell's members by layer of the view.
    pub(super) fn by_layer(&self, cell: &Cell) -> &[u32] {
        let start = cell.place.saturating_mul(self.layers);
        self.counts.get(start..start.saturating_add(self.layers)).unwrap_or_default()
    }
}

impl<'s> Counting<'s> {
    /// Counts all markers; stops when there are more cells than fit.
    fn count(&mut self, drawn_below: u8, sources: &[Source<'s, '_>]) {
        let (Some(&first), Some(&last)) = (self.covered.first(), self.covered.last()) else {
            return;
        };
        let last = last | self.inside;
        for source in sources {
            for entry in source.chunks {
                if entry.codes.1 < first || entry.codes.0 > last {
                    continue;
                }
                self.count_chunk(source.layers, entry, drawn_below);
                if self.cells.len() > self.budget {
                    return;
                }
            }
        }
    }

    fn count_chunk(&mut self, layers: SourceLayers, entry: &'s ChunkEntry, drawn_below: u8) {
        let (first, last) = entry.codes;
        let inside = self.inside;
        let start = self.covered.partition_point(|&cell| cell | inside < first);
        if self.covered.get(start).is_none_or(|&cell| cell > last) {
            return;
        }
        let markers = entry.chunk.markers();
        if first | inside == last | inside
            && let SourceLayers::One(layer) = layers
        {
            if let Some(total) = markers.total(drawn_below) {
                self.add(start, layer, total, &entry.chunk);
            }
            return;
        }
        for group in markers.groups(drawn_below) {
            self.count_group(start, layers, &entry.chunk, group);
        }
    }

    /// Adds the runs of a group to the cells they fall into, leaping over empty cells and over
    /// markers outside of all cells.
    fn count_group(&mut self, start: usize, layers: SourceLayers, chunk: &'s Chunk, group: &MarkerGroup) {
        let inside = self.inside;
        let codes = group.codes();
        let (mut place, mut cell_place) = (0, start);
        while let Some(&code) = codes.get(place) {
            let cells = self.covered.get(cell_place..).unwrap_or_default();
            cell_place += leap(cells, |&cell| cell | inside < code);
            let Some(&cell) = self.covered.get(cell_place) else {
                return;
            };
            let rest = codes.get(place..).unwrap_or_default();
            if code < cell {
                place += leap(rest, |&code| code < cell);
                continue;
            }
            let end = place + leap(rest, |&code| code <= cell | inside);
            self.add_run(cell_place, layers, chunk, group, place..end);
            place = end;
            cell_place += 1;
        }
    }

    /// Adds the markers at these places of a group to a cell.
    fn add_run(
        &mut self,
        cell_place: usize,
        layers: SourceLayers,
        chunk: &'s Chunk,
        group: &MarkerGroup,
        places: Range<usize>,
    ) {
        if let SourceLayers::One(layer) = layers {
            if let Some(run) = group.run(places.start, places.end) {
                self.add(cell_place, layer, &run, chunk);
            }
            return;
        }
        let mut in_view = places.filter_map(|place| {
            let layer = layers.number(chunk, group.member(place)?)?;
            Some((layer, group.run(place, place + 1)?))
        });
        if let Some((layer, first)) = in_view.next()
            && let Some(place) = self.add(cell_place, layer, &first, chunk)
            && let Some(cell) = self.cells.get_mut(place)
            && let Some(counts) = self.counts.get_mut(place * self.layers..)
        {
            for (layer, one) in in_view {
                cell.take(layer, &one, chunk);
                if let Some(number) = counts.get_mut(layer) {
                    *number += 1;
                }
            }
        }
    }

    /// Adds markers to the cell at this place among those covered; returns its place in `cells`.
    fn add(&mut self, cell_place: usize, layer: usize, run: &MarkerRun, chunk: &'s Chunk) -> Option<usize> {
        let place = self.places.get_mut(cell_place)?;
        let first_code = *self.covered.get(cell_place)?;
        if let Some(cell) = self.cells.get_mut(*place as usize) {
            cell.take(layer, run, chunk);
        } else {
            *place = u32::try_from(self.cells.len()).unwrap_or(EMPTY);
            self.cells.push(Cell { first_code, run: *run, chunk, layer, place: self.cells.len() });
            self.counts.resize(self.cells.len() * self.layers, 0);
        }
        let place = *place as usize;
        if let Some(number) = self.counts.get_mut(place * self.layers + layer) {
            *number += run.count;
        }
        Some(place)
    }
}

/// First codes of all cells of a level that meet the boxes, ascending; `None` if there are too many.
fn covered_cells(boxes: &[Envelope], level: u8) -> Option<Vec<u64>> {
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
        .map(|&[x0, y0, x1, y1]| {
            (u64::from(x1.saturating_sub(x0)) + 1) * (u64::from(y1.saturating_sub(y0)) + 1)
        })
        .sum();
    if number > MAX_CELLS && level > 0 {
        return None;
    }
    let mut cells: Vec<u64> = ranges
        .iter()
        .flat_map(|&[x0, y0, x1, y1]| {
            (y0..=y1).flat_map(move |y| (x0..=x1).map(move |x| cell_codes(x, y, level).0))
        })
        .collect();
    cells.sort_unstable();
    // The two halves of an antimeridian box can share cells at coarse levels.
    cells.dedup();
    Some(cells)
}

/// The next level at which there can be at most `budget` cells: merging the cells known at this
/// level gives a lower bound of their number on the levels above.
fn level_with_fewer(cells: &[Cell], level: u8, budget: usize) -> u8 {
    let cells_at = |level: u8| {
        let inside = cell_codes(0, 0, level).1;
        let end = |cell: &Cell| cell.first_code | inside;
        cells.chunk_by(|a, b| end(a) == end(b)).count()
    };
    (0..level).rev().find(|&level| cells_at(level) <= budget).unwrap_or(0)
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
    fn take(&mut self, layer: usize, run: &MarkerRun, chunk: &'s Chunk) {
        if (run.codes.0, layer) < (self.run.codes.0, self.layer) {
            (self.chunk, self.layer) = (chunk, layer);
            self.run = run.joined(&self.run);
        } else {
            self.run = self.run.joined(run);
        }
    }

    /// Number of markers.
    pub(super) fn count(&self) -> u32 {
        self.run.count
    }

    /// One of the members, the same wherever the markers were looked up.
    pub(super) fn sample(&self) -> Option<&'s Feature> {
        self.chunk.members().get(self.run.member as usize).map(AsRef::as_ref)
    }

    /// The mean of the members' positions in a datum. The shift of the datum is taken from one of
    /// them: within a cell it varies by less than half a pixel.
    pub(super) fn middle(&self, datum: Datum) -> MicroDegrees {
        let mean = MicroDegrees::mean(self.run.sum, self.run.count);
        match self.sample().filter(|_| datum != Datum::Wgs84).and_then(Feature::placement) {
            Some(placement) => mean.moved_like(placement.marker(Datum::Wgs84), placement.marker(datum)),
            None => mean,
        }
    }

    /// First zoom after `zoom` at which the members are no longer one cluster: they fall into
    /// different cells or one of them is drawn as a shape. 20 if they never part.
    pub(super) fn expansion_zoom(&self, zoom: u8) -> u8 {
        let shared_levels = (self.run.codes.0 ^ self.run.codes.1).leading_zeros() / 2;
        (zoom.saturating_add(1)..LAST_ZOOM)
            .find(|&later| u32::from(cell_level(later)) > shared_levels || self.run.shape_zoom <= later)
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
        assert_eq!(covered_cells(&boxes, 0).map(|cells| cells.len()), Some(1));
        assert_eq!(covered_cells(&boxes, 1).map(|cells| cells.len()), Some(4));
    }

    #[test]
    fn an_excessive_box_is_not_divided() {
        let world = [[-180.0, -90.0, 180.0, 90.0]];
        assert!(covered_cells(&world, 6).is_none());
        assert!(covered_cells(&world, 5).is_some());
    }
}
