//! Who did what, when, and with what result, in rows that cannot be changed unnoticed.
//!
//! Rows are numbered without gaps and chained by their hashes. Whoever owns the database could still
//! rebuild the whole chain or cut off its end; checkpoints, signed with a key that is not in the database
//! and kept outside of it, show that.

mod chain;
mod checkpoint;
mod dto;
mod event;
mod query;
mod refusals;
mod retention;
mod routes;
mod service;
mod verify;

use std::path::Path;

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{audit_event, audit_head};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::checkpoint::Checkpoint;
pub use self::event::{Action, Actor, AuditEvent, Object, Outcome};
pub use self::refusals::{Refusals, tell_refusals};
pub use self::retention::{KEPT_FOR, purge};
pub use self::verify::{Tampering, Verification, verify};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::keys::KeyFile;
use crate::state::AppState;

/// Adds the log below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_audit);
}

/// Adds a row in the transaction of what it tells about, so that one is not there without the other.
///
/// The end of the log is locked from here to the commit, so this stands last in the transaction: work
/// after it would make every other audited write wait, or deadlock with it.
///
/// # Errors
/// When the database fails.
pub async fn append(
    transaction: &DatabaseTransaction,
    event: &AuditEvent,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // SQLite has one writer and ignores the lock.
    let head = audit_head::Entity::find()
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the audit log has no head")))?;
    let row = chain::row(event, now, head.seq + 1, head.hash);
    let (seq, hash) = (row.seq, row.hash.clone());
    audit_event::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Seq, Expr::value(seq))
        .col_expr(audit_head::Column::Hash, Expr::value(hash))
        .filter(audit_head::Column::Id.eq(head.id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Adds a row in a transaction of its own: for refusals and reads, which write nothing else.
///
/// # Errors
/// When the database fails. What is told about must then not be answered either.
pub async fn record(state: &AppState, event: AuditEvent) -> ApiResult<()> {
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            let event = event.clone();
            Box::pin(async move { append(transaction, &event, now).await })
        })
        .await
}

/// How often the server adds a checkpoint while the log grows.
const CHECKPOINT_EVERY: TimeDelta = TimeDelta::hours(1);

/// Adds a checkpoint of the log's present end to the file. `None` where the log is empty.
///
/// # Errors
/// When the database cannot be read or the file not written.
pub async fn add_checkpoint(
    database: &Database,
    keys: &KeyFile,
    file: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Checkpoint>> {
    let head = verify::head(database).await?;
    if head.seq == 0 {
        return Ok(None);
    }
    let end = (head.seq, verify::stored_hash(&head.hash)?);
    let checkpoint = Checkpoint::sign(keys, end, false, now)?;
    checkpoint::append(file, &checkpoint)?;
    Ok(Some(checkpoint))
}

/// Adds a checkpoint that says that the log was put back to its present end from a backup. Rows that earlier
/// checkpoints tell of are lost and no longer missed; what comes after is signed as ever.
///
/// # Errors
/// As [`add_checkpoint`].
pub async fn add_restored_checkpoint(
    database: &Database,
    keys: &KeyFile,
    file: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let head = verify::head(database).await?;
    let end = (head.seq, verify::stored_hash(&head.hash)?);
    checkpoint::append(file, &Checkpoint::sign(keys, end, true, now)?)
}

/// Adds a checkpoint if the log has grown since the last one and that is an hour ago.
///
/// # Errors
/// As [`add_checkpoint`]; also when the file holds something else than checkpoints.
pub async fn keep_checkpoints(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    let file = state.settings.audit_checkpoints();
    let last = checkpoint::read(&file)?.pop();
    let head = verify::head(&state.database).await?;
    if let Some(last) = last {
        if last.seq > head.seq {
            bail!("the audit log is shorter than its last checkpoint; run: kangtu audit verify");
        }
        if last.seq == head.seq || last.at + CHECKPOINT_EVERY > now {
            return Ok(());
        }
    }
    add_checkpoint(&state.database, &state.keys.current(), &file, now).await.map(drop)
}
