//! The numbers of activities: seats, people, arrivals, what people thought.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::registration::Status;
use entity::{activity, activity_media, check_in, feedback, registration_person};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::error::ApiResult;
use crate::regions::RegionScope;

/// What shows that an activity took place.
const SHOWING: [activity_media::Purpose; 2] =
    [activity_media::Purpose::Photo, activity_media::Purpose::Evidence];

/// As many ids as one statement should carry.
const IDS: usize = 500;

/// The numbers of one activity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// People with a seat.
    pub(super) confirmed: i64,
    /// People who came.
    pub(super) came: i64,
    /// Answers about it.
    pub(super) answers: i64,
    /// Sum of the stars of all answers.
    pub(super) stars: i64,
    /// Photos and papers that show it took place.
    pub(super) evidence: i64,
}

/// An activity with its numbers.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub(super) activity: activity::Model,
    pub(super) figures: Figures,
}

impl Counted {
    /// Whether it took place, so that its numbers count.
    pub(super) fn was_held(&self, now: DateTime<Utc>) -> bool {
        self.activity.status == activity::Status::Published && *self.activity.ends_at <= now
    }
}

/// Which activities are counted.
#[derive(Clone, Debug)]
pub(super) struct Selection<'s> {
    /// Where the caller may look.
    pub(super) scope: &'s RegionScope,
    /// Starts not before this instant.
    pub(super) from: DateTime<Utc>,
    /// Starts before this instant.
    pub(super) to: DateTime<Utc>,
}

/// The activities that were announced, with their numbers, by time.
pub(super) async fn counted(
    connection: &impl ConnectionTrait,
    selection: &Selection<'_>,
    is_wanted: impl Fn(&activity::Model) -> bool,
) -> ApiResult<Vec<Counted>> {
    let mut query = activity::Entity::find()
        .filter(activity::Column::PublishedAt.is_not_null())
        .filter(activity::Column::StartsAt.gte(selection.from.timestamp_millis()))
        .filter(activity::Column::StartsAt.lt(selection.to.timestamp_millis()))
        .order_by_asc(activity::Column::StartsAt)
        .order_by_asc(activity::Column::Id);
    if !selection.scope.is_everywhere() {
        query = query.filter(activity::Column::RegionCode.is_in(selection.scope.codes()));
    }
    let rows = query.all(connection).await?;
    let rows: Vec<activity::Model> = rows.into_iter().filter(|row| is_wanted(row)).collect();
    let mut figures = BTreeMap::new();
    for rows in rows.chunks(IDS) {
        let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
        figures.extend(of_activities(connection, &ids).await?);
    }
    let counted = |activity: activity::Model| Counted {
        figures: figures.get(&activity.id).copied().unwrap_or_default(),
        activity,
    };
    Ok(rows.into_iter().map(counted).collect())
}

#[derive(FromQueryResult)]
struct Count {
    activity_id: i32,
    number: i64,
}

#[derive(FromQueryResult)]
struct AnswerSum {
    activity_id: i32,
    number: i64,
    stars: Option<i64>,
}

async fn of_activities(connection: &impl ConnectionTrait, ids: &[i32]) -> ApiResult<BTreeMap<i32, Figures>> {
    let mut figures: BTreeMap<i32, Figures> = ids.iter().map(|id| (*id, Figures::default())).collect();
    let confirmed = registration_person::Entity::find()
        .select_only()
        .column(registration_person::Column::ActivityId)
        .column_as(registration_person::Column::Id.count(), "number")
        .filter(registration_person::Column::ActivityId.is_in(ids.iter().copied()))
        .filter(registration_person::Column::Status.eq(Status::Confirmed))
        .group_by(registration_person::Column::ActivityId)
        .into_model::<Count>()
        .all(connection)
        .await?;
    put(&mut figures, confirmed, |figures, number| figures.confirmed = number);
    let came = check_in::Entity::find()
        .select_only()
        .column(check_in::Column::ActivityId)
        .column_as(check_in::Column::Id.count(), "number")
        .filter(check_in::Column::ActivityId.is_in(ids.iter().copied()))
        .filter(check_in::Column::RevertedAt.is_null())
        .group_by(check_in::Column::ActivityId)
        .into_model::<Count>()
        .all(connection)
        .await?;
    put(&mut figures, came, |figures, number| figures.came = number);
    let evidence = activity_media::Entity::find()
        .select_only()
        .column(activity_media::Column::ActivityId)
        .column_as(activity_media::Column::MediaId.count(), "number")
        .filter(activity_media::Column::ActivityId.is_in(ids.iter().copied()))
        .filter(activity_media::Column::Purpose.is_in(SHOWING))
        .group_by(activity_media::Column::ActivityId)
        .into_model::<Count>()
        .all(connection)
        .await?;
    put(&mut figures, evidence, |figures, number| figures.evidence = number);
    let answers = feedback::Entity::find()
        .select_only()
        .column(feedback::Column::ActivityId)
        .column_as(feedback::Column::Id.count(), "number")
        // The sum of small integers is a bigint on PostgreSQL and an integer on SQLite.
        .column_as(Expr::col(feedback::Column::Overall).sum(), "stars")
        .filter(feedback::Column::ActivityId.is_in(ids.iter().copied()))
        .group_by(feedback::Column::ActivityId)
        .into_model::<AnswerSum>()
        .all(connection)
        .await?;
    for row in answers {
        if let Some(figures) = figures.get_mut(&row.activity_id) {
            (figures.answers, figures.stars) = (row.number, row.stars.unwrap_or_default());
        }
    }
    Ok(figures)
}

fn put(figures: &mut BTreeMap<i32, Figures>, counts: Vec<Count>, set: impl Fn(&mut Figures, i64)) {
    for count in counts {
        if let Some(figures) = figures.get_mut(&count.activity_id) {
            set(figures, count.number);
        }
    }
}
