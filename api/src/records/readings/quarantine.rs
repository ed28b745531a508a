//! Readings that cannot be any, or are to be confirmed first, kept as they came, with the reason.

use chrono::{DateTime, FixedOffset, Utc};
use entity::{measurement, measurement_quarantine};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

use super::cell::QUARANTINED;
use super::check::{Reason, UNCONFIRMED};
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
    /// Missing where it could not be read.
    pub(in crate::records) measured_at: Option<DateTime<FixedOffset>>,
    pub(in crate::records) context: Context,
    /// What was sent, where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::records) raw: Option<String>,
}

/// What was sent and is no reading that can be read.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    /// The name its sender gave it, where that could be read.
    pub(super) uid: Option<Uuid>,
    /// As it was sent, or its beginning.
    pub(super) raw: String,
    /// Why, as a stable word.
    pub(super) reason: &'static str,
}

impl Rejected {
    fn of(reading: &NewReading) -> Self {
        Self {
            metric: reading.metric.clone(),
            values: reading.values.clone(),
            measured_at: Some(reading.measured_at),
            context: reading.context.clone(),
            raw: None,
        }
    }

    fn unread(raw: String) -> Self {
        Self {
            metric: String::new(),
            values: BTreeMap::new(),
            measured_at: None,
            context: Context::default(),
            raw: Some(raw),
        }
    }
}

/// Keeps what was turned away, once however often it comes. What comes under the same `uid` and differs is
/// kept beside it.
pub(in crate::records) async fn keep(
    within: Within<'_>,
    person_id: Uuid,
    entry: &Entry,
    reading: &NewReading,
    reason: Reason,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let named = Named { uid: reading.uid, device_id: reading.device_id, reason: reason.code() };
    write(within, person_id, entry, (named, Rejected::of(reading)), now).await
}

/// Takes out what only waited to be confirmed, now that it is in the record.
pub(super) async fn settle(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    uids: impl Iterator<Item = Uuid> + Send,
) -> ApiResult<()> {
    measurement_quarantine::Entity::delete_many()
        .filter(measurement_quarantine::Column::PersonId.eq(person_id))
        .filter(measurement_quarantine::Column::Uid.is_in(uids))
        .filter(measurement_quarantine::Column::Reason.eq(UNCONFIRMED))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Keeps what could not even be read, once however often it comes.
pub(super) async fn keep_unread(
    within: Within<'_>,
    person_id: Uuid,
    entry: &Entry,
    unread: &Unread,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let uid = match unread.uid {
        Some(uid) => uid,
        None => made_of(within.0, person_id, &unread.raw, now)?,
    };
    let named = Named { uid, device_id: None, reason: unread.reason };
    write(within, person_id, entry, (named, Rejected::unread(unread.raw.clone())), now).await
}

/// A name by which what has none is known again. It is made with a key: a bare hash would give away what was sent
/// to whoever tries all weights.
fn made_of(state: &AppState, person_id: Uuid, raw: &str, now: DateTime<Utc>) -> ApiResult<Uuid> {
    let index = state.vault.index(QUARANTINED, &format!("{person_id} {raw}"), now)?;
    let first = index.first_chunk::<16>();
    let first = first.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("an index is too short")))?;
    Ok(uuid::Builder::from_custom_bytes(*first).into_uuid())
}

/// Where something is kept, and with which key.
type Within<'w> = (&'w AppState, &'w DatabaseTransaction, &'w Sealer);

/// What stands in the clear beside what was turned away.
struct Named {
    uid: Uuid,
    device_id: Option<Uuid>,
    reason: &'static str,
}

async fn write(
    (state, transaction, sealer): Within<'_>,
    person_id: Uuid,
    entry: &Entry,
    (named, rejected): (Named, Rejected),
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let before = measurement_quarantine::Entity::find()
        .filter(measurement_quarantine::Column::PersonId.eq(person_id))
        .filter(measurement_quarantine::Column::Uid.eq(named.uid))
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
        uid: named.uid,
        received_at: now.into(),
        source: entry.source,
        hut_id: entry.hut_id,
        device_id: named.device_id,
        entered_as: entry.entered_as,
        entered_by: entry.entered_by,
        reason: named.reason.to_owned(),
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

/// Of readings that came under these names, those of which nothing but the line in quarantine is there.
///
/// # Errors
/// When the database fails.
pub async fn turned_away(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    uids: &[Uuid],
) -> ApiResult<HashSet<Uuid>> {
    if uids.is_empty() {
        return Ok(HashSet::new());
    }
    let rejected: Vec<Uuid> = measurement_quarantine::Entity::find()
        .select_only()
        .column(measurement_quarantine::Column::Uid)
        .filter(measurement_quarantine::Column::PersonId.eq(person_id))
        .filter(measurement_quarantine::Column::Uid.is_in(uids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    if rejected.is_empty() {
        return Ok(HashSet::new());
    }
    let kept: HashSet<Uuid> = measurement::Entity::find()
        .select_only()
        .column(measurement::Column::Uid)
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Uid.is_in(rejected.iter().copied()))
        .into_tuple::<Uuid>()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    Ok(rejected.into_iter().filter(|uid| !kept.contains(uid)).collect())
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
