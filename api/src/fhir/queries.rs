//! Which readings are asked for, from the database.

use entity::measurement::{self, Validity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::records::readings::{Reading, opened};
use crate::state::AppState;

/// Which readings are wanted, in which order, from where on.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Codes of the catalogue.
    pub(super) metrics: Vec<String>,
    /// Measured from here, in milliseconds since 1970.
    pub(super) from_ms: Option<i64>,
    /// Measured before here.
    pub(super) until_ms: Option<i64>,
    /// Became known from here on.
    pub(super) since_ms: Option<i64>,
    /// Oldest first.
    pub(super) ascending: bool,
    /// The last of the page before.
    pub(super) after: Option<Place>,
}

/// Where a reading stands in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    measured_at_ms: i64,
    id: Uuid,
}

impl Place {
    fn of(row: &measurement::Model) -> Self {
        Self { measured_at_ms: row.measured_at, id: row.id }
    }

    /// Reads what [`Place::text`] wrote.
    pub(super) fn parse(text: &str) -> ApiResult<Self> {
        let read = || {
            let (at, id) = text.split_once('.')?;
            Some(Self { measured_at_ms: at.parse().ok()?, id: id.parse().ok()? })
        };
        read().ok_or_else(|| ApiError::bad_parameter("_cursor", "请原样使用上一页 link 里 next 的地址。"))
    }

    /// As a parameter.
    pub(super) fn text(self) -> String {
        format!("{}.{}", self.measured_at_ms, self.id.simple())
    }
}

/// A page of readings that count, and where the next one begins.
pub(super) async fn page(
    state: &AppState,
    person_id: Uuid,
    wanted: &Wanted,
    limit: usize,
) -> ApiResult<(Vec<Reading>, Option<Place>)> {
    let reader = state.database.reader();
    // Each metric lies in the order of time; the first of all are among the first of each.
    let mut rows = Vec::new();
    for metric in &wanted.metrics {
        rows.extend(of_metric(reader, person_id, metric, wanted, limit + 1).await?);
    }
    rows.sort_unstable_by_key(Place::of);
    if !wanted.ascending {
        rows.reverse();
    }
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(Place::of);
    Ok((opened(state, reader, rows).await?, next))
}

async fn of_metric(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    metric: &str,
    wanted: &Wanted,
    limit: usize,
) -> ApiResult<Vec<measurement::Model>> {
    let order = if wanted.ascending { sea_orm::Order::Asc } else { sea_orm::Order::Desc };
    let conditions = Condition::all()
        .add(measurement::Column::PersonId.eq(person_id))
        .add(measurement::Column::Metric.eq(metric))
        .add(measurement::Column::Validity.eq(Validity::Valid))
        .add_option(wanted.from_ms.map(|from| measurement::Column::MeasuredAt.gte(from)))
        .add_option(wanted.until_ms.map(|until| measurement::Column::MeasuredAt.lt(until)))
        .add_option(wanted.since_ms.map(|since| Expr::col(measurement::Column::ReceivedAt).gte(since)))
        .add_option(wanted.after.map(|after| beyond(after, wanted.ascending)));
    Ok(measurement::Entity::find()
        .filter(conditions)
        .order_by(measurement::Column::MeasuredAt, order.clone())
        .order_by(measurement::Column::Id, order)
        .limit(limit as u64)
        .all(connection)
        .await?)
}

fn beyond(after: Place, ascending: bool) -> Condition {
    let (at, id) = (Expr::col(measurement::Column::MeasuredAt), Expr::col(measurement::Column::Id));
    let (later, later_id) = if ascending {
        (at.clone().gt(after.measured_at_ms), id.gt(after.id))
    } else {
        (at.clone().lt(after.measured_at_ms), id.lt(after.id))
    };
    let same_moment = Condition::all().add(at.eq(after.measured_at_ms)).add(later_id);
    Condition::any().add(later).add(same_moment)
}

/// The row of a reading, whosever it is: whether the caller may know of it is found out with its person.
pub(super) async fn row(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> ApiResult<Option<measurement::Model>> {
    Ok(measurement::Entity::find().filter(measurement::Column::Id.eq(id)).one(connection).await?)
}
