//! Who did what, when, and with what result, in rows that cannot be changed unnoticed.
//!
//! Rows are numbered without gaps and chained by their hashes. Whoever owns the database could still
//! rebuild the whole chain or cut off its end; checkpoints, signed with a key that is not in the database
//! and kept outside of it, show that.

mod chain;
mod event;

use chrono::{DateTime, Utc};
use entity::{audit_event, audit_head};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

pub use self::event::{Action, Actor, AuditEvent, ClientPrefix, Object, Outcome};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

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
