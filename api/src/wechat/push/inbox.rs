//! Pushed events, kept until whoever they concern has acted on them.
//!
//! An event is claimed for a while, so that no two replicas work on one at a time, and finished inside
//! the transaction of what it causes. If that transaction does not commit, or the claim ran out and
//! somebody else has it, nothing has happened and the event is still open: its effect happens exactly
//! once.

use chrono::{DateTime, TimeDelta, Utc};
use entity::wechat_event;
use sea_orm::prelude::Expr;
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::event::{self, EventKind, WechatEvent};
use super::message;
use super::receive::Received;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// Where messages stand sealed.
pub const PAYLOAD: Column = Column { table: "wechat_event", column: "payload_cell" };

/// How long a claim holds; whoever works longer finds the event taken over.
const CLAIM: TimeDelta = TimeDelta::minutes(2);
/// After so many claims without success an event is set aside for an operator.
const MOST_ATTEMPTS: i32 = 10;
/// How long finished events are remembered, so that late repetitions are recognised.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

/// An event that nobody else works on for two minutes.
#[derive(Clone, Debug)]
pub struct ClaimedEvent {
    /// What happened.
    pub event: WechatEvent,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
    id: Uuid,
    claim_id: Uuid,
    attempts: i32,
}

/// Keeps a push, once however often it comes. What nobody acts on is remembered without its content.
pub(super) async fn keep(state: &AppState, received: Received) -> ApiResult<()> {
    let now = state.clock.now();
    let (id, vault) = (state.random.id(now), state.vault.clone());
    let received = std::sync::Arc::new(received);
    state
        .database
        .write(move |transaction| {
            let (vault, received) = (vault.clone(), std::sync::Arc::clone(&received));
            Box::pin(async move {
                let open = received.kind != EventKind::Other;
                let payload_cell = if open {
                    let address = CellAddress { column: PAYLOAD, row: id.as_bytes() };
                    Some(vault.seal(transaction, KeyOwner::Server, address, &received.message).await?)
                } else {
                    None
                };
                let row = wechat_event::ActiveModel {
                    id: ActiveValue::Set(id),
                    kind: ActiveValue::Set(received.kind.as_str().to_owned()),
                    delivery_key: ActiveValue::Set(received.delivery_key.clone()),
                    message_key: ActiveValue::Set(received.message_key.clone()),
                    payload_cell: ActiveValue::Set(payload_cell),
                    status: ActiveValue::Set(if open { "open" } else { "done" }.to_owned()),
                    attempts: ActiveValue::Set(0),
                    available_at: ActiveValue::Set(now.into()),
                    claim_id: ActiveValue::Set(None),
                    received_at: ActiveValue::Set(now.into()),
                    finished_at: ActiveValue::Set((!open).then(|| now.into())),
                };
                // Nothing is inserted where either key is known: the same push, or the same event again.
                wechat_event::Entity::insert(row)
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .exec_without_returning(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
}

/// Claims up to `limit` open events of these kinds, oldest first. On several replicas each event is
/// claimed by one.
///
/// # Errors
/// When the database fails.
pub async fn take(
    state: &AppState,
    kinds: &'static [EventKind],
    now: DateTime<Utc>,
    limit: u64,
) -> ApiResult<Vec<ClaimedEvent>> {
    // Most of the time there is nothing, and looking takes no turn from those who write.
    let first = wechat_event::Entity::find().filter(open_of(kinds, now)).one(state.database.reader()).await?;
    if first.is_none() {
        return Ok(Vec::new());
    }
    let claim_id = state.random.stamp();
    let rows = state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                set_aside_hopeless(transaction, kinds, now).await?;
                claim(transaction, kinds, claim_id, now, limit).await
            })
        })
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(event) = opened(state, &row, claim_id).await? {
            claimed.push(event);
        }
    }
    Ok(claimed)
}

