//! The map that is being served: one immutable state in memory, replaced whole.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use anyhow::Context;
use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, Utc};
use geodata::snapshot::{Change, LayerRecord, LayerSnapshot, Snapshot};
use tokio::sync::Mutex;

use super::load;
use super::photos::{self, PhotosByPlace};
use crate::database::Database;
use crate::error::ApiResult;
use crate::metrics::Metrics;

/// One state of the public map with the names that belong to it.
#[derive(Debug)]
pub struct MapState {
    /// The places.
    pub snapshot: Snapshot,
    /// What layers are called, in display order.
    pub layers: Vec<LayerInfo>,
    /// Names of all regions by their code.
    pub regions: Arc<BTreeMap<String, RegionInfo>>,
    /// Photos of places.
    pub photos: Arc<PhotosByPlace>,
}

/// What people call a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// Stable English id.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// One plain sentence.
    pub description: String,
    /// Name of its icon.
    pub icon: String,
    /// First zoom at which it is shown.
    pub min_zoom: u8,
    /// Last zoom at which it is shown.
    pub max_zoom: u8,
    /// Which of `point`, `line`, `polygon` its places have.
    pub geometry_kinds: Vec<String>,
}

/// What people call a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionInfo {
    /// Full name.
    pub name: String,
    /// IANA zone its opening hours are read in.
    pub time_zone: String,
}

impl MapState {
    /// Reads the whole map from the database.
    ///
    /// # Errors
    /// When the database fails or holds a record that cannot be read.
    pub async fn load(database: &Database) -> ApiResult<Self> {
        let revision = load::revision(database).await?;
        let layers = load::layers(database).await?;
        let regions = Arc::new(load::regions(database).await?);
        let features = load::published_features(database, Arc::clone(&regions)).await?;
        let photos = Arc::new(photos::load(database, None).await?);
        let log = load::log(database, revision.number).await?;
        let records = layers.iter().map(LayerInfo::record).collect();
        let changed_at_ms = revision.changed_at.timestamp_millis();
        let snapshot = tokio::task::spawn_blocking(move || {
            Snapshot::of_features(records, features, revision.number, changed_at_ms, log)
        })
        .await
        .context("building the map was interrupted")?
        .context("the stored map contradicts itself")?;
        Ok(Self { snapshot, layers, regions, photos })
    }

    /// The layer with this id.
    pub fn layer(&self, id: &str) -> Option<&LayerInfo> {
        self.layers.iter().find(|layer| layer.id == id)
    }

    /// When the map last changed.
    pub fn changed_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.snapshot.changed_at_ms()).unwrap_or_default()
    }
}

impl LayerInfo {
    fn record(&self) -> LayerRecord {
        LayerRecord {
            id: self.id.as_str().into(),
            icon: self.icon.as_str().into(),
            min_zoom: self.min_zoom,
            max_zoom: self.max_zoom,
        }
    }
}

/// Earlier states that are kept, so that whoever pages through a list sees one state of it.
const MOST_EARLIER: usize = 16;
/// Features in parts of these that the next state does not share; what they cost in memory.
const MOST_EARLIER_FEATURES: usize = 100_000;

/// Holds the state that reads see. A reader keeps the state it began with.
#[derive(Debug)]
pub struct PublishedMap {
    current: ArcSwap<MapState>,
    /// The states before, from the latest, each with the features that it holds alone.
    earlier: RwLock<VecDeque<(usize, Arc<MapState>)>>,
    /// Publishing takes turns, so that revisions appear in order.
    publishing: Mutex<()>,
}

