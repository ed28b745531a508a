//! How the map changes: one transaction that bumps the revision, then the new state is published.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{feature, feature_entrance, feature_photo, feature_source, map_change, map_revision, staff};
use geodata::geometry::to_wkb;
use geodata::snapshot::Entrance;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QuerySelect, SqlErr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::history::{self, Standing};
use super::search;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Rows per INSERT: at most 21 columns each, and SQLite takes 32,766 values in one statement.
const ROWS_PER_INSERT: usize = 1_000;

/// Names of properties that have a column of their own; the free properties may not repeat them.
pub const COLUMN_PROPERTIES: [&str; 14] = [
    "name",
    "layer",
    "region_code",
    "region",
    "address",
    "phone",
    "opening_hours",
    "facilities",
    "demo",
    "source",
    "source_licence",
    "version",
    "updated_at",
    "entrances",
];

/// A place as it is to be written.
#[derive(Clone, Debug)]
pub struct FeatureDraft {
    /// Layer it belongs to.
    pub layer_id: String,
    /// Region it belongs to, 12 digits.
    pub region_code: String,
    /// What people call it.
    pub name: String,
    /// Address in words.
    pub address: Option<String>,
    /// One or more telephone numbers.
    pub phone: Option<String>,
    /// Opening hours in the syntax of OpenStreetMap.
    pub opening_hours: Option<String>,
    /// What it offers, in words.
    pub facilities: Vec<String>,
    /// Shape in WGS-84.
    pub geometry: Option<geo::Geometry<f64>>,
    /// Ways in.
    pub entrances: Vec<Entrance>,
    /// Whatever else is known.
    pub properties: Map<String, Value>,
    /// Whether it goes on the map.
    pub status: feature::Status,
    /// Why an officer should look at it: objects with `code` and `message`.
    pub review_reasons: Vec<Value>,
    /// Where the record comes from.
    pub source: String,
    /// Under which terms it was taken.
    pub source_licence: Option<String>,
    /// Not a real place.
    pub demo: bool,
}

/// The record of a source that an edit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Name of the source.
    pub source: String,
    /// Identity of the record within it.
    pub key: String,
    /// Fingerprint of the record.
    pub hash: String,
}

/// A photo that a place shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// The picture.
    pub media_id: Uuid,
    /// What it shows; may be empty.
    pub caption: String,
    /// Who took it; may be empty.
    pub credit: String,
}

/// New content for a place whose author saw one version of it.
#[derive(Clone, Debug)]
pub struct FeatureChange {
    /// The place.
    pub id: i32,
    /// The version that was seen; another is refused with 412.
    pub seen: i32,
    /// What it becomes.
    pub draft: FeatureDraft,
    /// Its photos in display order; `None` leaves them as they are.
    pub photos: Option<Vec<Photo>>,
}

/// Who changes the map, and what they say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorship {
    /// Nobody where a file is imported.
    pub staff_id: Option<Uuid>,
    /// In their own words.
    pub note: Option<String>,
}

/// What to do with one place.
#[derive(Clone, Debug)]
pub enum FeatureEdit {
    /// A new place.
    Add(Box<FeatureDraft>, Option<Origin>),
    /// New content for the place with this id, whatever its version.
    Replace(i32, Box<FeatureDraft>, Option<Origin>),
    /// New content for a place that still is the version its author saw.
    Change(Box<FeatureChange>),
    /// The content stays; a record of a source is noted to be about this place.
    Note(i32, Origin),
}

/// Commits the edits in one transaction and publishes them. When this returns, the next read of this
/// server sees them.
///
/// # Errors
/// When the database refuses; nothing is changed then.
pub async fn commit(state: &AppState, edits: Vec<FeatureEdit>) -> ApiResult<u64> {
    if edits.is_empty() {
        return Ok(state.map.current().snapshot.revision());
    }
    let now = state.clock.now();
    state.database.write(move |transaction| Box::pin(write(transaction, edits.clone(), now))).await?;
    state.map.refresh(&state.database, &state.metrics).await
}

