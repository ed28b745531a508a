//! Activities as the search knows them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity::{self, Kind, Status};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use super::published::{Activity, ActivityState};
use crate::error::ApiResult;
use crate::search::doc::{Doc, DocKind};
use crate::search::index;

/// How long an activity that is over is still found: people look for what they were at.
const FOUND_FOR: TimeDelta = TimeDelta::days(30);

/// Brings the search up to what is public of an activity.
///
/// # Errors
/// When the database refuses.
pub async fn reindex(transaction: &DatabaseTransaction, row: &activity::Model) -> ApiResult<()> {
    match doc(row) {
        Some(doc) => index::put(transaction, &[doc]).await,
        None => index::remove(transaction, DocKind::Activity, &[row.id.to_string()]).await,
    }
}

/// Every activity that can be found, the earliest first.
///
/// # Errors
/// When the database fails.
pub async fn docs(connection: &impl ConnectionTrait) -> ApiResult<Vec<Doc>> {
    let rows = activity::Entity::find()
        .filter(activity::Column::Status.eq(Status::Published))
        .order_by_asc(activity::Column::StartsAt)
        .order_by_asc(activity::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.iter().filter_map(doc).collect())
}

fn doc(row: &activity::Model) -> Option<Doc> {
    let published_at = row.published_at.filter(|_| row.status == Status::Published)?;
    Some(Doc {
        kind: DocKind::Activity,
        reference: row.id.to_string(),
        title: row.title.clone(),
        tags: vec![kind_title(row.kind).to_owned()],
        body: text(row),
        topics: row.topic_id.clone().into_iter().collect(),
        published_at: *published_at,
        expire_at: Some(*row.ends_at + FOUND_FOR),
    })
}

/// When the next activity is no longer found because it is long over.
pub fn next_end(state: &ActivityState, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ends = state.list.iter().map(|activity| *activity.row.ends_at + FOUND_FOR);
    ends.filter(|end| *end > now).min()
}

fn text(row: &activity::Model) -> String {
    let mut text = vec![row.summary.as_str(), row.description.as_str(), row.place_name.as_str()];
    text.extend(row.address.as_deref());
    text.push(&row.host);
    text.join("\n")
}

/// The text in which the search looks, beside the title.
pub fn searched_text(activity: &Activity) -> String {
    text(&activity.row)
}

fn kind_title(kind: Kind) -> &'static str {
    match kind {
        Kind::Lecture => "健康讲座",
        Kind::Training => "培训",
        Kind::Fitness => "健身活动",
        Kind::Screening => "健康筛查",
        Kind::Campaign => "主题活动",
    }
}
