//! The number of the state of the activities, by which replicas notice a change.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::activity_revision;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait};

use crate::database::Database;
use crate::error::ApiResult;

/// Takes the next number, in the transaction of what changed. Its row stays locked until the commit, so that
/// replicas see changes in their order.
///
/// # Errors
/// When the database refuses.
pub async fn raise(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<i64> {
    let statement = Query::update()
        .table(activity_revision::Entity)
        .value(activity_revision::Column::Revision, Expr::col(activity_revision::Column::Revision).add(1))
        .value(activity_revision::Column::ChangedAt, now.timestamp_millis())
        .returning(Query::returning().column(activity_revision::Column::Revision))
        .to_owned();
    let row = transaction.query_one(&statement).await?;
    let row = row.context("the table activity_revision lost its only row")?;
    Ok(row.try_get("", "revision")?)
}

/// The number that the database holds.
///
/// # Errors
/// When the database fails.
pub async fn current(database: &Database) -> ApiResult<i64> {
    let row = activity_revision::Entity::find()
        .one(database.reader())
        .await?
        .context("the table activity_revision lost its only row")?;
    Ok(row.revision)
}
