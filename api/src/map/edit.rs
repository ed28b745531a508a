//! How the map changes: one transaction that bumps the revision, then the new state is published.

use std::collections::BTreeSet;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{feature, feature_entrance, feature_source, map_change, map_revision};
use geodata::geometry::to_wkb;
use geodata::snapshot::Entrance;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::{Map, Value};

use super::search;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Rows per INSERT: at most 20 columns each, and SQLite takes 32,766 values in one statement.
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

/// What to do with one place.
#[derive(Clone, Debug)]
pub enum FeatureEdit {
    /// A new place.
    Add(Box<FeatureDraft>, Option<Origin>),
    /// New content for the place with this id, whatever its version.
    Replace(i32, Box<FeatureDraft>, Option<Origin>),
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
    let mut touched = BTreeSet::new();
    let mut origins = Vec::new();
    let mut added = Vec::new();
    for edit in edits {
        match edit {
            FeatureEdit::Add(draft, origin) => added.push((*draft, origin)),
            FeatureEdit::Replace(id, draft, origin) => {
                origins.extend(origin.map(|origin| (id, draft.layer_id.clone(), origin)));
                replace(transaction, id, *draft, now).await?;
                touched.insert(id);
            }
            FeatureEdit::Note(id, origin) => origins.push((id, layer_of(transaction, id).await?, origin)),
        }
    }
    let (ids, new_origins) = add(transaction, added, now).await?;
    origins.extend(new_origins);
    note_origins(transaction, origins, now).await?;
    touched.extend(ids);
    if touched.is_empty() {
        return Ok(());
    }
    number(transaction, &touched, now).await
}

/// A place, its layer, and the record that says so.
type OriginOf = (i32, String, Origin);

async fn add(
    transaction: &DatabaseTransaction,
    drafts: Vec<(FeatureDraft, Option<Origin>)>,
    now: DateTime<Utc>,
) -> ApiResult<(Vec<i32>, Vec<OriginOf>)> {
    let mut ids = Vec::with_capacity(drafts.len());
    let mut origins = Vec::new();
    let mut drafts = drafts.into_iter().peekable();
    while drafts.peek().is_some() {
        let (mut rows, mut attached) = (Vec::new(), Vec::new());
        for (draft, origin) in drafts.by_ref().take(ROWS_PER_INSERT) {
            attached.push((draft.layer_id.clone(), draft.entrances.clone(), origin));
            rows.push(row_of(draft, now));
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
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let ways_in = std::mem::take(&mut draft.entrances);
    let mut row = row_of(draft, now);
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

fn no_such_feature() -> ApiError {
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

fn row_of(draft: FeatureDraft, now: DateTime<Utc>) -> feature::ActiveModel {
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
