//! What no longer counts is deleted.

use chrono::{DateTime, TimeDelta, Utc};
use entity::session;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{EntityTrait, QueryFilter};

use super::throttle;
use crate::state::AppState;

/// How long a session is kept after its end, so that its owner can be told of it.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Deletes sessions that ended long ago with their refresh tokens, and failures that are forgotten. Returns
/// how many rows went.
///
/// # Errors
/// When the database fails.
pub async fn delete_stale(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let deleted = state.database.write(move |transaction| {
        Box::pin(async move {
            let ended_before = (now - KEPT).timestamp_millis();
            let old = Expr::col(session::Column::EndedAt)
                .lt(ended_before)
                .or(Expr::col(session::Column::ExpiresAt).lt(ended_before));
            let sessions = session::Entity::delete_many().filter(old).exec(transaction).await?;
            Ok(sessions.rows_affected + throttle::forget(transaction, now).await?)
        })
    });
    Ok(deleted.await?)
}
