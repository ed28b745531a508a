//! Making a snapshot from all records, and the next one from an edit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Snapshot;
use super::change_log::ChangeLog;
use super::drawings::DrawingStore;
use super::feature::Feature;
use super::id_index::IdIndex;
use super::layer::LayerSnapshot;
use super::record::{Change, FeatureId, FeatureRecord, LayerRecord, LogEntry, MAX_FEATURE_ID, SnapshotError};
use super::sheet::{Edit, Sheet};
use crate::parallel;

impl Snapshot {
    /// Builds a snapshot from all layers, in display order, and all published features.
    ///
    /// `changed_at_ms` is the time of the last change in milliseconds since 1970 (UTC). `log` holds
    /// the last changes in whole revisions; of these the last 10,000 are kept.
    pub fn build(
        layers: Vec<LayerRecord>,
        features: Vec<FeatureRecord>,
        revision: u64,
        changed_at_ms: i64,
        log: Vec<LogEntry>,
    ) -> Result<Self, SnapshotError> {
        let features = parallel::map_with(features, Vec::new, |text, record| Feature::new(record, text));
        Self::of_features(layers, features, revision, changed_at_ms, log)
    }

    /// As [`Snapshot::build`], of features that were made while their records were read: a large map
    /// is then never in memory twice.
    pub fn of_features(
        layers: Vec<LayerRecord>,
        mut features: Vec<Arc<Feature>>,
        revision: u64,
        changed_at_ms: i64,
        log: Vec<LogEntry>,
    ) -> Result<Self, SnapshotError> {
        let places = layer_places(layers.iter().map(|layer| &layer.id))?;
        features.sort_by_cached_key(|feature| feature.id());
        if let Some([feature, _]) = features.array_windows().find(|[a, b]| a.id() == b.id()) {
            return Err(SnapshotError::DuplicateFeature(feature.id()));
        }
        let mut edits: Vec<Edit> = layers.iter().map(|_| Edit::default()).collect();
        for feature in &features {
            let place = check(feature.id(), feature.layer(), &places)?;
            if let Some(edit) = edits.get_mut(place) {
                edit.added.push(Arc::clone(feature));
            }
        }
        let all_places = Sheet::of_layers(layers.iter().map(|layer| Arc::clone(&layer.id)));
        let all_places = all_places.edited(Edit { removed: Vec::new(), added: features.clone() });
        let layers = layers
            .into_iter()
            .zip(edits)
            .map(|(record, edit)| {
                let empty = LayerSnapshot::new(record, changed_at_ms);
                Arc::new(empty.edited(edit, changed_at_ms))
            })
            .collect();

        Ok(Self {
            revision,
            changed_at_ms,
            layers,
            features: IdIndex::of_sorted(&features),
            log: Arc::new(ChangeLog::new(log, revision)),
            all_places,
            drawings: Arc::new(DrawingStore::default()),
            columns: Arc::default(),
        })
    }

    /// The snapshot after an edit. It costs what the edit touches, not what the map holds.
    ///
    /// Changes apply in their order. Removing a feature that is not there is no error: the feature
    /// may never have been published.
    pub fn apply(
        &self,
        changes: Vec<Change>,
        revision: u64,
        changed_at_ms: i64,
    ) -> Result<Self, SnapshotError> {
        if revision <= self.revision {
            return Err(SnapshotError::StaleRevision { current: self.revision, given: revision });
        }
        let places = layer_places(self.layers.iter().map(|layer| layer.id()))?;
        let latest = latest_changes(changes, &places)?;
        let logged = latest.keys().map(|&feature| LogEntry { revision, feature });
        let log = Arc::new(self.log.extended(logged));

        let mut features = self.features.clone();
        let mut edits: BTreeMap<usize, Edit> = BTreeMap::new();
        let mut whole_edit = Edit::default();
        let mut text = Vec::new();
        for (id, record) in latest {
            let added = record.map(|record| Feature::new(record, &mut text));
            let removed = match &added {
                Some(feature) => features.insert(Arc::clone(feature)),
                None => features.remove(id),
            };
            whole_edit.removed.extend(removed.clone());
            whole_edit.added.extend(added.clone());
            if let Some(removed) = removed
                && let Some(&place) = places.get(removed.layer())
            {
                edits.entry(place).or_default().removed.push(removed);
            }
            if let Some(added) = added
                && let Some(&place) = places.get(added.layer())
            {
                edits.entry(place).or_default().added.push(added);
            }
        }
        let mut layers = self.layers.clone();
        for (place, edit) in edits {
            if let Some(layer) = layers.get_mut(place) {
                *layer = Arc::new(layer.edited(edit, changed_at_ms));
            }
        }
        Ok(Self {
            revision,
            changed_at_ms,
            layers,
            features,
            log,
            all_places: self.all_places.edited(whole_edit),
            drawings: Arc::clone(&self.drawings),
            columns: Arc::clone(&self.columns),
        })
    }
}

/// Place of each layer in display order.
fn layer_places<'a>(
    ids: impl Iterator<Item = &'a Arc<str>>,
) -> Result<HashMap<Arc<str>, usize>, SnapshotError> {
    let mut places = HashMap::new();
    for (place, id) in ids.enumerate() {
        if places.insert(Arc::clone(id), place).is_some() {
            return Err(SnapshotError::DuplicateLayer(Arc::clone(id)));
        }
    }
    Ok(places)
}

/// Place of the layer of a feature that may be on the map.
fn check(
    feature: FeatureId,
    layer: &Arc<str>,
    places: &HashMap<Arc<str>, usize>,
) -> Result<usize, SnapshotError> {
    if feature > MAX_FEATURE_ID {
        return Err(SnapshotError::IdTooLarge(feature));
    }
    places
        .get(layer)
        .copied()
        .ok_or_else(|| SnapshotError::UnknownLayer { feature, layer: Arc::clone(layer) })
}

/// The last change of each feature: the record, or nothing if it is removed.
fn latest_changes(
    changes: Vec<Change>,
    places: &HashMap<Arc<str>, usize>,
) -> Result<BTreeMap<FeatureId, Option<FeatureRecord>>, SnapshotError> {
    let mut latest = BTreeMap::new();
    for change in changes {
        match change {
            Change::Upsert(record) => {
                check(record.id, &record.layer, places)?;
                latest.insert(record.id, Some(record));
            }
            Change::Remove(id) => {
                latest.insert(id, None);
            }
        }
    }
    Ok(latest)
}
