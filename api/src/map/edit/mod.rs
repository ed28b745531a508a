//! How the map changes: one transaction that bumps the revision, then the new state is published.

mod added;
mod ahead;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{feature, feature_entrance, feature_photo, map_revision, staff};
use geodata::snapshot::Entrance;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QuerySelect, SqlErr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use self::ahead::Ahead;
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
    let (edits, now) = (Arc::from(edits), state.clock.now());
    state.database.write(move |transaction| Box::pin(write(transaction, Arc::clone(&edits), now))).await?;
    state.map.refresh(&state.database, &state.metrics).await
}

/// Writes the edits and numbers them as one revision. The caller publishes after the commit.
///
/// # Errors
/// When the database refuses.
pub async fn write(
    transaction: &DatabaseTransaction,
    edits: Arc<[FeatureEdit]>,
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
    edits: Arc<[FeatureEdit]>,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<Vec<i32>> {
    let mut standing = keep_replaced(transaction, &edits).await?;
    let mut changed = BTreeSet::new();
    let mut origins = Vec::new();
    for edit in edits.iter() {
        match edit {
            FeatureEdit::Add(..) => {}
            FeatureEdit::Replace(id, draft, origin) => {
                let origin = origin.clone();
                origins.extend(origin.map(|origin| (*id, draft.layer_id.clone(), origin)));
                take_turn(transaction, &mut standing, *id).await?;
                replace(transaction, *id, draft, by, now).await?;
                changed.insert(*id);
            }
            FeatureEdit::Change(change) => {
                let FeatureChange { id, seen, draft, photos } = &**change;
                let current = take_turn(transaction, &mut standing, *id).await?;
                require_seen(transaction, current, *seen).await?;
                replace(transaction, *id, draft, by, now).await?;
                if let Some(photos) = photos {
                    set_photos(transaction, *id, photos, by, now).await?;
                }
                changed.insert(*id);
            }
            FeatureEdit::Note(id, origin) => {
                origins.push((*id, layer_of(transaction, *id).await?, origin.clone()));
            }
        }
    }
    let (added, new_origins) = added::write(transaction, edits, by, now).await?;
    origins.extend(new_origins);
    note_origins(transaction, origins, now).await?;
    if !changed.is_empty() || !added.is_empty() {
        number(transaction, changed, &added, now).await?;
    }
    Ok(added)
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
    photos: &[Photo],
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
    let rows = (1..).zip(photos.iter().cloned()).map(|(position, photo)| {
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
    let backend = transaction.get_database_backend();
    let batches = origins.chunks(ROWS_PER_INSERT).map(<[OriginOf]>::to_vec).collect();
    let mut ahead = Ahead::new(batches, move |batch| rows::origins(backend, batch, now));
    while let Some(rows) = ahead.next().await? {
        rows.write(transaction).await?;
    }
    Ok(())
}

async fn replace(
    transaction: &DatabaseTransaction,
    id: i32,
    draft: &FeatureDraft,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut row = rows::feature(draft, by, now);
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
    insert_entrances(transaction, rows::entrances(id, &draft.entrances)).await
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

/// Takes the next revision; what was added is in the search already. The row of the revision stays locked until the
/// commit, so that replicas see revisions in their order.
async fn number(
    transaction: &DatabaseTransaction,
    changed: BTreeSet<i32>,
    added: &[i32],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    map_revision::Entity::update_many()
        .col_expr(map_revision::Column::Revision, Expr::col(map_revision::Column::Revision).add(1))
        .col_expr(map_revision::Column::ChangedAt, Expr::val(now.timestamp_millis()))
        .exec(transaction)
        .await?;
    let current = map_revision::Entity::find()
        .one(transaction)
        .await?
        .context("the table map_revision lost its only row")?;
    let mut touched = Vec::from_iter(changed);
    search::reindex(transaction, &touched).await?;
    touched.extend(added);
    let (backend, revision) = (transaction.get_database_backend(), current.revision);
    let batches = touched.chunks(ROWS_PER_INSERT).map(<[i32]>::to_vec).collect();
    let mut ahead = Ahead::new(batches, move |ids| rows::changes(backend, ids, revision, now));
    while let Some(rows) = ahead.next().await? {
        rows.write(transaction).await?;
    }
    Ok(())
}
