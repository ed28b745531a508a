//! Who is writing at an article. Whoever has not been heard of for a while has left.

use chrono::{DateTime, TimeDelta, Utc};
use entity::article_presence;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::dto::Editor;
use super::local_time::beijing;
use super::worker::names;
use crate::error::ApiResult;

/// How long somebody who was heard of counts as there; clients tell every 20 seconds.
const HEARD_FOR: TimeDelta = TimeDelta::seconds(60);

/// Notes that somebody is there.
pub(super) async fn note(
    transaction: &DatabaseTransaction,
    article_id: i32,
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let seen_at = ChronoUnixTimestampMillis(now);
    article_presence::Entity::delete_many()
        .filter(article_presence::Column::ArticleId.eq(article_id))
        .filter(article_presence::Column::SeenAt.lt(ChronoUnixTimestampMillis(now - HEARD_FOR)))
        .exec(transaction)
        .await?;
    let row = article_presence::Model { article_id, staff_id, seen_at };
    article_presence::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([article_presence::Column::ArticleId, article_presence::Column::StaffId])
                .update_column(article_presence::Column::SeenAt)
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Notes that somebody left.
pub(super) async fn leave(
    transaction: &DatabaseTransaction,
    article_id: i32,
    staff_id: Uuid,
) -> ApiResult<()> {
    article_presence::Entity::delete_by_id((article_id, staff_id)).exec(transaction).await?;
    Ok(())
}

/// Who is there, those who came to be heard of last first.
pub(super) async fn editors(
    connection: &impl ConnectionTrait,
    article_id: i32,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Editor>> {
    let rows = article_presence::Entity::find()
        .filter(article_presence::Column::ArticleId.eq(article_id))
        .filter(article_presence::Column::SeenAt.gte(ChronoUnixTimestampMillis(now - HEARD_FOR)))
        .order_by_desc(article_presence::Column::SeenAt)
        .all(connection)
        .await?;
    let mut names = names(connection, rows.iter().map(|row| row.staff_id)).await?;
    let editor = |row: article_presence::Model| {
        Some(Editor { id: row.staff_id, name: names.remove(&row.staff_id)?, seen_at: beijing(row.seen_at.0) })
    };
    Ok(rows.into_iter().filter_map(editor).collect())
}
