//! The newest readings of each metric, without reading the years before.

use entity::measurement::{self, Validity};
use entity::metric;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::store::{Reading, opened};
use crate::error::ApiResult;
use crate::state::AppState;

#[derive(FromQueryResult)]
struct NewestIds {
    newest: Option<Uuid>,
    before: Option<Uuid>,
}

/// The newest reading that counts of each metric and the one before it, in no order.
pub(in crate::records) async fn newest_two(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Vec<Reading>> {
    // One look at the end of each metric's readings, in one statement.
    let found = metric::Entity::find()
        .select_only()
        .column_as(newest(person_id, measurement::Column::Id, 0), "newest")
        .column_as(newest(person_id, measurement::Column::Id, 1), "before")
        .into_model::<NewestIds>()
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = found.into_iter().flat_map(|ids| [ids.newest, ids.before]).flatten().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = measurement::Entity::find().filter(measurement::Column::Id.is_in(ids)).all(connection).await?;
    opened(state, connection, rows).await
}

/// A column of the reading that is `skipped` before the newest one, of the metric in the row around.
pub(in crate::records) fn newest(person_id: Uuid, column: measurement::Column, skipped: u64) -> Expr {
    let newest: SelectStatement = Query::select()
        .column(column)
        .from(measurement::Entity)
        .and_where(measurement::Column::PersonId.eq(person_id))
        .and_where(
            Expr::col((measurement::Entity, measurement::Column::Metric))
                .equals((metric::Entity, metric::Column::Code)),
        )
        .and_where(measurement::Column::Validity.eq(Validity::Valid))
        .order_by(measurement::Column::MeasuredAt, Order::Desc)
        .order_by(measurement::Column::Id, Order::Desc)
        .limit(1)
        .offset(skipped)
        .to_owned();
    Expr::SubQuery(None, Box::new(newest.into()))
}
