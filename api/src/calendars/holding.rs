//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::calendar_token;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// The addresses of the resident's own calendar.
pub(crate) const HOLDING: Holding = Holding {
    name: "calendar",
    title: "日历订阅",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["created_at", "revoked_at"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let rows = calendar_token::Entity::find()
            .filter(calendar_token::Column::AccountId.eq(account_id))
            .order_by_asc(calendar_token::Column::Id)
            .all(connection)
            .await?;
        let told = |row: calendar_token::Model| {
            vec![instant(*row.created_at), row.revoked_at.map_or(Value::Null, |at| instant(*at))]
        };
        Ok(Table { columns, rows: rows.into_iter().map(told).collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        if let Some(account_id) = subject.account_id {
            calendar_token::Entity::delete_many()
                .filter(calendar_token::Column::AccountId.eq(account_id))
                .exec(transaction)
                .await?;
        }
        Ok(())
    })
}
