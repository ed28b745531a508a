//! The immutable in-memory map that all reads are answered from.
//!
//! A [`Snapshot`] is built once from the database and replaced by [`Snapshot::apply`] after each
//! edit; the new one shares everything that the edit did not touch, and readers of the old one are
//! never disturbed.
//!
//! ```
//! use std::sync::Arc;
//! use geodata::snapshot::{FeatureRecord, LayerRecord, PageQuery, Snapshot};
//!
//! let park = LayerRecord { id: "park".into(), icon: "tree".into(), min_zoom: 0, max_zoom: 20 };
//! let kwaichung_park = FeatureRecord {
//!     id: 7,
//!     layer: "park".into(),
//!     version: 1,
//!     name: "葵涌公园".into(),
//!     geometry: Some(geo::Point::new(114.4182, 22.6371).into()),
//!     properties: r#"{"name":"葵涌公园"}"#.into(),
//!     entrances: Vec::new(),
//! };
//! let map = Snapshot::build(vec![park], vec![kwaichung_park], 1, 0, Vec::new())?;
//!
//! let layer = map.layer("park").ok_or("no such layer")?;
//! let query = PageQuery { bbox: Some("114.41,22.63,114.42,22.64".parse()?), limit: 10, ..Default::default() };
//! let page = map.page(layer, &query);
//! assert_eq!(page.matched, 1);
//! assert_eq!(page.features[0].name(), "葵涌公园");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attributes;
mod build;
mod change_log;
mod chunk;
mod columns;
mod content_hash;
mod drawings;
mod drawn_shapes;
mod feature;
mod id_index;
mod layer;
mod marker_grid;
mod markers;
mod members;
mod mercator;
mod micro_degrees;
mod nearest;
mod page;
mod property_value;
mod record;
mod select;
mod shapes;
mod sheet;
mod spatial_index;
mod tile_source;
mod view;
mod view_source;

use std::sync::Arc;

use change_log::ChangeLog;
use columns::ColumnBudget;
use content_hash::ContentHash;
use drawings::DrawingStore;
use id_index::IdIndex;
use sheet::Sheet;

pub(crate) use members::{Members, text};
pub(crate) use mercator::{QuadCell, WorldPoint};
pub(crate) use spatial_index::Envelope;
pub(crate) use tile_source::{DRAWN_ALL, MarkerCell};

pub use change_log::ChangeRef;
pub(crate) use columns::{Column, Item};
pub use feature::Feature;
pub use layer::{LayerSet, LayerSnapshot};
pub use nearest::{Nearby, NearestQuery};
pub use page::{Page, PageQuery};
pub use record::{
    Change, Entrance, FeatureId, FeatureRecord, LayerRecord, LogEntry, MAX_FEATURE_ID, SnapshotError,
    UnknownLayer,
};
pub use select::{SelectQuery, Selected, SortKey, TooMuchWork};
pub use view::{MAX_VIEW_ITEMS, MAX_ZOOM, ViewQuery, ViewSummary};

/// The published map at one revision.
pub struct Snapshot {
    revision: u64,
    changed_at_ms: i64,
    /// In display order.
    layers: Vec<Arc<LayerSnapshot>>,
    features: IdIndex,
    log: Arc<ChangeLog>,
    /// The placed features of all layers, for views of several layers.
    all_places: Sheet,
    /// Shared by all snapshots that follow from one another.
    drawings: Arc<DrawingStore>,
    /// Shared likewise.
    columns: Arc<ColumnBudget>,
}

impl Snapshot {
    /// Revision of the map; every edit raises it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Time of the last change, in milliseconds since 1970 (UTC).
    pub fn changed_at_ms(&self) -> i64 {
        self.changed_at_ms
    }

    /// All layers in display order.
    pub fn layers(&self) -> impl Iterator<Item = &LayerSnapshot> {
        self.layers.iter().map(AsRef::as_ref)
    }

    /// The layer with this id.
    pub fn layer(&self, id: &str) -> Option<&LayerSnapshot> {
        self.layers().find(|layer| &**layer.id() == id)
    }

    /// The feature with this id.
    pub fn feature(&self, id: FeatureId) -> Option<&Feature> {
        self.features.get(id).map(AsRef::as_ref)
    }

    /// The layers with these ids, in display order; naming one twice does no harm.
    pub fn layer_set(&self, ids: &[&str]) -> Result<LayerSet, UnknownLayer> {
        let mut places = ids
            .iter()
            .map(|&id| {
                self.layers().position(|layer| &**layer.id() == id).ok_or_else(|| UnknownLayer(id.to_owned()))
            })
            .collect::<Result<Vec<usize>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(LayerSet { places })
    }

    /// All layers.
    pub fn all_layers(&self) -> LayerSet {
        LayerSet { places: (0..self.layers.len()).collect() }
    }

    /// Hash of the content of some layers, equal on two replicas that hold the same; for `ETag`s.
    pub fn content_hash(&self, layers: &LayerSet) -> u64 {
        let mut hash = ContentHash::new();
        for layer in self.layers_of(layers) {
            hash.number(layer.content_hash());
        }
        hash.finish()
    }

    /// What changed after `revision`, by ascending revision, each feature once with its last state.
    /// `None` if that is not known any more, or if `revision` is not reached yet: the client has to
    /// load the map anew.
    pub fn changes_since(&self, revision: u64) -> Option<Vec<ChangeRef<'_>>> {
        if revision > self.revision {
            return None;
        }
        let changes = self.log.since(revision)?;
        let state = |LogEntry { revision, feature: id }| match self.feature(id) {
            Some(feature) => ChangeRef::Upsert { revision, feature },
            None => ChangeRef::Removed { revision, id },
        };
        Some(changes.into_iter().map(state).collect())
    }

    /// Number of features in parts of this snapshot that another one does not share: what keeping it
    /// beside the other costs.
    pub fn unshared_with(&self, other: &Self) -> usize {
        let mut unshared = self.all_places.unshared_with(&other.all_places);
        for layer in &self.layers {
            unshared += other.layer(layer.id()).map_or(layer.count(), |other| layer.unshared_with(other));
        }
        unshared
    }

    fn layers_of<'s>(&'s self, set: &'s LayerSet) -> impl Iterator<Item = &'s LayerSnapshot> {
        set.places.iter().filter_map(|&place| self.layers.get(place).map(AsRef::as_ref))
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.revision)
            .field("layers", &self.layers.len())
            .finish_non_exhaustive()
    }
}
