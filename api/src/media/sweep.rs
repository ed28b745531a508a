//! Clears away what interrupted uploads left, and files of media that were deleted.

use chrono::{DateTime, TimeDelta, Utc};
use entity::media_leftover;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::state::AppState;

/// Longer than any upload takes.
const SAFE_AGE: TimeDelta = TimeDelta::hours(1);
const AT_ONCE: u64 = 500;

/// Job: deletes leftovers that nobody can be filling any more. Returns how many.
///
/// # Errors
/// When the database or the file store fails; what was not cleared is tried again.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let leftovers = media_leftover::Entity::find()
        .filter(media_leftover::Column::NotedAt.lte((now - SAFE_AGE).timestamp_millis()))
        .limit(AT_ONCE)
        .all(state.database.reader())
        .await?;
    for leftover in &leftovers {
        state.media.discard(leftover.id).await?;
    }
    Ok(leftovers.len())
}
