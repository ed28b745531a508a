//! Reads the map from the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{feature, feature_entrance, layer, map_change, map_revision, region};
use geodata::Wgs84;
use geodata::geometry::from_wkb;
use geodata::snapshot::{Change, Entrance, Feature, FeatureRecord, LogEntry};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;

use super::published::{LayerInfo, MapState, RegionInfo};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};

/// Rows read at a time, so that loading a large map does not hold it twice in memory.
const BATCH: u64 = 2_000;
/// As many ids as one statement may carry on every database.
const IDS: usize = 10_000;
/// Threads that read the map at the start.
const MOST_LOADERS: usize = 4;
/// Log entries that `changes` can answer from.
const LOG_ENTRIES: u64 = 10_000;

/// Number and time of a state of the map.
#[derive(Clone, Copy, Debug)]
pub struct Revision {
    /// Counts the changes of the map.
    pub number: u64,
    /// When the last of them happened.
    pub changed_at: DateTime<Utc>,
}

/// The columns that the public map needs. JSON comes as text and is passed on unparsed.
#[derive(Debug, FromQueryResult)]
struct PublishedRow {
    id: i32,
    layer_id: String,
    region_code: String,
    name: String,
    address: Option<String>,
    phone: Option<String>,
    opening_hours: Option<String>,
    facilities: String,
    geometry: Option<Vec<u8>>,
    properties: String,
    version: i32,
    source: String,
    source_licence: Option<String>,
    demo: bool,
    updated_at: i64,
}

pub(super) async fn revision(database: &Database) -> ApiResult<Revision> {
    let row = map_revision::Entity::find()
        .one(database.reader())
        .await?
        .context("the table map_revision lost its only row")?;
    Ok(Revision {
        number: u64::try_from(row.revision).context("a revision is negative")?,
        changed_at: row.changed_at.0,
    })
}

pub(super) async fn layers(database: &Database) -> ApiResult<Vec<LayerInfo>> {
    let rows = layer::Entity::find()
        .order_by_asc(layer::Column::Position)
        .order_by_asc(layer::Column::Id)
        .all(database.reader())
        .await?;
    rows.into_iter().map(layer_info).collect()
}

fn layer_info(row: layer::Model) -> ApiResult<LayerInfo> {
    Ok(LayerInfo {
        geometry_kinds: serde_json::from_value(row.geometry_kinds)
            .with_context(|| format!("layer {} has unreadable geometry kinds", row.id))?,
        min_zoom: u8::try_from(row.min_zoom).context("a zoom is out of range")?,
        max_zoom: u8::try_from(row.max_zoom).context("a zoom is out of range")?,
        id: row.id,
        title: row.title,
        title_en: row.title_en,
        description: row.description,
        icon: row.icon,
    })
}

pub(super) async fn regions(database: &Database) -> ApiResult<BTreeMap<String, RegionInfo>> {
    let rows: Vec<(String, String, String)> = region::Entity::find()
        .select_only()
        .column(region::Column::Code)
        .column(region::Column::Name)
        .column(region::Column::TimeZone)
        .into_tuple()
        .all(database.reader())
        .await?;
    Ok(rows.into_iter().map(|(code, name, time_zone)| (code, RegionInfo { name, time_zone })).collect())
}

/// All published places, ready to be served. Several readers share the work: decoding rows is most of
/// the time until a large map is up.
pub(super) async fn published_features(
    database: &Database,
    regions: Arc<BTreeMap<String, RegionInfo>>,
) -> ApiResult<Vec<Arc<Feature>>> {
    let entrances = entrances(database.reader(), None).await?;
    let last = last_feature_id(database).await?;
    let readers = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_LOADERS);
    let database = database.clone();
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        // Threads that end when they are done: those of the runtime linger, and with them the memory
        // they worked in.
        std::thread::scope(|scope| {
            let loaders: Vec<_> = IdRange::shares(last, readers)
                .into_iter()
                .map(|range| features_in(&database, range, &regions, &entrances))
                .map(|loading| scope.spawn(|| runtime.block_on(loading)))
                .collect();
            let mut features = Vec::new();
            for loader in loaders {
                let loaded = loader.join().map_err(|_panic| anyhow::anyhow!("loading the map panicked"))?;
                features.extend(loaded?);
            }
            Ok(features)
        })
    })
    .await
    .context("loading the map was interrupted")?
}