/// Writes the edits and numbers them as one revision. The caller publishes after the commit.
///
/// # Errors
/// When the database refuses.
pub async fn write(
    transaction: &DatabaseTransaction,
    edits: Vec<FeatureEdit>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    write_as(transaction, edits, &Authorship::default(), now).await.map(drop)
}

/// As [`write()`], by somebody. Returns the ids of the places that were added, in their order.
///
/// # Errors
/// 404 for a place that does not exist, 412 for one that is no longer the version that was seen, and when
/// the database refuses.
pub async fn write_as(
    transaction: &DatabaseTransaction,
    edits: Vec<FeatureEdit>,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<Vec<i32>> {
    let mut standing = keep_replaced(transaction, &edits).await?;
    let mut touched = BTreeSet::new();
    let mut origins = Vec::new();
    let mut added = Vec::new();
    for edit in edits {
        match edit {
            FeatureEdit::Add(draft, origin) => added.push((*draft, origin)),
            FeatureEdit::Replace(id, draft, origin) => {
                origins.extend(origin.map(|origin| (id, draft.layer_id.clone(), origin)));
                take_turn(transaction, &mut standing, id).await?;
                replace(transaction, id, *draft, by, now).await?;
                touched.insert(id);
            }
            FeatureEdit::Change(change) => {
                let FeatureChange { id, seen, draft, photos } = *change;
                let current = take_turn(transaction, &mut standing, id).await?;
                require_seen(transaction, current, seen).await?;
                replace(transaction, id, draft, by, now).await?;
                if let Some(photos) = photos {
                    set_photos(transaction, id, photos, by, now).await?;
                }
                touched.insert(id);
            }
            FeatureEdit::Note(id, origin) => origins.push((id, layer_of(transaction, id).await?, origin)),
        }
    }
    let (ids, new_origins) = add(transaction, added, by, now).await?;
    origins.extend(new_origins);
    note_origins(transaction, origins, now).await?;
    touched.extend(&ids);
    if !touched.is_empty() {
        number(transaction, &touched, now).await?;
    }
    Ok(ids)
}

/// Keeps the versions that give way, all at once.
async fn keep_replaced(
    transaction: &DatabaseTransaction,
    edits: &[FeatureEdit],
) -> ApiResult<BTreeMap<i32, Standing>> {
    let replaced: BTreeSet<i32> = edits
        .iter()
        .filter_map(|edit| match edit {
            FeatureEdit::Replace(id, ..) => Some(*id),
            FeatureEdit::Change(change) => Some(change.id),
            FeatureEdit::Add(..) | FeatureEdit::Note(..) => None,
        })
        .collect();
    history::keep(transaction, &Vec::from_iter(replaced)).await
}

/// The version that the next edit of this place replaces. A place that is edited twice in one transaction
/// leaves the version in between as well.
async fn take_turn(
    transaction: &DatabaseTransaction,
    standing: &mut BTreeMap<i32, Standing>,
    id: i32,
) -> ApiResult<Standing> {
    if let Some(kept) = standing.remove(&id) {
        return Ok(kept);
    }
    history::keep(transaction, &[id]).await?.remove(&id).ok_or_else(no_such_feature)
}

async fn require_seen(transaction: &DatabaseTransaction, current: Standing, seen: i32) -> ApiResult<()> {
    if current.version == seen {
        return Ok(());
    }
    Err(stale(transaction, current.version, current.changed_by).await?)
}

/// 412: the version there is now, and what colleagues call whoever made it.
///
/// # Errors
/// When the database fails.
pub(super) async fn stale(
    connection: &impl ConnectionTrait,
    version: i32,
    changed_by: Option<Uuid>,
) -> ApiResult<ApiError> {
    let changed_by = match changed_by {
        Some(id) => staff::Entity::find_by_id(id).one(connection).await?.map(|staff| staff.display_name),
        None => None,
    };
    Ok(ApiError::PreconditionFailed { version, changed_by })
}

async fn set_photos(
    transaction: &DatabaseTransaction,
    feature_id: i32,
    photos: Vec<Photo>,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    feature_photo::Entity::delete_many()
        .filter(feature_photo::Column::FeatureId.eq(feature_id))
        .exec(transaction)
        .await?;
    if photos.is_empty() {
        return Ok(());
    }
    let rows = (1..).zip(photos).map(|(position, photo)| {
        feature_photo::Model {
            feature_id,
            media_id: photo.media_id,
            position,
            caption: photo.caption,
            credit: photo.credit,
            added_by: by.staff_id,
            added_at: now.into(),
        }
        .into_active_model()
    });
    let inserted = feature_photo::Entity::insert_many(rows).exec_without_returning(transaction).await;
    inserted.map(drop).map_err(|error| match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => ApiError::Conflict {
            code: "photo_gone",
            detail: "有的照片已经从媒体库删除，请重新选择照片。".into(),
        },
        _ => error.into(),
    })
}