fn open_of(kinds: &[EventKind], now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(wechat_event::Column::Status.eq("open"))
        .add(wechat_event::Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .add(wechat_event::Column::AvailableAt.lte(now.timestamp_millis()))
}

async fn set_aside_hopeless(
    transaction: &DatabaseTransaction,
    kinds: &[EventKind],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let set_aside = wechat_event::Entity::update_many()
        .col_expr(wechat_event::Column::Status, "failed".into())
        .col_expr(wechat_event::Column::FinishedAt, now.timestamp_millis().into())
        .filter(open_of(kinds, now))
        .filter(wechat_event::Column::Attempts.gte(MOST_ATTEMPTS))
        .exec(transaction)
        .await?;
    if set_aside.rows_affected > 0 {
        tracing::error!(count = set_aside.rows_affected, "events of WeChat could not be worked on");
    }
    Ok(())
}

async fn claim(
    transaction: &DatabaseTransaction,
    kinds: &[EventKind],
    claim_id: Uuid,
    now: DateTime<Utc>,
    limit: u64,
) -> ApiResult<Vec<wechat_event::Model>> {
    let rows = wechat_event::Entity::find()
        .filter(open_of(kinds, now))
        .order_by_asc(wechat_event::Column::ReceivedAt)
        .order_by_asc(wechat_event::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(transaction)
        .await?;
    wechat_event::Entity::update_many()
        .col_expr(wechat_event::Column::ClaimId, claim_id.into())
        .col_expr(wechat_event::Column::AvailableAt, (now + CLAIM).timestamp_millis().into())
        .col_expr(wechat_event::Column::Attempts, Expr::col(wechat_event::Column::Attempts).add(1))
        .filter(wechat_event::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(transaction)
        .await?;
    Ok(rows)
}

/// An event that cannot be opened is left to its claim and set aside in the end.
async fn opened(
    state: &AppState,
    row: &wechat_event::Model,
    claim_id: Uuid,
) -> ApiResult<Option<ClaimedEvent>> {
    let Some(cell) = &row.payload_cell else {
        return Ok(None);
    };
    let address = CellAddress { column: PAYLOAD, row: row.id.as_bytes() };
    let text = match state.vault.open(state.database.reader(), address, cell).await {
        Ok(text) => text,
        Err(ApiError::Database(error)) => return Err(ApiError::Database(error)),
        Err(error) => {
            let error = error.log_text().unwrap_or_default();
            tracing::error!(event_id = %row.id, error, "an event of WeChat cannot be opened");
            return Ok(None);
        }
    };
    let event = message::read(&text).map_or(WechatEvent::Other, |message| event::read(&message).1);
    Ok(Some(ClaimedEvent {
        event,
        received_at: row.received_at.0,
        id: row.id,
        claim_id,
        attempts: row.attempts + 1,
    }))
}

/// Marks an event as done and forgets its content, in the transaction of what it caused.
///
/// # Errors
/// 409 `claim_lost` when somebody else has the event by now: let the transaction fail.
pub async fn finish(
    transaction: &DatabaseTransaction,
    claimed: &ClaimedEvent,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let finished = wechat_event::Entity::update_many()
        .col_expr(wechat_event::Column::Status, "done".into())
        .col_expr(wechat_event::Column::PayloadCell, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(wechat_event::Column::FinishedAt, now.timestamp_millis().into())
        .filter(still_claimed(claimed))
        .exec(transaction)
        .await?;
    if finished.rows_affected == 1 { Ok(()) } else { Err(claim_lost()) }
}

/// Gives an event back, to be tried again after a delay that doubles from a minute to an hour.
///
/// # Errors
/// When the database fails.
pub async fn give_back(state: &AppState, claimed: &ClaimedEvent, now: DateTime<Utc>) -> ApiResult<()> {
    let doublings = u32::try_from(claimed.attempts.clamp(1, 6)).unwrap_or(1) - 1;
    let available_at = now + TimeDelta::minutes((1_i64 << doublings).clamp(1, 60));
    let condition = still_claimed(claimed);
    state
        .database
        .write(move |transaction| {
            let condition = condition.clone();
            Box::pin(async move {
                wechat_event::Entity::update_many()
                    .col_expr(wechat_event::Column::AvailableAt, available_at.timestamp_millis().into())
                    .col_expr(wechat_event::Column::ClaimId, Expr::value(Option::<Uuid>::None))
                    .filter(condition)
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
}

fn still_claimed(claimed: &ClaimedEvent) -> Condition {
    Condition::all()
        .add(wechat_event::Column::Id.eq(claimed.id))
        .add(wechat_event::Column::ClaimId.eq(claimed.claim_id))
        .add(wechat_event::Column::Status.eq("open"))
}

fn claim_lost() -> ApiError {
    ApiError::Conflict { code: "claim_lost", detail: "这条消息正由另一个程序处理。".into() }
}

/// Job: forgets events that were finished a week ago.
///
/// # Errors
/// When the database fails.
pub async fn forget_finished(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    let before_ms = (now - REMEMBERED).timestamp_millis();
    state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let forgotten = wechat_event::Entity::delete_many()
                    .filter(wechat_event::Column::FinishedAt.lt(before_ms))
                    .exec(transaction)
                    .await?;
                Ok(forgotten.rows_affected)
            })
        })
        .await
}
