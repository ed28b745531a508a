//! The number of the state of what residents read, by which replicas notice a change.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{article, knowledge_revision};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QuerySelect,
};

use crate::error::ApiResult;

/// What a state differs in from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// One article.
    Article(i32),
    /// Several things, or something beside articles: everything is read again.
    Whole,
}

/// Takes the next number, in the transaction of what changed. Its row stays locked until the commit, so
/// that replicas see changes in their order.
///
/// # Errors
/// When the database refuses.
pub async fn raise(transaction: &DatabaseTransaction, changed: Changed, now: DateTime<Utc>) -> ApiResult<()> {
    use knowledge_revision::Column;
    let next = || Expr::col(Column::Revision).add(1);
    let raised = knowledge_revision::Entity::update_many()
        .col_expr(Column::Revision, next())
        .col_expr(Column::ChangedAt, Expr::val(now.timestamp_millis()));
    match changed {
        Changed::Whole => {
            raised.col_expr(Column::WholeRevision, next()).exec(transaction).await?;
        }
        Changed::Article(id) => {
            raised.exec(transaction).await?;
            let revision = current(transaction).await?.revision;
            let touched = article::ActiveModel {
                id: ActiveValue::Unchanged(id),
                changed_revision: ActiveValue::Set(revision),
                ..Default::default()
            };
            article::Entity::update(touched).exec(transaction).await?;
        }
    }
    Ok(())
}

/// The number that the database holds.
///
/// # Errors
/// When the database fails.
pub async fn current(connection: &impl ConnectionTrait) -> ApiResult<knowledge_revision::Model> {
    let row = knowledge_revision::Entity::find().one(connection).await?;
    Ok(row.context("the table knowledge_revision lost its only row")?)
}

/// The articles that changed after a state, and perhaps some that changed while they are being read.
///
/// # Errors
/// When the database fails.
pub async fn articles_changed_after(connection: &impl ConnectionTrait, revision: i64) -> ApiResult<Vec<i32>> {
    let ids = article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .filter(article::Column::ChangedRevision.gt(revision))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(ids)
}