async fn last_feature_id(database: &Database) -> ApiResult<i32> {
    let last: Option<i32> = feature::Entity::find()
        .select_only()
        .column(feature::Column::Id)
        .order_by_desc(feature::Column::Id)
        .into_tuple()
        .one(database.reader())
        .await?;
    Ok(last.unwrap_or(0))
}

/// Ids above `after`, up to and with `up_to`.
#[derive(Clone, Copy)]
struct IdRange {
    after: i32,
    up_to: i32,
}

impl IdRange {
    fn shares(last: i32, readers: usize) -> Vec<Self> {
        let share = last / i32::try_from(readers).unwrap_or(i32::MAX) + 1;
        let mut ranges = Vec::with_capacity(readers);
        let mut after = 0;
        while after < last {
            let up_to = Ord::min(after.saturating_add(share), last);
            ranges.push(Self { after, up_to });
            after = up_to;
        }
        ranges
    }
}

async fn features_in(
    database: &Database,
    mut range: IdRange,
    regions: &BTreeMap<String, RegionInfo>,
    entrances: &BTreeMap<i32, Vec<Entrance>>,
) -> ApiResult<Vec<Arc<Feature>>> {
    let mut features = Vec::new();
    let mut text = Vec::new();
    let mut layers = BTreeSet::<Arc<str>>::new();
    loop {
        let rows = published()
            .filter(feature::Column::Id.gt(range.after))
            .filter(feature::Column::Id.lte(range.up_to))
            .order_by_asc(feature::Column::Id)
            .limit(BATCH)
            .into_model::<PublishedRow>()
            .all(database.reader())
            .await?;
        let Some(last) = rows.last() else {
            return Ok(features);
        };
        range.after = last.id;
        features.reserve(rows.len());
        for row in rows {
            let ways_in = entrances.get(&row.id).cloned().unwrap_or_default();
            let mut record = record(row, ways_in, regions)?;
            match layers.get(&record.layer) {
                // The places of a layer share its name.
                Some(layer) => record.layer = Arc::clone(layer),
                None => drop(layers.insert(Arc::clone(&record.layer))),
            }
            features.push(Feature::new(record, &mut text));
        }
    }
}

/// What happened between the state that is being served and `up_to`.
pub(super) async fn changes(database: &Database, state: &MapState, up_to: u64) -> ApiResult<Vec<Change>> {
    let served = i64::try_from(state.snapshot.revision()).context("a revision is too large")?;
    let up_to = i64::try_from(up_to).context("a revision is too large")?;
    let ids: Vec<i32> = map_change::Entity::find()
        .select_only()
        .column(map_change::Column::FeatureId)
        .distinct()
        .filter(map_change::Column::Revision.gt(served))
        .filter(map_change::Column::Revision.lte(up_to))
        .into_tuple()
        .all(database.reader())
        .await?;
    let mut changes = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS) {
        let rows = published()
            .filter(feature::Column::Id.is_in(ids.iter().copied()))
            .into_model::<PublishedRow>()
            .all(database.reader())
            .await?;
        let mut entrances = entrances(database.reader(), Some(ids)).await?;
        let mut rows: BTreeMap<i32, PublishedRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        for id in ids {
            changes.push(match rows.remove(id) {
                Some(row) => {
                    let ways_in = entrances.remove(id).unwrap_or_default();
                    Change::Upsert(record(row, ways_in, &state.regions)?)
                }
                None => Change::Remove(u32::try_from(*id).context("a feature id is negative")?),
            });
        }
    }
    Ok(changes)
}

/// The last entries of the change log, oldest first.
pub(super) async fn log(database: &Database, up_to: u64) -> ApiResult<Vec<LogEntry>> {
    let up_to = i64::try_from(up_to).context("a revision is too large")?;
    let rows: Vec<(i64, i32)> = map_change::Entity::find()
        .select_only()
        .column(map_change::Column::Revision)
        .column(map_change::Column::FeatureId)
        .filter(map_change::Column::Revision.lte(up_to))
        .order_by_desc(map_change::Column::Revision)
        .limit(LOG_ENTRIES)
        .into_tuple()
        .all(database.reader())
        .await?;
    rows.into_iter()
        .rev()
        .map(|(revision, feature)| {
            Ok(LogEntry {
                revision: u64::try_from(revision).context("a revision is negative")?,
                feature: u32::try_from(feature).context("a feature id is negative")?,
            })
        })
        .collect()
}

