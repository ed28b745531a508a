//! Rows of readings: what is known already, and what is written.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::hut_reading::{self, State};
use entity::hut_session::{self, EndReason};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::dto::{ItemAnswer, ItemStatus, Refusal};
use super::items::Item;
use crate::error::{ApiError, ApiResult};
use crate::huts::codes;
use crate::huts::kept::Kept;
use crate::huts::record;
use crate::state::AppState;

/// Digests in one statement.
const DIGESTS_AT_ONCE: usize = 200;
/// Tries to find a code that nobody holds.
const DRAWS: usize = 20;

/// Readings that came before, by device and digest.
pub(super) async fn known(
    connection: &impl ConnectionTrait,
    items: &[Item],
) -> ApiResult<HashMap<(Uuid, Vec<u8>), hut_reading::Model>> {
    let mut known = HashMap::new();
    for some in items.chunks(DIGESTS_AT_ONCE) {
        let rows = hut_reading::Entity::find()
            .filter(hut_reading::Column::DeviceId.is_in(some.iter().map(|item| item.device_id)))
            .filter(hut_reading::Column::Digest.is_in(some.iter().map(|item| item.digest.clone())))
            .all(connection)
            .await?;
        known.extend(rows.into_iter().map(|row| ((row.device_id, row.digest.clone()), row)));
    }
    Ok(known)
}

/// Sessions of a hut in which something may have been measured then.
pub(super) async fn sessions(
    connection: &impl ConnectionTrait,
    hut_id: Uuid,
    items: &[Item],
    now: DateTime<Utc>,
) -> ApiResult<Vec<hut_session::Model>> {
    let Some(first) = items.iter().map(|item| item.measured_at).min() else { return Ok(Vec::new()) };
    let last = items.iter().map(|item| item.measured_at).max().unwrap_or(now).max(now);
    // What a gateway names without a time is measured now.
    let since = first.min(now - TimeDelta::minutes(10));
    Ok(hut_session::Entity::find()
        .filter(hut_session::Column::HutId.eq(hut_id))
        .filter(hut_session::Column::SetId.is_null())
        .filter(hut_session::Column::ExpiresAt.gte(since.timestamp_millis()))
        .filter(hut_session::Column::OpenedAt.lte(last.timestamp_millis()))
        .all(connection)
        .await?)
}

/// The answer to a reading that came before: what became of it.
pub(super) async fn answer_again(
    state: &AppState,
    connection: &impl ConnectionTrait,
    uid: String,
    row: &hut_reading::Model,
) -> ApiResult<ItemAnswer> {
    let uid = Some(uid);
    Ok(match row.state {
        State::Recorded if is_turned_away(connection, row).await? => {
            ItemAnswer::refused(uid, Refusal::ImpossibleValue)
        }
        State::Recorded => ItemAnswer::of(uid, ItemStatus::Recorded),
        State::Doubted => ItemAnswer::of(uid, ItemStatus::Asked),
        State::Forgotten => ItemAnswer::of(uid, ItemStatus::Forgotten),
        State::Refused => ItemAnswer {
            reason: row.reason.as_deref().and_then(Refusal::read),
            ..ItemAnswer::of(uid, ItemStatus::Refused)
        },
        State::Unclaimed => {
            let cell = row.values_cell.as_deref().unwrap_or_default();
            let kept = Kept::open(connection, &state.vault, row.id, cell).await?;
            ItemAnswer {
                claim_code: kept.code,
                claim_until: row.keep_until.map(|until| *until),
                ..ItemAnswer::of(uid, ItemStatus::Unclaimed)
            }
        }
    })
}

async fn is_turned_away(connection: &impl ConnectionTrait, row: &hut_reading::Model) -> ApiResult<bool> {
    let Some(person_id) = row.person_id else { return Ok(false) };
    Ok(record::turned_away(connection, person_id, [row.id]).await?.contains(&row.id))
}

/// What all rows of a batch have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    pub(super) hut_id: Uuid,
    pub(super) gateway_id: Uuid,
    pub(super) received_at: DateTime<Utc>,
}

impl Batch {
    /// A row of this batch without an owner and without values.
    pub(super) fn row(self, id: Uuid, set_id: Uuid, item: &Item, state: State) -> hut_reading::Model {
        hut_reading::Model {
            id,
            hut_id: self.hut_id,
            device_id: item.device_id,
            gateway_id: self.gateway_id,
            set_id,
            kind: item.kind,
            taken_at: item.taken_at.into(),
            measured_at: item.measured_at.into(),
            received_at: self.received_at.into(),
            clock: item.clock,
            digest: item.digest.clone(),
            state,
            reason: None,
            session_id: None,
            person_id: None,
            code_digest: None,
            values_cell: None,
            keep_until: None,
        }
    }
}

/// Writes rows.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    rows: Vec<hut_reading::Model>,
) -> ApiResult<()> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    hut_reading::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// Notes that the values of a session came, which ends it.
pub(super) async fn use_session(
    transaction: &DatabaseTransaction,
    session_id: Uuid,
    set_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let used = hut_session::ActiveModel {
        id: ActiveValue::Unchanged(session_id),
        ended_at: ActiveValue::Set(Some(now.into())),
        end_reason: ActiveValue::Set(Some(EndReason::Measured)),
        set_id: ActiveValue::Set(Some(set_id)),
        ..Default::default()
    };
    hut_session::Entity::update(used).exec(transaction).await?;
    Ok(())
}

/// A code for a slip that stands on no other, with its digest.
pub(super) async fn new_code(
    state: &AppState,
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ApiResult<(String, Vec<u8>)> {
    let file = state.keys.current();
    for _ in 0..DRAWS {
        let code = codes::claim_code(&state.random);
        let taken = hut_reading::Entity::find()
            .filter(hut_reading::Column::CodeDigest.is_in(codes::claim_digests(&file, &code)?))
            .one(connection)
            .await?;
        if taken.is_none() {
            let digest = codes::claim_digest(&file, &code, now)?;
            return Ok((code, digest));
        }
    }
    Err(ApiError::Internal(anyhow::anyhow!("no code for a slip is free")))
}
