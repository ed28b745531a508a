//! What places were before: each version that gives way is kept, in the transaction that replaces it.
//!
//! The newest version stands in `feature` alone. So a place that was never edited has no rows here, and a
//! first import of a whole city costs nothing.

use std::collections::{BTreeMap, HashMap};

use entity::{feature, feature_entrance, feature_revision};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::ApiResult;

/// Rows of one INSERT: 19 columns each, and SQLite takes 32,766 values in one statement.
const BATCH: usize = 1_000;

/// The version of a place that is about to be replaced, and who made it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) version: i32,
    pub(super) changed_by: Option<Uuid>,
}

/// Locks these places, in the order of their ids so that two edits never wait for each other, and keeps
/// what they are. Places that do not exist are missing from the answer.
pub(super) async fn keep(
    transaction: &DatabaseTransaction,
    ids: &[i32],
) -> ApiResult<BTreeMap<i32, Standing>> {
    let mut standing = BTreeMap::new();
    for ids in ids.chunks(BATCH) {
        let rows = feature::Entity::find()
            .filter(feature::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(feature::Column::Id)
            .lock_exclusive()
            .all(transaction)
            .await?;
        let mut entrances = entrances_of(transaction, ids).await?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            standing.insert(row.id, Standing { version: row.version, changed_by: row.changed_by });
            let entrances = entrances.remove(&row.id).unwrap_or_default();
            kept.push(revision_of(row, entrances.into()).into_active_model());
        }
        if !kept.is_empty() {
            feature_revision::Entity::insert_many(kept).exec_without_returning(transaction).await?;
        }
    }
    Ok(standing)
}

/// A version as history tells it.
pub(super) fn revision_of(row: feature::Model, entrances: Value) -> feature_revision::Model {
    feature_revision::Model {
        feature_id: row.id,
        version: row.version,
        layer_id: row.layer_id,
        region_code: row.region_code,
        name: row.name,
        address: row.address,
        phone: row.phone,
        opening_hours: row.opening_hours,
        facilities: row.facilities,
        entrances,
        geometry: row.geometry,
        properties: row.properties,
        status: row.status,
        source: row.source,
        source_licence: row.source_licence,
        demo: row.demo,
        changed_by: row.changed_by,
        change_note: row.change_note,
        changed_at: row.updated_at,
    }
}

/// The ways into these places, each as `{name, kind, lon, lat}`.
pub(super) async fn entrances_of(
    connection: &impl ConnectionTrait,
    ids: &[i32],
) -> ApiResult<HashMap<i32, Vec<Value>>> {
    let rows = feature_entrance::Entity::find()
        .filter(feature_entrance::Column::FeatureId.is_in(ids.iter().copied()))
        .order_by_asc(feature_entrance::Column::Id)
        .all(connection)
        .await?;
    let mut by_feature = HashMap::<i32, Vec<Value>>::new();
    for row in rows {
        let entrance = json!({"name": row.name, "kind": row.kind, "lon": row.lon, "lat": row.lat});
        by_feature.entry(row.feature_id).or_default().push(entrance);
    }
    Ok(by_feature)
}
