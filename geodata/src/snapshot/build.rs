//! Making a snapshot from all records, and the next one from an edit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use geo::{CoordsIter, Geometry};

use super::change_log::ChangeLog;
use super::feature::Feature;
use super::id_index::IdIndex;
use super::layer::{LayerEdit, LayerSnapshot};
use super::mercator::WorldPoint;
use super::record::{Change, FeatureId, FeatureRecord, LayerRecord, LogEntry, MAX_FEATURE_ID, SnapshotError};
use super::shape_cache::ShapeCache;
use super::{Snapshot, parallel};
use crate::crs::Wgs84;

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
        let places = layer_places(layers.iter().map(|layer| &layer.id))?;
        let features = ordered_by_place(features, &places)?;
        let features = parallel::map_with(features, Vec::new, |text, record| {
            (record.id, Arc::new(Feature::new(record, text)))
        });

        let mut edits: Vec<LayerEdit> = layers.iter().map(|_| LayerEdit::default()).collect();
        for (_, feature) in &features {
            let place = places.get(feature.layer()).copied();
            if let Some(edit) = place.and_then(|place| edits.get_mut(place)) {
                edit.added.push(Arc::clone(feature));
            }
        }
        let layers = layers
            .into_iter()
            .zip(edits)
            .map(|(record, edit)| {
                let empty = LayerSnapshot::new(record, changed_at_ms);
                Arc::new(empty.edited(edit, changed_at_ms))
            })
            .collect();

        let mut features = features;
        features.sort_unstable_by_key(|&(id, _)| id);
        Ok(Self {
            revision,
            changed_at_ms,
            layers,
            features: IdIndex::of_sorted(&features),
            log: Arc::new(ChangeLog::new(log, revision)),
            shapes: Arc::new(ShapeCache::new()),
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
        let mut edits: BTreeMap<usize, LayerEdit> = BTreeMap::new();
        let mut text = Vec::new();
        for (id, record) in latest {
            let added = record.map(|record| Arc::new(Feature::new(record, &mut text)));
            let removed = match &added {
                Some(feature) => features.insert(Arc::clone(feature)),
                None => features.remove(id),
            };
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
        Ok(Self { revision, changed_at_ms, layers, features, log, shapes: Arc::clone(&self.shapes) })
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

fn check(record: &FeatureRecord, places: &HashMap<Arc<str>, usize>) -> Result<usize, SnapshotError> {
    if record.id > MAX_FEATURE_ID {
        return Err(SnapshotError::IdTooLarge(record.id));
    }
    places
        .get(&record.layer)
        .copied()
        .ok_or_else(|| SnapshotError::UnknownLayer { feature: record.id, layer: Arc::clone(&record.layer) })
}

/// Orders records by layer and neighbourhood: features that are sent together are then made
/// together and lie together in memory.
fn ordered_by_place(
    mut records: Vec<FeatureRecord>,
    places: &HashMap<Arc<str>, usize>,
) -> Result<Vec<FeatureRecord>, SnapshotError> {
    for record in &records {
        check(record, places)?;
    }
    let mut ids: Vec<FeatureId> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    if let Some(&[id, _]) = ids.array_windows().find(|[id, next]| id == next) {
        return Err(SnapshotError::DuplicateFeature(id));
    }
    records.sort_by_cached_key(|record| {
        let place = places.get(&record.layer).copied();
        (place, record.geometry.as_ref().map(neighbourhood))
    });
    Ok(records)
}

fn neighbourhood(geometry: &Geometry<f64>) -> u64 {
    geometry.coords_iter().next().map_or(0, |first| {
        let position = Wgs84 { lon: first.x, lat: first.y };
        WorldPoint::of(position).code()
    })
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
                check(&record, places)?;
                latest.insert(record.id, Some(record));
            }
            Change::Remove(id) => {
                latest.insert(id, None);
            }
        }
    }
    Ok(latest)
}
