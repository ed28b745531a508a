//! A piece of the map: up to some thousand neighbouring features with everything that searching,
//! clustering and drawing them needs. An edit rebuilds one piece and shares all others.

use std::sync::Arc;

use super::columns::ColumnCache;
use super::feature::{Feature, Placement};
use super::markers::{Marker, Markers};
use super::record::FeatureId;
use super::shapes::Shapes;
use super::spatial_index::{Envelope, SpatialIndex, joined};
use crate::crs::Datum;

/// Features per chunk when a sheet is first cut; an edited chunk is cut again at twice as many.
pub(super) const CHUNK_SIZE: usize = 2048;

/// A chunk with what decides whether it concerns a request. A sheet keeps these side by side, so
/// that passing over chunks costs no jump in memory.
#[derive(Clone)]
pub(super) struct ChunkEntry {
    /// First Morton code that belongs here; the next chunk's start ends the range.
    pub(super) start_code: u64,
    /// First and last code of the members.
    pub(super) codes: (u64, u64),
    /// West, south, east, north of all members in degrees.
    pub(super) envelope: Envelope,
    /// Wrapping sum over the members, so that it does not depend on their order.
    pub(super) content_hash: u64,
    pub(super) chunk: Arc<Chunk>,
}

/// Neighbouring features of one layer, or of all.
pub(super) struct Chunk {
    /// By ascending id.
    members: Vec<Arc<Feature>>,
    /// The ids of the members, to choose among them without touching them.
    ids: Box<[FeatureId]>,
    index: SpatialIndex,
    markers: Markers,
    shapes: Shapes,
    /// Place of each member's layer in display order; empty if all members are of one layer.
    layers: Box<[u16]>,
    columns: ColumnCache,
}

impl Chunk {
    /// Builds a chunk of those features that have a position. `None` if there are none.
    ///
    /// `layers` are the ids of all layers, in display order, if the features may be of any of them.
    pub(super) fn entry(
        start_code: u64,
        mut members: Vec<Arc<Feature>>,
        layers: &[Arc<str>],
    ) -> Option<ChunkEntry> {
        members.retain(|member| member.placement().is_some());
        members.sort_by_cached_key(|member| member.id());
        let placements: Vec<&Placement> = members.iter().filter_map(|member| member.placement()).collect();
        let envelopes = placements.iter().map(|placement| placement.envelope);
        let codes = placements.iter().map(|placement| placement.code);
        Some(ChunkEntry {
            start_code,
            codes: (codes.clone().min()?, codes.max()?),
            envelope: envelopes.reduce(joined)?,
            content_hash: members.iter().fold(0, |sum: u64, member| sum.wrapping_add(member.content_hash())),
            chunk: Arc::new(Self::new(&members, &placements, layers)),
        })
    }

    fn new(members: &[Arc<Feature>], placements: &[&Placement], layers: &[Arc<str>]) -> Self {
        let layer_of = |member: &Arc<Feature>| {
            let place = layers.iter().position(|layer| layer == member.layer());
            place.and_then(|place| u16::try_from(place).ok()).unwrap_or(u16::MAX)
        };
        Self {
            ids: members.iter().map(|member| member.id()).collect(),
            members: members.to_vec(),
            index: SpatialIndex::new(placements.iter().map(|placement| placement.envelope)),
            markers: Markers::new(placements.iter().map(|placement| Marker {
                shape_zoom: placement.shape_zoom,
                code: placement.code,
                at: placement.marker(Datum::Wgs84),
            })),
            shapes: Shapes::of(members.iter().map(AsRef::as_ref).zip(placements.iter().copied())),
            layers: if layers.is_empty() { Box::default() } else { members.iter().map(layer_of).collect() },
            columns: ColumnCache::default(),
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

    pub(super) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Properties of the members side by side.
    pub(super) fn columns(&self) -> &ColumnCache {
        &self.columns
    }

    /// Place of a member's layer in display order; `None` in a chunk of one layer.
    pub(super) fn layer_of(&self, member: u32) -> Option<usize> {
        self.layers.get(member as usize).map(|&layer| layer.into())
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
