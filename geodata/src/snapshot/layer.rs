//! A layer of the snapshot, and sets of layers.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::chunk::ChunkEntry;
use super::columns::ColumnCache;
use super::content_hash::ContentHash;
use super::feature::Feature;
use super::record::{FeatureId, LayerRecord};
use super::sheet::{Edit, Sheet};
use super::spatial_index::joined;
use crate::bbox::Bbox;
use crate::cql2::Kind;

/// A layer as it is in one snapshot.
#[derive(Clone)]
pub struct LayerSnapshot {
    record: LayerRecord,
    /// Ids of all features, ascending.
    ids: Arc<[FeatureId]>,
    /// Features with a position.
    placed: Sheet,
    /// Features without a position, by ascending id.
    unplaced: Arc<[Arc<Feature>]>,
    unplaced_columns: Arc<ColumnCache>,
    /// Names of all properties with the kind that their values fit; known when first asked for.
    found_kinds: Arc<OnceLock<BTreeMap<Arc<str>, Option<Kind>>>>,
    extent: Option<Bbox>,
    /// Wrapping sum over the features, so that it does not depend on their order.
    features_hash: u64,
    changed_at_ms: i64,
    /// `,"properties":{"layer":"park","icon":"park","name":`, the same for all items of views.
    item_properties: Box<[u8]>,
    /// `"park":`, before its count in clusters.
    count_key: Box<[u8]>,
}

