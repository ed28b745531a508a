//! Features spread over chunks: those of one layer, or those of all layers together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::chunk::{CHUNK_SIZE, Chunk, ChunkEntry, code_of, cut_by_code};
use super::feature::Feature;
use super::record::FeatureId;
use crate::parallel;

/// Chunks by ascending range of Morton codes.
#[derive(Clone, Default)]
pub(super) struct Sheet {
    chunks: Vec<ChunkEntry>,
    /// Ids of the layers in display order where the sheet holds several.
    layers: Option<Arc<[Arc<str>]>>,
}

/// Features that an edit takes out and puts in.
#[derive(Clone, Default)]
pub(super) struct Edit {
    pub(super) removed: Vec<Arc<Feature>>,
    pub(super) added: Vec<Arc<Feature>>,
}

/// A part of a sheet while chunks are built.
type ChunkPlan = (u64, Vec<Arc<Feature>>);

impl Sheet {
    /// An empty sheet for features of all these layers, in display order.
    pub(super) fn of_layers(layers: impl Iterator<Item = Arc<str>>) -> Self {
        Self { chunks: Vec::new(), layers: Some(layers.collect()) }
    }

    pub(super) fn chunks(&self) -> &[ChunkEntry] {
        &self.chunks
    }

    /// Number of features in chunks that the other sheet does not share.
    pub(super) fn unshared_with(&self, other: &Self) -> usize {
        let shared: HashSet<*const Chunk> =
            other.chunks.iter().map(|entry| Arc::as_ptr(&entry.chunk)).collect();
        let own = self.chunks.iter().filter(|entry| !shared.contains(&Arc::as_ptr(&entry.chunk)));
        own.map(|entry| entry.chunk.members().len()).sum()
    }

    /// The sheet after an edit. Only chunks that the edit touches are built anew.
    pub(super) fn edited(&self, edit: Edit) -> Self {
        let placed = |features: Vec<Arc<Feature>>| {
            features.into_iter().filter(|feature| feature.placement().is_some())
        };
        let mut touched: BTreeMap<usize, Edit> = BTreeMap::new();
        for feature in placed(edit.removed) {
            let place = self.chunk_for(code_of(&feature));
            touched.entry(place).or_default().removed.push(feature);
        }
        for feature in placed(edit.added) {
            let place = self.chunk_for(code_of(&feature));
            touched.entry(place).or_default().added.push(feature);
        }
        let mut rebuilt = self.rebuild(touched);
        let mut chunks = Vec::with_capacity(self.chunks.len() + rebuilt.len());
        for (place, entry) in self.chunks.iter().enumerate() {
            match rebuilt.remove(&place) {
                Some(pieces) => chunks.extend(pieces),
                None => chunks.push(entry.clone()),
            }
        }
        chunks.extend(rebuilt.into_values().flatten());
        Self { chunks, layers: self.layers.clone() }
    }

    /// Place of the chunk whose range holds `code`; 0 while there are no chunks.
    fn chunk_for(&self, code: u64) -> usize {
        self.chunks.partition_point(|entry| entry.start_code <= code).saturating_sub(1)
    }

    /// Builds the touched chunks anew, each into none, one or several.
    fn rebuild(&self, touched: BTreeMap<usize, Edit>) -> BTreeMap<usize, Vec<ChunkEntry>> {
        let plans: Vec<(usize, ChunkPlan)> = touched
            .into_iter()
            .flat_map(|(place, edit)| {
                replan(self.chunks.get(place), edit).into_iter().map(move |plan| (place, plan))
            })
            .collect();
        let mut rebuilt: BTreeMap<usize, Vec<ChunkEntry>> =
            plans.iter().map(|(place, _)| (*place, Vec::new())).collect();
        let built = parallel::map(plans, |(place, (start_code, members))| {
            (place, Chunk::entry(start_code, members, self.layers.as_deref().unwrap_or_default()))
        });
        for (place, entry) in built {
            if let Some(entry) = entry {
                rebuilt.entry(place).or_default().push(entry);
            }
        }
        rebuilt
    }
}

/// What a chunk holds after an edit; cut into several when it has outgrown its size.
fn replan(entry: Option<&ChunkEntry>, edit: Edit) -> Vec<ChunkPlan> {
    let removed: HashSet<FeatureId> = edit.removed.iter().map(|f| f.id()).collect();
    let start_code = entry.map_or(0, |entry| entry.start_code);
    let mut members: Vec<Arc<Feature>> = Vec::new();
    if let Some(ChunkEntry { chunk, .. }) = entry {
        let kept = chunk.ids().iter().zip(chunk.members());
        members.extend(kept.filter(|(id, _)| !removed.contains(id)).map(|(_, member)| Arc::clone(member)));
    }
    members.extend(edit.added);
    if members.len() <= 2 * CHUNK_SIZE {
        vec![(start_code, members)]
    } else {
        cut_by_code(start_code, members)
    }
}
