//! All tiles of the map, zoom by zoom.

use super::address::TileAddress;
use super::detail::{Detail, FULL_DETAIL_ZOOM};
use super::draw::Grid;
use super::tile::{Painter, draw_order, view_zoom};
use super::world_shape::WorldShape;
use crate::parallel;
use crate::snapshot::{Feature, LayerSnapshot};

/// Tiles that are made before they are handed on.
const BATCH: usize = 2048;

/// Makes all tiles of some layers. Shapes are projected and measured once for all of them.
pub struct TileSet<'m> {
    layers: Vec<&'m LayerSnapshot>,
    /// By layer, and within one in the order in which they are drawn.
    shapes: Vec<PlacedShape<'m>>,
    /// Where places are: ascending Morton codes.
    codes: Vec<u64>,
}

struct PlacedShape<'m> {
    layer: usize,
    feature: &'m Feature,
    shape: WorldShape,
}

/// A tile with the shapes that may be on it.
struct Plan {
    address: TileAddress,
    shapes: Vec<u32>,
}

impl<'m> TileSet<'m> {
    /// Prepares the tiles of these layers.
    pub fn new(layers: &[&'m LayerSnapshot]) -> Self {
        let mut features: Vec<(usize, &'m Feature)> = layers
            .iter()
            .enumerate()
            .flat_map(|(place, layer)| layer.shapes().map(move |feature| (place, feature.as_ref())))
            .collect();
        features.sort_by_key(|&(layer, feature)| (layer, draw_order(feature)));
        let placed = parallel::map_with(features, Detail::default, |detail, (layer, feature)| {
            let shape = WorldShape::of(feature.geometry()?, FULL_DETAIL_ZOOM, detail);
            Some(PlacedShape { layer, feature, shape })
        });
        let mut codes: Vec<u64> = layers.iter().flat_map(|layer| layer.codes()).collect();
        codes.sort_unstable();
        Self { layers: layers.to_vec(), shapes: placed.into_iter().flatten().collect(), codes }
    }

    /// Hands every tile that shows something to `found`, zoom by zoom up to `max_zoom` and in the order of
    /// [`TileAddress::hilbert_id`], after `finish` has worked on it. Tiles are made and finished on all
    /// cores; each has a value of its own from `scratch`. The bytes are those of [`super::tile()`].
    ///
    /// # Errors
    /// The first error of `found` ends the work.
    pub fn generate<S, T: Send, E>(
        &self,
        max_zoom: u8,
        scratch: impl Fn() -> S + Sync,
        finish: impl Fn(&mut S, Vec<u8>) -> T + Sync,
        mut found: impl FnMut(TileAddress, T) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = (0..).take(self.shapes.len()).collect();
        let mut plans = vec![Plan { address: TileAddress::WORLD, shapes: all }];
        loop {
            for batch in plans.chunks(BATCH) {
                let tiles = parallel::map_with(
                    batch.iter().collect(),
                    || (scratch(), Painter::default()),
                    |(scratch, painter), plan: &Plan| {
                        let tile = self.paint(painter, plan);
                        (!tile.is_empty()).then(|| finish(scratch, tile))
                    },
                );
                for (plan, tile) in batch.iter().zip(tiles) {
                    if let Some(tile) = tile {
                        found(plan.address, tile)?;
                    }
                }
            }
            if plans.first().is_none_or(|plan| plan.address.zoom() >= max_zoom) {
                return Ok(());
            }
            plans = plans.iter().flat_map(|plan| self.parts(plan)).collect();
        }
    }

    fn paint(&self, painter: &mut Painter, plan: &Plan) -> Vec<u8> {
        let zoom = plan.address.zoom();
        let mut tile = Vec::new();
        let mut rest = plan.shapes.as_slice();
        for (place, layer) in self.layers.iter().enumerate() {
            let of_layer = rest.partition_point(|&shape| self.shape(shape).is_some_and(|s| s.layer <= place));
            let (shapes, later) = rest.split_at(of_layer);
            rest = later;
            if !layer.shown_at(zoom) {
                continue;
            }
            let drawn = shapes.iter().filter_map(|&shape| self.shape(shape));
            let drawn = drawn.filter(|placed| placed.feature.shape_zoom() <= view_zoom(zoom));
            let drawn = drawn.map(|placed| (placed.feature, &placed.shape));
            painter.layer(layer, plan.address, drawn, &mut tile);
        }
        tile
    }

    /// Those of the four parts of a tile where something may be, along the Hilbert curve.
    fn parts(&self, plan: &Plan) -> Vec<Plan> {
        let mut parts: Vec<Plan> = plan
            .address
            .children()
            .into_iter()
            .flatten()
            .map(|address| {
                let grid = Grid::of(address);
                let meets =
                    |shape: &u32| self.shape(*shape).is_some_and(|placed| grid.meets(&placed.shape.bounds));
                Plan { address, shapes: plan.shapes.iter().copied().filter(meets).collect() }
            })
            .filter(|part| !part.shapes.is_empty() || self.has_places(part.address))
            .collect();
        parts.sort_by_key(|part| part.address.hilbert_id());
        parts
    }

    fn has_places(&self, address: TileAddress) -> bool {
        let (first, last) = address.cell().codes();
        let place = self.codes.partition_point(|&code| code < first);
        self.codes.get(place).is_some_and(|&code| code <= last)
    }

    fn shape(&self, number: u32) -> Option<&PlacedShape<'m>> {
        self.shapes.get(number as usize)
    }
}

impl std::fmt::Debug for TileSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TileSet")
            .field("layers", &self.layers.len())
            .field("shapes", &self.shapes.len())
            .finish_non_exhaustive()
    }
}
