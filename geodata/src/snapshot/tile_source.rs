//! What of a layer lies in a tile of the map.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::chunk::{Chunk, ChunkEntry};
use super::content_hash::ContentHash;
use super::feature::{Feature, NEVER_A_SHAPE};
use super::layer::LayerSnapshot;
use super::markers::MarkerRun;
use super::mercator::{QuadCell, WorldPoint};
use super::micro_degrees::MicroDegrees;
use super::spatial_index::{Envelope, meet};
use crate::crs::Wgs84;

/// The zoom from which every line and polygon that is ever drawn as such is drawn.
pub(crate) const DRAWN_ALL: u8 = NEVER_A_SHAPE - 1;

/// Markers that fall into one cell.
pub(crate) struct MarkerCell<'s> {
    /// Number of the cell on its level, in Morton order.
    pub(crate) number: u64,
    run: MarkerRun,
    chunk: &'s Chunk,
}

impl LayerSnapshot {
    /// Calls `found` with every line and polygon that a view at `zoom` draws as such and whose envelope
    /// meets this one.
    pub(crate) fn shapes_meeting<'s>(
        &'s self,
        envelope: &Envelope,
        zoom: u8,
        found: &mut impl FnMut(&'s Arc<Feature>),
    ) {
        for entry in self.chunks().iter().filter(|entry| meet(&entry.envelope, envelope)) {
            entry.chunk.shapes().meeting(&[*envelope], zoom, |shape| {
                if let Some(feature) = entry.chunk.members().get(shape.member as usize) {
                    found(feature);
                }
                ControlFlow::Continue(())
            });
        }
    }

    /// All lines and polygons that are ever drawn as such.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Arc<Feature>> {
        self.placed().filter(|member| member.shape_zoom() < NEVER_A_SHAPE)
    }

    /// Morton codes of all places, in no order.
    pub(crate) fn codes(&self) -> impl Iterator<Item = u64> {
        self.placed().filter_map(|member| member.placement()).map(|placement| placement.code)
    }

    /// All features with a position.
    pub(crate) fn placed(&self) -> impl Iterator<Item = &Arc<Feature>> {
        self.chunks().iter().flat_map(|entry| entry.chunk.members())
    }

    /// The markers in `tile` that a view at `zoom` does not draw as shapes, counted by the cells of
    /// `level`, which are smaller; in Morton order.
    pub(crate) fn marker_cells(&self, tile: QuadCell, level: u8, zoom: u8) -> Vec<MarkerCell<'_>> {
        let shift = 64 - 2 * u32::from(level.clamp(1, 32));
        let mut cells: Vec<MarkerCell<'_>> = Vec::new();
        self.marker_runs(tile, zoom, |chunk, codes, run| {
            let mut place = 0;
            while let Some(number) = codes.get(place).map(|code| code >> shift) {
                let rest = codes.get(place..).unwrap_or_default();
                let end = place + rest.partition_point(|code| code >> shift == number);
                cells.extend(run(place, end).map(|run| MarkerCell { number, run, chunk }));
                place = end;
            }
        });
        cells.sort_by_key(|cell| cell.number);
        cells.dedup_by(|next, cell| {
            let same = next.number == cell.number;
            if same {
                cell.run = cell.run.joined(&next.run);
            }
            same
        });
        cells
    }

    /// The features in `tile` that are never drawn as shapes, by Morton code and id.
    pub(crate) fn points_in(&self, tile: QuadCell) -> Vec<&Feature> {
        let mut points: Vec<(u64, &Feature)> = Vec::new();
        self.marker_runs(tile, DRAWN_ALL, |chunk, codes, run| {
            let members = (0..codes.len()).filter_map(|place| run(place, place + 1));
            let found =
                members.filter_map(|run| Some((run.codes.0, chunk.members().get(run.member as usize)?)));
            points.extend(found.map(|(code, feature)| (code, feature.as_ref())));
        });
        points.sort_by_key(|&(code, feature)| (code, feature.id()));
        points.into_iter().map(|(_, feature)| feature).collect()
    }

    /// Calls `found` with the codes that lie in `tile`, ascending, and with what gives the totals of the
    /// markers at some of their places.
    fn marker_runs<'s>(
        &'s self,
        tile: QuadCell,
        zoom: u8,
        mut found: impl FnMut(&'s Chunk, &[u64], &dyn Fn(usize, usize) -> Option<MarkerRun>),
    ) {
        let (first, last) = tile.codes();
        for entry in self.chunks().iter().filter(|entry| holds_codes(entry, first, last)) {
            for group in entry.chunk.markers().groups(zoom.saturating_add(1)) {
                let start = group.codes().partition_point(|&code| code < first);
                let end = group.codes().partition_point(|&code| code <= last);
                let codes = group.codes().get(start..end).unwrap_or_default();
                if !codes.is_empty() {
                    found(&entry.chunk, codes, &|from, to| group.run(start + from, start + to));
                }
            }
        }
    }

    /// A hash that changes with everything of this layer that a tile can show: `envelope` is the tile's,
    /// its margin included. Other places of the neighbourhood may change it too.
    pub(crate) fn hash_around(&self, tile: QuadCell, envelope: &Envelope) -> u64 {
        let (first, last) = tile.codes();
        let near = |entry: &&ChunkEntry| holds_codes(entry, first, last) || meet(&entry.envelope, envelope);
        let chunks = self.chunks().iter().filter(near);
        let content = chunks.fold(0_u64, |sum, entry| sum.wrapping_add(entry.content_hash));
        let mut hash = ContentHash::new();
        hash.bytes(self.id().as_bytes()).bytes(self.icon().as_bytes()).number(content);
        hash.finish()
    }
}

fn holds_codes(entry: &ChunkEntry, first: u64, last: u64) -> bool {
    entry.codes.0 <= last && entry.codes.1 >= first
}

impl<'s> MarkerCell<'s> {
    /// Number of markers.
    pub(crate) fn count(&self) -> u32 {
        self.run.count
    }

    /// The only member of a cell with one.
    pub(crate) fn single(&self) -> Option<&'s Feature> {
        let member = self.chunk.members().get(self.run.member as usize)?;
        (self.run.count == 1).then_some(member.as_ref())
    }

    /// The mean of the members' positions.
    pub(crate) fn middle(&self) -> WorldPoint {
        let mean = MicroDegrees::mean(self.run.sum, self.run.count).in_degrees();
        WorldPoint::of(Wgs84 { lon: mean.x, lat: mean.y })
    }

    /// Levels of the quadtree on which all members are in one cell.
    pub(crate) fn shared_levels(&self) -> u32 {
        (self.run.codes.0 ^ self.run.codes.1).leading_zeros() / 2
    }

    /// First zoom of a view at which one of the members is drawn as a shape.
    pub(crate) fn shape_zoom(&self) -> u8 {
        self.run.shape_zoom
    }
}

impl Feature {
    /// Where its marker stands.
    pub(crate) fn marker_at(&self) -> Option<WorldPoint> {
        self.placement().map(|placement| WorldPoint::of_code(placement.code))
    }

    /// First zoom at which a view draws it as a shape, or one more than any.
    pub(crate) fn shape_zoom(&self) -> u8 {
        self.placement().map_or(NEVER_A_SHAPE, |placement| placement.shape_zoom)
    }

    /// Larger side of its envelope on the world square.
    pub(crate) fn world_side(&self) -> u32 {
        self.placement().map_or(0, |placement| placement.side)
    }
}
