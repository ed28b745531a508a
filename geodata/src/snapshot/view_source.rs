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

#[cfg(test)]
mod tests {
    use super::super::drawn_shapes::DrawnShapes;
    use super::super::feature::Feature;
    use super::super::marker_grid::MarkerGrid;
    use super::*;
    use crate::crs::Datum;
    use crate::synthetic::{Area, SyntheticMap};

    /// All that a view of these sources shows: shapes, then cells.
    fn shown(sources: &[Source<'_, '_>], layers: usize, around: &Envelope, zoom: u8) -> Vec<String> {
        let boxes = [*around];
        let drawn = DrawnShapes::select(sources, &boxes, zoom, 20);
        let grid = MarkerGrid::fitting(&boxes, zoom, drawn.drawn_below, 40, sources, layers);
        let shapes = drawn.shapes.iter().map(|shape| format!("{} of {}", shape.id, shape.layer));
        let cells = grid.cells.iter().map(|cell| {
            let sample = cell.sample().map(Feature::id);
            let middle = cell.middle(Datum::Gcj02);
            let expansion_zoom = cell.expansion_zoom(zoom);
            format!("{sample:?} of {} {middle:?} {expansion_zoom} {:?}", cell.layer, grid.by_layer(cell))
        });
        shapes.chain(cells).collect()
    }

    #[test]
    fn shared_chunks_and_those_of_each_layer_show_the_same() {
        let map = SyntheticMap { area: Area::Kwaichung, features: 20_000, layers: 3, seed: 5 };
        let mut records = map.feature_records();
        // Many places at one spot, so that the member that stands for a cluster is not obvious.
        for record in records.iter_mut().skip(1).step_by(7) {
            record.geometry = Some(geo::Point::new(114.4182, 22.6371).into());
        }
        let map = Snapshot::build(map.layer_records(), records, 1, 0, Vec::new()).unwrap();
        for places in [vec![0, 1, 2], vec![0, 2]] {
            for (zoom, half_deg) in [(9, 0.1), (13, 0.02), (16, 0.004), (18, 0.001)] {
                let around =
                    [114.4182 - half_deg, 22.6371 - half_deg, 114.4182 + half_deg, 22.6371 + half_deg];
                let view = ViewLayers::shown(&map, &places, zoom);
                let shared =
                    [Source { chunks: map.all_places.chunks(), layers: SourceLayers::Shared(&view.numbers) }];
                let by_layer: Vec<Source> = (0..)
                    .zip(&view.layers)
                    .map(|(number, layer)| Source {
                        chunks: layer.chunks(),
                        layers: SourceLayers::One(number),
                    })
                    .collect();
                let expected = shown(&by_layer, places.len(), &around, zoom);
                assert!(!expected.is_empty());
                assert_eq!(shown(&shared, places.len(), &around, zoom), expected, "{places:?} at {zoom}");
            }
        }
    }
}
