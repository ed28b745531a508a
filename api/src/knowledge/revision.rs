//! The number of the state of what residents read, by which replicas notice a change.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::knowledge_revision;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, EntityTrait, ExprTrait};

use crate::database::Database;
use crate::error::ApiResult;

/// Takes the next number, in the transaction of what changed. Its row stays locked until the commit, so
/// that replicas see changes in their order.
///
/// # Errors
/// When the database refuses.
pub async fn raise(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<()> {
    knowledge_revision::Entity::update_many()
        .col_expr(
            knowledge_revision::Column::Revision,
            Expr::col(knowledge_revision::Column::Revision).add(1),
        )
        .col_expr(knowledge_revision::Column::ChangedAt, Expr::val(now.timestamp_millis()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The number that the database holds.
///
/// # Errors
/// When the database fails.
pub async fn current(database: &Database) -> ApiResult<i64> {
    let row = knowledge_revision::Entity::find()
        .one(database.reader())
        .await?
        .context("the table knowledge_revision lost its only row")?;
    Ok(row.revision)
}
