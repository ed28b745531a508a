//! Reads activities from the database.

use std::collections::{BTreeSet, HashMap};

use entity::activity_media::Purpose;
use entity::{
    activity, activity_key_group, activity_lecturer, activity_media, activity_question, activity_series,
    key_group, lecturer,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::published::{Activity, SeatNumbers};
use crate::error::ApiResult;

/// Activities read at a time.
const BATCH: usize = 500;

/// What was published, now or before, and changed after a revision.
pub(super) async fn changed_since(
    connection: &impl ConnectionTrait,
    revision: i64,
) -> ApiResult<Vec<Activity>> {
    let rows = activity::Entity::find()
        .filter(activity::Column::ChangedRevision.gt(revision))
        .filter(activity::Column::PublishedAt.is_not_null())
        .all(connection)
        .await?;
    let mut activities = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        activities.extend(load(connection, rows.by_ref().take(BATCH).collect()).await?);
    }
    Ok(activities)
}

/// Completes rows with everything that belongs to them.
///
/// # Errors
/// When the database fails.
pub async fn load(connection: &impl ConnectionTrait, rows: Vec<activity::Model>) -> ApiResult<Vec<Activity>> {
    let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
    let series: BTreeSet<i32> = rows.iter().filter_map(|row| row.series_id).collect();
    let mut activities: Vec<Activity> = rows.into_iter().map(Activity::new).collect();
    let places: HashMap<i32, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let own = |id: i32| places.get(&id).copied();

    let speaking = speakers(connection, &ids).await?;
    for (activity_id, lecturer) in speaking {
        if let Some(at) = own(activity_id) {
            activities[at].lecturers.push(lecturer);
        }
    }
    let groups = key_group::Entity::find().order_by_asc(key_group::Column::Position).all(connection).await?;
    let for_whom = activity_key_group::Entity::find()
        .filter(activity_key_group::Column::ActivityId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    for group in &groups {
        for row in for_whom.iter().filter(|row| row.key_group_id == group.id) {
            if let Some(at) = own(row.activity_id) {
                activities[at].key_groups.push(group.clone());
            }
        }
    }
    let questions = activity_question::Entity::find()
        .filter(activity_question::Column::ActivityId.is_in(ids.iter().copied()))
        .order_by_asc(activity_question::Column::Position)
        .all(connection)
        .await?;
    for question in questions {
        if let Some(at) = own(question.activity_id) {
            activities[at].questions.push(question);
        }
    }
    let pictures = activity_media::Entity::find()
        .filter(activity_media::Column::ActivityId.is_in(ids.iter().copied()))
        .filter(activity_media::Column::Purpose.ne(Purpose::Evidence))
        .order_by_asc(activity_media::Column::Position)
        .all(connection)
        .await?;
    for picture in pictures {
        if let Some(at) = own(picture.activity_id) {
            activities[at].pictures.push(picture);
        }
    }
    let titles: Vec<(i32, String)> = activity_series::Entity::find()
        .select_only()
        .column(activity_series::Column::Id)
        .column(activity_series::Column::Title)
        .filter(activity_series::Column::Id.is_in(series))
        .into_tuple()
        .all(connection)
        .await?;
    let titles: HashMap<i32, String> = titles.into_iter().collect();
    for activity in &mut activities {
        activity.series_title = activity.row.series_id.and_then(|id| titles.get(&id)).cloned();
    }
    Ok(activities)
}

/// Who speaks at which of these activities, in display order.
async fn speakers(connection: &impl ConnectionTrait, ids: &[i32]) -> ApiResult<Vec<(i32, lecturer::Model)>> {
    let speaking = activity_lecturer::Entity::find()
        .filter(activity_lecturer::Column::ActivityId.is_in(ids.iter().copied()))
        .order_by_asc(activity_lecturer::Column::Position)
        .all(connection)
        .await?;
    let which: BTreeSet<i32> = speaking.iter().map(|row| row.lecturer_id).collect();
    let lecturers =
        lecturer::Entity::find().filter(lecturer::Column::Id.is_in(which)).all(connection).await?;
    let lecturers: HashMap<i32, lecturer::Model> =
        lecturers.into_iter().map(|lecturer| (lecturer.id, lecturer)).collect();
    let pairs = speaking.into_iter().filter_map(|row| {
        lecturers.get(&row.lecturer_id).map(|lecturer| (row.activity_id, lecturer.clone()))
    });
    Ok(pairs.collect())
}

/// Seats that changed since an instant, in UTC milliseconds.
pub(super) async fn seats_since(
    connection: &impl ConnectionTrait,
    since_ms: i64,
) -> ApiResult<Vec<SeatNumbers>> {
    let rows: Vec<(i32, i32, i32, i32, i64)> = activity::Entity::find()
        .select_only()
        .column(activity::Column::Id)
        .column(activity::Column::Capacity)
        .column(activity::Column::Taken)
        .column(activity::Column::Waiting)
        .column(activity::Column::SeatsChangedAt)
        .filter(activity::Column::SeatsChangedAt.gte(since_ms))
        .into_tuple()
        .all(connection)
        .await?;
    let numbers = rows.into_iter().map(|(activity_id, capacity, taken, waiting, changed_at_ms)| {
        SeatNumbers { activity_id, capacity, taken, waiting, changed_at_ms }
    });
    Ok(numbers.collect())
}
