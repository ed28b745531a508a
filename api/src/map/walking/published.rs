//! The walking networks that are being used, with the closures and links of this moment.
//!
//! A closure begins and ends by itself: whoever asks at a later instant than that for which the networks were
//! put together puts them together anew, without a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use entity::{walking_edit, walking_network, walking_revision};
use geo::{Geometry, LineString};
use geodata::geometry::from_wkb;
use geodata::network::{Network, Overlay, Snap, Streets};
use geodata::snapshot::Feature;
use geodata::{Bbox, Wgs84};
use quick_cache::sync::Cache;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::Mutex;

use crate::database::Database;
use crate::error::ApiResult;

/// Places whose ways in are remembered for each network.
const ACCESSES_KEPT: usize = 50_000;

/// All networks at an instant.
#[derive(Debug)]
pub struct WalkingState {
    revision: i64,
    /// By region, the smallest first.
    networks: Vec<Arc<RegionNetwork>>,
    /// When a closure or link next begins or ends.
    changes_at: Option<DateTime<Utc>>,
}

/// The network of a region.
#[derive(Debug)]
pub struct RegionNetwork {
    /// Region it was loaded for.
    pub region_code: String,
    /// SHA-256 of its streets.
    pub checksum: String,
    /// Ready for searching.
    pub network: Network,
    /// What holds on it now, by id, with its version.
    pub edits: Vec<(i32, i32)>,
    streets: Arc<Streets>,
    overlay: Overlay,
    accesses: Cache<(u32, u32), Arc<[Snap]>>,
}

impl RegionNetwork {
    fn new(region_code: String, checksum: String, streets: Arc<Streets>, edits: &[Edit]) -> Self {
        let mut overlay = Overlay::default();
        for edit in edits {
            match &edit.shape {
                Shape::Closure(shape) => overlay.closures.push(shape.clone()),
                Shape::Link(line) => overlay.links.push(line.clone()),
            }
        }
        let network = Network::with(&streets, &overlay);
        let edits = edits.iter().map(|edit| (edit.id, edit.version)).collect();
        let accesses = Cache::new(ACCESSES_KEPT);
        Self { region_code, checksum, network, edits, streets, overlay, accesses }
    }

    /// The streets without what officers changed.
    pub fn streets(&self) -> &Streets {
        &self.streets
    }

    /// What officers changed.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Where a place is entered.
    pub fn accesses(&self, place: &Feature) -> Arc<[Snap]> {
        let key = (place.id(), place.version());
        if let Some(known) = self.accesses.get(&key) {
            return known;
        }
        let entrances: Vec<Wgs84> = place.entrances().iter().map(|entrance| entrance.at).collect();
        let found: Arc<[Snap]> =
            place.geometry().map(|shape| self.network.accesses(shape, &entrances)).unwrap_or_default().into();
        self.accesses.insert(key, Arc::clone(&found));
        found
    }

    /// Whether a place that has no way in had one before closures.
    pub fn is_closed_off(&self, place: &Feature) -> bool {
        let entrances: Vec<Wgs84> = place.entrances().iter().map(|entrance| entrance.at).collect();
        place.geometry().is_some_and(|shape| self.network.is_closed_off(shape, &entrances))
    }

    fn extent(&self) -> Option<Bbox> {
        self.network.extent()
    }
}

impl WalkingState {
    /// The network of a region, its own or the nearest above it.
    pub fn of_region<'r>(&self, upward: impl Iterator<Item = &'r str>) -> Option<&Arc<RegionNetwork>> {
        upward.into_iter().find_map(|code| self.networks.iter().find(|network| network.region_code == code))
    }

    /// The smallest network that has a path near a position, and the place on it.
    pub fn around(&self, position: Wgs84) -> Option<(&Arc<RegionNetwork>, Snap)> {
        self.holding(position).find_map(|network| Some((network, network.network.snap(position)?)))
    }

    /// Whether a path near a position is closed.
    pub fn is_closed_at(&self, position: Wgs84) -> bool {
        self.holding(position).any(|network| network.network.is_closed_at(position))
    }

    /// Whether a network is known where a position lies.
    pub fn is_known_at(&self, position: Wgs84) -> bool {
        self.holding(position).next().is_some()
    }

    fn holding(&self, position: Wgs84) -> impl Iterator<Item = &Arc<RegionNetwork>> {
        let holds = move |extent: Bbox| near(&extent, position);
        self.networks.iter().filter(move |network| network.extent().is_some_and(holds))
    }

    /// Whether no network is loaded.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    fn is_of(&self, now: DateTime<Utc>) -> bool {
        self.changes_at.is_none_or(|changes_at| now < changes_at)
    }
}

/// Whether a position lies in a box or at most some 200 m beside it.
fn near(extent: &Bbox, at: Wgs84) -> bool {
    const BESIDE_DEG: f64 = 0.002;
    (extent.west - BESIDE_DEG..=extent.east + BESIDE_DEG).contains(&at.lon)
        && (extent.south - BESIDE_DEG..=extent.north + BESIDE_DEG).contains(&at.lat)
}

/// Holds the networks that requests use. A request keeps the state it began with.
#[derive(Debug)]
pub struct PublishedWalking {
    current: ArcSwap<WalkingState>,
    publishing: Mutex<()>,
}

