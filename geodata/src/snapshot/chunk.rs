//! A piece of a layer: up to some thousand neighbouring features with everything that searching,
//! clustering and drawing them needs. An edit rebuilds one piece and shares all others.

use std::sync::Arc;

use super::feature::{Feature, NEVER_A_SHAPE, Placement};
use super::markers::{Marker, Markers};
use super::record::FeatureId;
use super::spatial_index::{Envelope, SpatialIndex, joined};
use crate::crs::Datum;

/// Features per chunk when a layer is first cut; an edited chunk is cut again at twice as many.
pub(super) const CHUNK_SIZE: usize = 4096;

/// A line or polygon of a chunk, as drawing needs it.
pub(super) struct Shape {
    /// Envelope in degrees.
    pub(super) envelope: Envelope,
    /// Larger side on the world square.
    pub(super) side: u32,
    /// First zoom at which it is drawn.
    pub(super) drawn_from: u8,
    /// Number of the feature in the chunk.
    pub(super) member: usize,
}

/// A chunk with what decides whether it concerns a request. A layer keeps these side by side, so
/// that passing over chunks costs no jump in memory.
#[derive(Clone)]
pub(super) struct ChunkEntry {
    /// First Morton code that belongs here; the next chunk's start ends the range.
    pub(super) start_code: u64,
    /// First and last code of the members.
    pub(super) codes: (u64, u64),
    /// West, south, east, north of all members in degrees.
    pub(super) envelope: Envelope,
    pub(super) chunk: Arc<Chunk>,
}

/// Neighbouring features of one layer.
pub(super) struct Chunk {
    /// By ascending id.
    members: Vec<Arc<Feature>>,
    /// The ids of the members, to choose among them without touching them.
    ids: Box<[FeatureId]>,
    index: SpatialIndex,
    markers: Markers,
    /// Largest first, so that the shapes drawn at a zoom are the first so many.
    shapes: Vec<Shape>,
    /// Number of shapes that are drawn at each zoom.
    shapes_drawn: [usize; NEVER_A_SHAPE as usize],
    /// Place of each member in `shapes`; members that are never drawn lie beyond its end.
    shape_ranks: Box<[u32]>,
}

impl Chunk {
    /// Builds a chunk of features that have a position. `None` if there are none.
    pub(super) fn entry(start_code: u64, mut members: Vec<Arc<Feature>>) -> Option<ChunkEntry> {
        members.retain(|member| member.placement().is_some());
        members.sort_by_cached_key(|member| member.id());
        let placements: Vec<&Placement> = members.iter().filter_map(|member| member.placement()).collect();
        let envelopes = placements.iter().map(|placement| placement.envelope);
        let codes = placements.iter().map(|placement| placement.code);
        Some(ChunkEntry {
            start_code,
            codes: (codes.clone().min()?, codes.max()?),
            envelope: envelopes.reduce(joined)?,
            chunk: Arc::new(Self::new(&members, &placements)),
        })
    }

    fn new(members: &[Arc<Feature>], placements: &[&Placement]) -> Self {
        let mut by_size: Vec<usize> = (0..placements.len()).collect();
        by_size.retain(|&i| placements[i].shape_zoom < NEVER_A_SHAPE);
        by_size.sort_by_key(|&i| std::cmp::Reverse(placements[i].side));
        let mut shape_ranks = vec![u32::MAX; placements.len()];
        let mut shapes_drawn = [0; NEVER_A_SHAPE as usize];
        for (rank, &member) in by_size.iter().enumerate() {
            shape_ranks[member] = u32::try_from(rank).unwrap_or(u32::MAX);
            for drawn in shapes_drawn.iter_mut().skip(usize::from(placements[member].shape_zoom)) {
                *drawn += 1;
            }
        }
        let shapes = by_size
            .iter()
            .map(|&member| Shape {
                envelope: placements[member].envelope,
                side: placements[member].side,
                drawn_from: placements[member].shape_zoom,
                member,
            })
            .collect();
        Self {
            ids: members.iter().map(|member| member.id()).collect(),
            members: members.to_vec(),
            index: SpatialIndex::new(placements.iter().map(|placement| placement.envelope)),
            markers: Markers::new(placements.iter().map(|placement| Marker {
                shape_zoom: placement.shape_zoom,
                code: placement.code,
                at: placement.marker(Datum::Wgs84),
            })),
            shapes,
            shapes_drawn,
            shape_ranks: shape_ranks.into_boxed_slice(),
        }
    }

    /// The features, by ascending id.
    pub(super) fn members(&self) -> &[Arc<Feature>] {
        &self.members
    }

    /// Ids of the members, in the same order.
    pub(super) fn ids(&self) -> &[FeatureId] {
        &self.ids
    }

    pub(super) fn index(&self) -> &SpatialIndex {
        &self.index
    }

    pub(super) fn markers(&self) -> &Markers {
        &self.markers
    }

    /// The shapes drawn at a zoom, largest first.
    pub(super) fn shapes(&self, zoom: u8) -> &[Shape] {
        let drawn =
            self.shapes_drawn.get(usize::from(zoom)).or(self.shapes_drawn.last()).copied().unwrap_or(0);
        self.shapes.get(..drawn).unwrap_or_default()
    }

    /// Place of a member among the shapes, largest first; beyond all shapes for markers.
    pub(super) fn shape_rank(&self, member: usize) -> usize {
        self.shape_ranks.get(member).map_or(usize::MAX, |&rank| rank as usize)
    }
}

/// Cuts features into runs of neighbours of about [`CHUNK_SIZE`], each with its first code; the
/// first run starts at `start_code`. Features at the same spot stay together.
pub(super) fn cut_by_code(start_code: u64, mut features: Vec<Arc<Feature>>) -> Vec<(u64, Vec<Arc<Feature>>)> {
    features.sort_by_cached_key(|feature| (code_of(feature), feature.id()));
    let pieces = features.len().div_ceil(CHUNK_SIZE);
    let piece_len = features.len().div_ceil(pieces.max(1)).max(1);
    let mut cut: Vec<(u64, Vec<Arc<Feature>>)> = Vec::with_capacity(pieces);
    let mut previous_code = None;
    for feature in features {
        let code = code_of(&feature);
        match cut.last_mut() {
            Some((_, run)) if run.len() < piece_len || previous_code == Some(code) => {
                run.push(feature);
            }
            None => cut.push((start_code, vec![feature])),
            Some(_) => cut.push((code, vec![feature])),
        }
        previous_code = Some(code);
    }
    cut
}

/// Morton code of a feature's anchor.
pub(super) fn code_of(feature: &Feature) -> u64 {
    feature.placement().map_or(0, |placement| placement.code)
}