impl PublishedMap {
    /// Starts with the map as the database holds it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn load(database: &Database, metrics: &Metrics) -> ApiResult<Self> {
        let began = Instant::now();
        let state = MapState::load(database).await?;
        note(&state, metrics, began);
        Ok(Self {
            current: ArcSwap::from_pointee(state),
            earlier: RwLock::default(),
            publishing: Mutex::new(()),
        })
    }

    /// The state of this revision, if it is served or was lately.
    pub fn at(&self, revision: u64) -> Option<Arc<MapState>> {
        let current = self.current.load();
        if current.snapshot.revision() == revision {
            return Some(Arc::clone(&current));
        }
        let earlier = self.earlier.read().unwrap_or_else(PoisonError::into_inner);
        earlier.iter().map(|(_, state)| state).find(|state| state.snapshot.revision() == revision).cloned()
    }

    /// Keeps a state that is replaced, as far as memory allows.
    fn keep(&self, replaced: Arc<MapState>, fresh: &MapState) {
        let mut earlier = self.earlier.write().unwrap_or_else(PoisonError::into_inner);
        if replaced.snapshot.revision() >= fresh.snapshot.revision() || replaced.layers != fresh.layers {
            // A database that was put back counts its revisions anew.
            earlier.clear();
            return;
        }
        earlier.push_front((replaced.snapshot.unshared_with(&fresh.snapshot), replaced));
        let mut features = 0;
        let kept = earlier.iter().take(MOST_EARLIER).take_while(|(unshared, _)| {
            features += unshared;
            features <= MOST_EARLIER_FEATURES
        });
        let kept = kept.count();
        earlier.truncate(kept);
    }

    /// The state of this moment, without waiting.
    pub fn current(&self) -> Guard<Arc<MapState>> {
        self.current.load()
    }

    /// The same, to be kept while a computation runs elsewhere.
    pub fn current_whole(&self) -> Arc<MapState> {
        self.current.load_full()
    }

    /// Brings what reads see up to what the database holds, and returns its revision.
    ///
    /// # Errors
    /// When the database fails; reads then go on with the state they have.
    pub async fn refresh(&self, database: &Database, metrics: &Metrics) -> ApiResult<u64> {
        let _turn = self.publishing.lock().await;
        let state = self.current.load_full();
        let revision = load::revision(database).await?;
        if revision.number == state.snapshot.revision() {
            return Ok(revision.number);
        }
        let replaced = Arc::clone(&state);
        let fresh = if revision.number < state.snapshot.revision()
            || load::layers(database).await? != state.layers
        {
            MapState::load(database).await?
        } else {
            let changes = load::changes(database, &state, revision.number).await?;
            let photos = photos_after(database, &state.photos, &changes).await?;
            let began = Instant::now();
            let fresh = tokio::task::spawn_blocking(move || {
                state.snapshot.apply(changes, revision.number, revision.changed_at.timestamp_millis()).map(
                    |snapshot| MapState {
                        snapshot,
                        layers: state.layers.clone(),
                        regions: Arc::clone(&state.regions),
                        photos,
                    },
                )
            })
            .await
            .context("publishing the map was interrupted")?
            .context("the edited map contradicts itself")?;
            note(&fresh, metrics, began);
            fresh
        };
        self.keep(replaced, &fresh);
        self.current.store(Arc::new(fresh));
        Ok(revision.number)
    }
}

/// The photos with those of changed places read anew.
async fn photos_after(
    database: &Database,
    before: &Arc<PhotosByPlace>,
    changes: &[Change],
) -> ApiResult<Arc<PhotosByPlace>> {
    let ids: Vec<i32> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Upsert(record) => i32::try_from(record.id).ok(),
            Change::Remove(id) => i32::try_from(*id).ok(),
        })
        .collect();
    let fresh = photos::load(database, Some(&ids)).await?;
    if fresh.is_empty() && !ids.iter().any(|id| before.contains_key(id)) {
        return Ok(Arc::clone(before));
    }
    let mut photos = PhotosByPlace::clone(before);
    for id in &ids {
        photos.remove(id);
    }
    photos.extend(fresh);
    Ok(Arc::new(photos))
}

fn note(state: &MapState, metrics: &Metrics, began: Instant) {
    let features: usize = state.snapshot.layers().map(LayerSnapshot::count).sum();
    metrics.map_published(state.snapshot.revision(), features as u64, began.elapsed());
}
