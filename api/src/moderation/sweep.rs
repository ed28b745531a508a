//! What happens to pictures about which WeChat tells nothing.

use chrono::{DateTime, TimeDelta, Utc};
use entity::media_check;
use entity::moderation_item::{self, State};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::image::NO_ANSWER;
use crate::state::AppState;

/// WeChat promises half an hour.
const LONGEST_CHECK: TimeDelta = TimeDelta::minutes(35);
/// A result that belongs to no picture by then never will.
const ORPHANS: TimeDelta = TimeDelta::days(1);

/// Job: gives pictures that WeChat has not judged in time to a person. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let swept = state.database.write(move |transaction| {
        Box::pin(async move {
            let swept = moderation_item::Entity::update_many()
                .col_expr(moderation_item::Column::State, Expr::val(State::PendingReview))
                .col_expr(moderation_item::Column::Label, Expr::val(NO_ANSWER))
                .col_expr(moderation_item::Column::CheckedAt, Expr::val(now.timestamp_millis()))
                .filter(moderation_item::Column::State.eq(State::Checking))
                .filter(moderation_item::Column::CreatedAt.lte((now - LONGEST_CHECK).timestamp_millis()))
                .exec(transaction)
                .await?;
            media_check::Entity::delete_many()
                .filter(media_check::Column::ItemId.is_null())
                .filter(media_check::Column::NotedAt.lt((now - ORPHANS).timestamp_millis()))
                .exec(transaction)
                .await?;
            Ok(swept.rows_affected)
        })
    });
    Ok(swept.await?)
}