/// A place, its layer, and the record that says so.
type OriginOf = (i32, String, Origin);

async fn add(
    transaction: &DatabaseTransaction,
    drafts: Vec<(FeatureDraft, Option<Origin>)>,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<(Vec<i32>, Vec<OriginOf>)> {
    let mut ids = Vec::with_capacity(drafts.len());
    let mut origins = Vec::new();
    let mut drafts = drafts.into_iter().peekable();
    while drafts.peek().is_some() {
        let (mut rows, mut attached) = (Vec::new(), Vec::new());
        for (draft, origin) in drafts.by_ref().take(ROWS_PER_INSERT) {
            attached.push((draft.layer_id.clone(), draft.entrances.clone(), origin));
            rows.push(row_of(draft, by, now));
        }
        let inserted = feature::Entity::insert_many(rows).exec_with_returning_keys(transaction).await?;
        let mut ways_in = Vec::new();
        for (id, (layer_id, entrances, origin)) in inserted.iter().zip(attached) {
            ways_in.extend(entrance_rows(*id, entrances));
            origins.extend(origin.map(|origin| (*id, layer_id, origin)));
        }
        insert_entrances(transaction, ways_in).await?;
        ids.extend(inserted);
    }
    Ok((ids, origins))
}

async fn layer_of(transaction: &DatabaseTransaction, id: i32) -> ApiResult<String> {
    let layer_id: Option<String> = feature::Entity::find_by_id(id)
        .select_only()
        .column(feature::Column::LayerId)
        .into_tuple()
        .one(transaction)
        .await?;
    layer_id.ok_or_else(no_such_feature)
}

/// A later edition of a record takes the place of the earlier one.
async fn note_origins(
    transaction: &DatabaseTransaction,
    origins: Vec<OriginOf>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    for batch in origins.chunks(ROWS_PER_INSERT) {
        let rows = batch.iter().map(|(feature_id, layer_id, origin)| feature_source::ActiveModel {
            id: ActiveValue::NotSet,
            feature_id: ActiveValue::Set(*feature_id),
            layer_id: ActiveValue::Set(layer_id.clone()),
            source: ActiveValue::Set(origin.source.clone()),
            source_key: ActiveValue::Set(origin.key.clone()),
            source_hash: ActiveValue::Set(origin.hash.clone()),
            imported_at: ActiveValue::Set(ChronoUnixTimestampMillis(now)),
        });
        feature_source::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    feature_source::Column::LayerId,
                    feature_source::Column::Source,
                    feature_source::Column::SourceKey,
                ])
                .update_columns([
                    feature_source::Column::FeatureId,
                    feature_source::Column::SourceHash,
                    feature_source::Column::ImportedAt,
                ])
                .to_owned(),
            )
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

