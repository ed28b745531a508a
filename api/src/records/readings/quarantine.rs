//! Readings that cannot be any, kept as they came, with the reason.

use chrono::{DateTime, FixedOffset, Utc};
use entity::measurement_quarantine;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::cell::QUARANTINED;
use super::check::Reason;
use super::context::Context;
use super::intake::{Entry, Given, NewReading};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Sealer};

/// A reading as it came, as far as it tells of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::records) struct Rejected {
    pub(in crate::records) metric: String,
    pub(in crate::records) values: BTreeMap<String, Given>,
    pub(in crate::records) measured_at: DateTime<FixedOffset>,
    pub(in crate::records) context: Context,
}

impl Rejected {
    fn of(reading: &NewReading) -> Self {
        Self {
            metric: reading.metric.clone(),
            values: reading.values.clone(),
            measured_at: reading.measured_at,
            context: reading.context.clone(),
        }
    }
}

/// Keeps what was turned away, once however often it comes. What comes under the same `uid` and differs is
/// kept beside it.
pub(in crate::records) async fn keep(
    (state, transaction, sealer): (&AppState, &DatabaseTransaction, &Sealer),
    person_id: Uuid,
    entry: &Entry,
    reading: &NewReading,
    reason: Reason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let rejected = Rejected::of(reading);
    let before = measurement_quarantine::Entity::find()
        .filter(measurement_quarantine::Column::PersonId.eq(person_id))
        .filter(measurement_quarantine::Column::Uid.eq(reading.uid))
        .all(transaction)
        .await?;
    for row in &before {
        if open(state, transaction, row).await? == rejected {
            return Ok(());
        }
    }
    let id = state.random.id(now);
    let plain = serde_json::to_vec(&rejected).map_err(|error| ApiError::Internal(error.into()))?;
    let row = measurement_quarantine::Model {
        id,
        person_id,
        uid: reading.uid,
        received_at: now.into(),
        source: entry.source,
        hut_id: entry.hut_id,
        device_id: reading.device_id,
        entered_as: entry.entered_as,
        entered_by: entry.entered_by,
        reason: reason.code().to_owned(),
        reading_cell: sealer.seal(CellAddress { column: QUARANTINED, row: id.as_bytes() }, &plain)?,
    };
    measurement_quarantine::Entity::insert(row.into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn open(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &measurement_quarantine::Model,
) -> ApiResult<Rejected> {
    let address = CellAddress { column: QUARANTINED, row: row.id.as_bytes() };
    let plain = state.vault.open(connection, address, &row.reading_cell).await?;
    serde_json::from_slice(&plain)
        .map_err(|_cause| ApiError::Internal(anyhow::anyhow!("a cell of the quarantine is damaged")))
}

/// What was turned away for a person, newest first, from before `before` on.
pub(in crate::records) async fn collect(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    before: Option<Uuid>,
    limit: Option<u64>,
) -> ApiResult<Vec<(measurement_quarantine::Model, Rejected)>> {
    let mut query = measurement_quarantine::Entity::find()
        .filter(measurement_quarantine::Column::PersonId.eq(person_id))
        .order_by_desc(measurement_quarantine::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(measurement_quarantine::Column::Id.lt(before));
    }
    let mut found = Vec::new();
    for row in query.all(connection).await? {
        match open(state, connection, &row).await {
            Ok(rejected) => found.push((row, rejected)),
            Err(ApiError::Gone { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
