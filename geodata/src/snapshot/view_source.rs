//! Where a view finds its places.

use super::Snapshot;
use super::chunk::{Chunk, ChunkEntry};
use super::layer::LayerSnapshot;
use super::spatial_index::{Envelope, meet};

/// A view of several layers looks at no more chunks that all layers share than this. Within those it
/// looks at each place, so beyond them the sums that each layer holds are faster.
const MOST_SHARED_CHUNKS: usize = 12;

/// The layers of a view, numbered in display order.
pub(super) struct ViewLayers<'s> {
    pub(super) layers: Vec<&'s LayerSnapshot>,
    /// Number in the view of each layer of the map.
    numbers: Vec<Option<usize>>,
}

/// Some chunks, and which of their members are in the view.
#[derive(Clone, Copy)]
pub(super) struct Source<'s, 'v> {
    pub(super) chunks: &'s [ChunkEntry],
    pub(super) layers: SourceLayers<'v>,
}

/// The layers that the members of a source belong to.
#[derive(Clone, Copy)]
pub(super) enum SourceLayers<'v> {
    /// All members belong to the layer with this number in the view.
    One(usize),
    /// Members belong to all layers of the map; these are the layers' numbers in the view.
    Shared(&'v [Option<usize>]),
}

impl<'s> ViewLayers<'s> {
    /// The layers at these places of the map that are shown at a zoom.
    pub(super) fn shown(snapshot: &'s Snapshot, places: &[usize], zoom: u8) -> Self {
        let mut shown = Self { layers: Vec::new(), numbers: vec![None; snapshot.layers.len()] };
        for &place in places {
            if let (Some(layer), Some(number)) = (snapshot.layers.get(place), shown.numbers.get_mut(place))
                && layer.shown_at(zoom)
            {
                *number = Some(shown.layers.len());
                shown.layers.push(layer);
            }
        }
        shown
    }

    /// Where to look for the places of these layers. All choices lead to the same view.
    pub(super) fn sources<'v>(&'v self, snapshot: &'s Snapshot, boxes: &[Envelope]) -> Vec<Source<'s, 'v>> {
        let shared = snapshot.all_places.chunks();
        let met = || shared.iter().filter(|entry| boxes.iter().any(|other| meet(other, &entry.envelope)));
        if self.layers.len() > 1 && met().nth(MOST_SHARED_CHUNKS).is_none() {
            return vec![Source { chunks: shared, layers: SourceLayers::Shared(&self.numbers) }];
        }
        self.layers
            .iter()
            .enumerate()
            .map(|(number, layer)| Source { chunks: layer.chunks(), layers: SourceLayers::One(number) })
            .collect()
    }
}

impl SourceLayers<'_> {
    /// Number in the view of the layer that a member of a chunk belongs to; `None` if that layer is
    /// not in the view.
    pub(super) fn number(self, chunk: &Chunk, member: u32) -> Option<usize> {
        match self {
            Self::One(number) => Some(number),
            Self::Shared(numbers) => numbers.get(chunk.layer_of(member)?).copied().flatten(),
        }
    }
}