impl LayerSnapshot {
    /// An empty layer.
    pub(super) fn new(record: LayerRecord, changed_at_ms: i64) -> Self {
        let mut count_key = Vec::new();
        write_quoted(&record.id, &mut count_key);
        let mut item_properties = br#","properties":{"layer":"#.to_vec();
        item_properties.extend_from_slice(&count_key);
        count_key.push(b':');
        item_properties.extend_from_slice(br#","icon":"#);
        write_quoted(&record.icon, &mut item_properties);
        item_properties.extend_from_slice(br#","name":"#);
        Self {
            record,
            ids: Arc::default(),
            placed: Sheet::default(),
            unplaced: Arc::default(),
            unplaced_columns: Arc::default(),
            found_kinds: Arc::default(),
            extent: None,
            features_hash: 0,
            changed_at_ms,
            item_properties: item_properties.into_boxed_slice(),
            count_key: count_key.into_boxed_slice(),
        }
    }

    /// Stable name of the layer.
    pub fn id(&self) -> &Arc<str> {
        &self.record.id
    }

    /// Name of the icon that clients draw.
    pub fn icon(&self) -> &Arc<str> {
        &self.record.icon
    }

    /// First zoom level at which a view shows the layer.
    pub fn min_zoom(&self) -> u8 {
        self.record.min_zoom
    }

    /// Last zoom level at which a view shows the layer.
    pub fn max_zoom(&self) -> u8 {
        self.record.max_zoom
    }

    /// Number of features, those without a position included.
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// The tight box around all shapes; `None` if no feature has a position.
    pub fn extent(&self) -> Option<Bbox> {
        self.extent
    }

    /// Hash of the layer's content, equal on two replicas that hold the same.
    pub fn content_hash(&self) -> u64 {
        let mut hash = ContentHash::new();
        hash.bytes(self.record.id.as_bytes())
            .bytes(self.record.icon.as_bytes())
            .number(u64::from(self.record.min_zoom))
            .number(u64::from(self.record.max_zoom))
            .number(self.ids.len() as u64)
            .number(self.features_hash);
        hash.finish()
    }

    /// Time of the last change that touched this layer, in milliseconds since 1970 (UTC).
    pub fn changed_at_ms(&self) -> i64 {
        self.changed_at_ms
    }

    pub(super) fn unshared_with(&self, other: &Self) -> usize {
        let unplaced = if Arc::ptr_eq(&self.unplaced, &other.unplaced) { 0 } else { self.unplaced.len() };
        unplaced + self.placed.unshared_with(&other.placed)
    }

    pub(super) fn ids(&self) -> &[FeatureId] {
        &self.ids
    }

    pub(super) fn chunks(&self) -> &[ChunkEntry] {
        self.placed.chunks()
    }

    pub(super) fn unplaced(&self) -> &[Arc<Feature>] {
        &self.unplaced
    }

    pub(super) fn unplaced_columns(&self) -> &ColumnCache {
        &self.unplaced_columns
    }

    pub(super) fn found_kinds(&self) -> &OnceLock<BTreeMap<Arc<str>, Option<Kind>>> {
        &self.found_kinds
    }

    pub(super) fn item_properties(&self) -> &[u8] {
        &self.item_properties
    }

    pub(super) fn count_key(&self) -> &[u8] {
        &self.count_key
    }

    /// Whether a view at this zoom shows the layer.
    pub(crate) fn shown_at(&self, zoom: u8) -> bool {
        (self.record.min_zoom..=self.record.max_zoom).contains(&zoom)
    }

    /// The layer after an edit. Only chunks that the edit touches are built anew.
    pub(super) fn edited(&self, edit: Edit, changed_at_ms: i64) -> Self {
        let mut layer = self.clone();
        layer.changed_at_ms = changed_at_ms;
        layer.found_kinds = Arc::default();
        for removed in &edit.removed {
            layer.features_hash = layer.features_hash.wrapping_sub(removed.content_hash());
        }
        for added in &edit.added {
            layer.features_hash = layer.features_hash.wrapping_add(added.content_hash());
        }
        layer.edit_ids(&edit);
        layer.edit_unplaced(&edit);
        layer.placed = layer.placed.edited(edit);
        layer.extent = layer
            .chunks()
            .iter()
            .map(|entry| entry.envelope)
            .reduce(joined)
            .map(|[west, south, east, north]| Bbox { west, south, east, north });
        layer
    }

    fn edit_ids(&mut self, edit: &Edit) {
        let sorted_ids = |features: &[Arc<Feature>]| {
            let mut ids: Vec<FeatureId> = features.iter().map(|feature| feature.id()).collect();
            ids.sort_unstable();
            ids
        };
        let (removed, mut ids) = (sorted_ids(&edit.removed), sorted_ids(&edit.added));
        if removed == ids {
            return;
        }
        let kept = self.ids.iter().copied();
        ids.extend(kept.filter(|id| removed.binary_search(id).is_err()));
        ids.sort_unstable();
        self.ids = ids.into();
    }

    fn edit_unplaced(&mut self, edit: &Edit) {
        let unplaced = |feature: &&Arc<Feature>| feature.placement().is_none();
        let removed: HashSet<FeatureId> = edit.removed.iter().filter(unplaced).map(|f| f.id()).collect();
        let mut added = edit.added.iter().filter(unplaced).peekable();
        if removed.is_empty() && added.peek().is_none() {
            return;
        }
        let kept = self.unplaced.iter().filter(|f| !removed.contains(&f.id()));
        let mut features: Vec<Arc<Feature>> = kept.chain(added).map(Arc::clone).collect();
        features.sort_by_key(|feature| feature.id());
        self.unplaced = features.into();
        self.unplaced_columns = Arc::default();
    }
}

/// Appends text as a JSON string.
pub(super) fn write_quoted(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    // Nearly all names are plain; for these the serializer costs several times a copy.
    let escaped = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if !text.bytes().fold(false, |any, byte| any | escaped(byte)) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // Writing a string into memory cannot fail; should it ever, the text stays valid JSON.
    if serde_json::to_writer(&mut *out, text).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"\"\"");
    }
}

/// Some layers of a snapshot, in display order. It is valid for the snapshot that made it and for
/// those that follow from it by edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSet {
    /// Places of the layers in the snapshot, ascending.
    pub(super) places: Vec<usize>,
}

impl LayerSet {
    /// Number of layers in the set.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