async fn replace(
    transaction: &DatabaseTransaction,
    id: i32,
    mut draft: FeatureDraft,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let ways_in = std::mem::take(&mut draft.entrances);
    let mut row = row_of(draft, by, now);
    row.created_at = ActiveValue::NotSet;
    row.version = ActiveValue::NotSet;
    let updated = feature::Entity::update_many()
        .set(row)
        .col_expr(feature::Column::Version, Expr::col(feature::Column::Version).add(1))
        .filter(feature::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    if updated.rows_affected != 1 {
        return Err(no_such_feature());
    }
    feature_entrance::Entity::delete_many()
        .filter(feature_entrance::Column::FeatureId.eq(id))
        .exec(transaction)
        .await?;
    insert_entrances(transaction, entrance_rows(id, ways_in)).await
}

pub(super) fn no_such_feature() -> ApiError {
    ApiError::NotFound {
        code: "feature_not_found", detail: "没有找到这个地点，它可能已被删除。".into()
    }
}

async fn insert_entrances(
    transaction: &DatabaseTransaction,
    rows: Vec<feature_entrance::ActiveModel>,
) -> ApiResult<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<_> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        feature_entrance::Entity::insert_many(batch).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Takes the next revision. Its row stays locked until the commit, so that replicas see revisions in
/// their order.
async fn number(
    transaction: &DatabaseTransaction,
    touched: &BTreeSet<i32>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let changed_at = ChronoUnixTimestampMillis(now);
    map_revision::Entity::update_many()
        .col_expr(map_revision::Column::Revision, Expr::col(map_revision::Column::Revision).add(1))
        .col_expr(map_revision::Column::ChangedAt, Expr::val(now.timestamp_millis()))
        .exec(transaction)
        .await?;
    let current = map_revision::Entity::find()
        .one(transaction)
        .await?
        .context("the table map_revision lost its only row")?;
    let touched: Vec<i32> = touched.iter().copied().collect();
    search::reindex(transaction, &touched).await?;
    for ids in touched.chunks(ROWS_PER_INSERT) {
        let rows = ids.iter().map(|id| {
            map_change::Model { revision: current.revision, feature_id: *id, changed_at }.into_active_model()
        });
        map_change::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

fn row_of(draft: FeatureDraft, by: &Authorship, now: DateTime<Utc>) -> feature::ActiveModel {
    let now = ChronoUnixTimestampMillis(now);
    feature::ActiveModel {
        id: ActiveValue::NotSet,
        layer_id: ActiveValue::Set(draft.layer_id),
        region_code: ActiveValue::Set(draft.region_code),
        name: ActiveValue::Set(draft.name),
        address: ActiveValue::Set(draft.address),
        phone: ActiveValue::Set(draft.phone),
        opening_hours: ActiveValue::Set(draft.opening_hours),
        facilities: ActiveValue::Set(draft.facilities.into()),
        geometry: ActiveValue::Set(draft.geometry.as_ref().map(to_wkb)),
        properties: ActiveValue::Set(Value::Object(draft.properties)),
        status: ActiveValue::Set(draft.status),
        review_reasons: ActiveValue::Set(draft.review_reasons.into()),
        version: ActiveValue::Set(1),
        source: ActiveValue::Set(draft.source),
        source_licence: ActiveValue::Set(draft.source_licence),
        demo: ActiveValue::Set(draft.demo),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
        changed_by: ActiveValue::Set(by.staff_id),
        change_note: ActiveValue::Set(by.note.clone()),
    }
}

fn entrance_rows(feature_id: i32, entrances: Vec<Entrance>) -> Vec<feature_entrance::ActiveModel> {
    entrances
        .into_iter()
        .map(|entrance| feature_entrance::ActiveModel {
            id: ActiveValue::NotSet,
            feature_id: ActiveValue::Set(feature_id),
            name: ActiveValue::Set(entrance.name),
            kind: ActiveValue::Set(entrance.kind),
            lon: ActiveValue::Set(entrance.at.lon),
            lat: ActiveValue::Set(entrance.at.lat),
        })
        .collect()
}
