//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{feedback, registration_person};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde_json::json;

use super::service;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// What the person thought of activities. The stars stay after an erasure: they are part of means and name
/// nobody.
pub(crate) const HOLDING: Holding = Holding {
    name: "feedback",
    title: "活动评价",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase,
};

fn of_person(subject: Subject) -> SelectStatement {
    registration_person::Entity::find()
        .select_only()
        .column(registration_person::Column::Id)
        .filter(registration_person::Column::PersonId.eq(subject.person_id))
        .into_query()
}

fn collect<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let found = feedback::Entity::find()
            .filter(feedback::Column::RegistrationPersonId.in_subquery(of_person(subject)))
            .order_by_asc(feedback::Column::Id)
            .all(connection)
            .await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let comment = service::comment_of(state, connection, &row).await?;
            rows.push(vec![
                json!(row.activity_id),
                json!(row.overall),
                json!(row.content),
                json!(row.lecturer),
                json!(row.venue),
                json!(comment),
                instant(*row.given_at),
            ]);
        }
        let columns = vec!["activity_id", "overall", "content", "lecturer", "venue", "comment", "given_at"];
        Ok(Table { columns, rows })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        feedback::Entity::update_many()
            .col_expr(feedback::Column::CommentCell, Expr::val(Option::<Vec<u8>>::None))
            .filter(feedback::Column::RegistrationPersonId.in_subquery(of_person(subject)))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