fn published() -> sea_orm::Select<feature::Entity> {
    feature::Entity::find()
        .select_only()
        .columns([
            feature::Column::Id,
            feature::Column::LayerId,
            feature::Column::RegionCode,
            feature::Column::Name,
            feature::Column::Address,
            feature::Column::Phone,
            feature::Column::OpeningHours,
            feature::Column::Geometry,
            feature::Column::Version,
            feature::Column::Source,
            feature::Column::SourceLicence,
            feature::Column::Demo,
            feature::Column::UpdatedAt,
        ])
        .expr_as(Expr::col(feature::Column::Facilities).cast_as("text"), "facilities")
        .expr_as(Expr::col(feature::Column::Properties).cast_as("text"), "properties")
        .filter(feature::Column::Status.eq(feature::Status::Published))
}

async fn entrances(
    connection: &impl ConnectionTrait,
    of: Option<&[i32]>,
) -> ApiResult<BTreeMap<i32, Vec<Entrance>>> {
    let mut query = feature_entrance::Entity::find().order_by_asc(feature_entrance::Column::Id);
    if let Some(ids) = of {
        query = query.filter(feature_entrance::Column::FeatureId.is_in(ids.iter().copied()));
    }
    let mut by_feature = BTreeMap::<i32, Vec<Entrance>>::new();
    for row in query.all(connection).await? {
        let at = Wgs84::new(row.lon, row.lat).context("a stored entrance lies off the globe")?;
        by_feature.entry(row.feature_id).or_default().push(Entrance { name: row.name, kind: row.kind, at });
    }
    Ok(by_feature)
}

fn record(
    row: PublishedRow,
    entrances: Vec<Entrance>,
    regions: &BTreeMap<String, RegionInfo>,
) -> ApiResult<FeatureRecord> {
    let geometry = row
        .geometry
        .as_deref()
        .map(from_wkb)
        .transpose()
        .with_context(|| format!("feature {} has an unreadable geometry", row.id))?;
    Ok(FeatureRecord {
        id: u32::try_from(row.id).context("a feature id is negative")?,
        version: u32::try_from(row.version).context("a version is negative")?,
        geometry,
        properties: public_properties(&row, regions)?.into(),
        layer: row.layer_id.into(),
        name: row.name,
        entrances,
    })
}

/// The columns as clients see them, in this order.
#[derive(Serialize)]
struct ColumnProperties<'r> {
    name: &'r str,
    layer: &'r str,
    region_code: &'r str,
    region: Option<&'r str>,
    address: Option<&'r str>,
    phone: Option<&'r str>,
    opening_hours: Option<&'r str>,
    demo: bool,
    source: &'r str,
    source_licence: Option<&'r str>,
    version: i32,
    updated_at: String,
}

/// The public properties as one JSON object; what else is known of a place follows the columns.
fn public_properties(row: &PublishedRow, regions: &BTreeMap<String, RegionInfo>) -> ApiResult<String> {
    let columns = ColumnProperties {
        name: &row.name,
        layer: &row.layer_id,
        region_code: &row.region_code,
        region: regions.get(&row.region_code).map(|region| region.name.as_str()),
        address: row.address.as_deref(),
        phone: row.phone.as_deref(),
        opening_hours: row.opening_hours.as_deref(),
        demo: row.demo,
        source: &row.source,
        source_licence: row.source_licence.as_deref(),
        version: row.version,
        updated_at: time_of(row.updated_at)?,
    };
    let mut text = serde_json::to_string(&columns).context("properties cannot be written")?;
    text.truncate(text.len() - 1);
    text.push_str(",\"facilities\":");
    text.push_str(&row.facilities);
    let others = row.properties.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match others.map(str::trim) {
        Some("") => {}
        Some(others) => {
            text.push(',');
            text.push_str(others);
        }
        None => {
            return Err(ApiError::Internal(anyhow::anyhow!("feature {} has unreadable properties", row.id)));
        }
    }
    text.push('}');
    Ok(text)
}

fn time_of(at_ms: i64) -> ApiResult<String> {
    let at = DateTime::from_timestamp_millis(at_ms).context("a stored time is out of range")?;
    Ok(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