impl PublishedWalking {
    /// Starts with the networks as the database holds them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn load(database: &Database, now: DateTime<Utc>) -> ApiResult<Self> {
        let nothing = WalkingState { revision: -1, networks: Vec::new(), changes_at: None };
        let walking = Self { current: ArcSwap::from_pointee(nothing), publishing: Mutex::new(()) };
        walking.refresh(database, now).await?;
        Ok(walking)
    }

    /// The networks at an instant.
    ///
    /// # Errors
    /// When a closure began or ended since and the database fails.
    pub async fn at(&self, database: &Database, now: DateTime<Utc>) -> ApiResult<Arc<WalkingState>> {
        let state = self.current.load_full();
        if state.is_of(now) {
            return Ok(state);
        }
        self.refresh(database, now).await?;
        Ok(self.current.load_full())
    }

    /// Takes up what changed in the database, or by itself until `now`.
    ///
    /// # Errors
    /// When the database fails; requests then go on with the networks they have.
    pub async fn refresh(&self, database: &Database, now: DateTime<Utc>) -> ApiResult<()> {
        let _turn = self.publishing.lock().await;
        let state = self.current.load_full();
        let revision = revision(database).await?;
        if state.revision == revision && state.is_of(now) {
            return Ok(());
        }
        let edits = edits(database).await?;
        let current = current(database).await?;
        let mut fresh: Vec<Arc<RegionNetwork>> = Vec::with_capacity(current.len());
        for (region_code, checksum) in current {
            let holding: Vec<Edit> = edits
                .iter()
                .filter(|edit| edit.region_code == region_code && edit.holds(now))
                .cloned()
                .collect();
            let known = state
                .networks
                .iter()
                .find(|network| network.region_code == region_code && network.checksum == checksum);
            fresh.extend(published(database, known, region_code, checksum, holding).await?);
        }
        fresh.sort_by_key(|network| network.network.node_count());
        let changes_at = edits.iter().flat_map(Edit::turns).filter(|turn| *turn > now).min();
        self.current.store(Arc::new(WalkingState { revision, networks: fresh, changes_at }));
        Ok(())
    }
}

async fn published(
    database: &Database,
    known: Option<&Arc<RegionNetwork>>,
    region_code: String,
    checksum: String,
    holding: Vec<Edit>,
) -> ApiResult<Option<Arc<RegionNetwork>>> {
    if let Some(known) = known
        && known.edits.iter().copied().eq(holding.iter().map(|edit| (edit.id, edit.version)))
    {
        return Ok(Some(Arc::clone(known)));
    }
    let stored = match known {
        Some(known) => Stored::Read(Arc::clone(&known.streets)),
        None => Stored::Bytes(streets(database, &region_code, &checksum).await?),
    };
    let built = tokio::task::spawn_blocking(move || -> anyhow::Result<RegionNetwork> {
        let streets = match stored {
            Stored::Read(streets) => streets,
            Stored::Bytes(bytes) => Arc::new(Streets::from_bytes(&bytes)?),
        };
        Ok(RegionNetwork::new(region_code, checksum, streets, &holding))
    });
    match built.await.context("putting a walking network together was interrupted")? {
        Ok(network) => Ok(Some(Arc::new(network))),
        Err(error) => {
            // Walks are then told as where there is none; the map must not stay away for it.
            tracing::error!(error = %format!("{error:#}"), "a stored walking network cannot be read");
            Ok(None)
        }
    }
}

enum Stored {
    Read(Arc<Streets>),
    Bytes(Vec<u8>),
}

/// A closure or link as it is stored.
#[derive(Clone, Debug)]
struct Edit {
    id: i32,
    version: i32,
    region_code: String,
    shape: Shape,
    from_at: Option<DateTime<Utc>>,
    until_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
enum Shape {
    Closure(Geometry<f64>),
    Link(LineString<f64>),
}

impl Edit {
    fn of(row: walking_edit::Model) -> anyhow::Result<Self> {
        let geometry = from_wkb(&row.geometry).with_context(|| format!("walking edit {}", row.id))?;
        let shape = match (row.kind, geometry) {
            (walking_edit::Kind::Link, Geometry::LineString(line)) => Shape::Link(line),
            (_, geometry) => Shape::Closure(geometry),
        };
        Ok(Self {
            id: row.id,
            version: row.version,
            region_code: row.region_code,
            shape,
            from_at: row.from_at.map(|at| at.0),
            until_at: row.until_at.map(|at| at.0),
        })
    }

    fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from_at.is_none_or(|from| from <= now) && self.until_at.is_none_or(|until| now < until)
    }

    fn turns(&self) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        self.from_at.into_iter().chain(self.until_at)
    }
}

async fn revision(database: &Database) -> ApiResult<i64> {
    let row = walking_revision::Entity::find()
        .one(database.reader())
        .await?
        .context("the table walking_revision lost its only row")?;
    Ok(row.revision)
}

async fn current(database: &Database) -> ApiResult<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = walking_network::Entity::find()
        .select_only()
        .column(walking_network::Column::RegionCode)
        .column(walking_network::Column::Checksum)
        .filter(walking_network::Column::IsCurrent.eq(true))
        .into_tuple()
        .all(database.reader())
        .await?;
    Ok(rows.into_iter().collect())
}

async fn streets(database: &Database, region_code: &str, checksum: &str) -> ApiResult<Vec<u8>> {
    let key = (region_code.to_owned(), checksum.to_owned());
    let row = walking_network::Entity::find_by_id(key)
        .one(database.reader())
        .await?
        .context("a walking network went while it was read")?;
    Ok(row.streets)
}

async fn edits(database: &Database) -> ApiResult<Vec<Edit>> {
    let rows =
        walking_edit::Entity::find().order_by_asc(walking_edit::Column::Id).all(database.reader()).await?;
    Ok(rows.into_iter().map(Edit::of).collect::<anyhow::Result<_>>()?)
}
