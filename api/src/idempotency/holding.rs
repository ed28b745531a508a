//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::idempotency_key;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::store::Principal;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Which answers are kept for the case that the phone asks again. What they say stands in the other tables.
pub(crate) const HOLDING: Holding = Holding {
    name: "repeated_requests",
    title: "防重复提交记录",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase,
};

fn of_account(account_id: Uuid, person_id: Uuid) -> String {
    Principal::Account { account_id, person_id }.word()
}

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["operation", "status", "created_at", "expires_at"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let keys = idempotency_key::Entity::find()
            .filter(idempotency_key::Column::Principal.eq(of_account(account_id, subject.person_id)))
            .order_by_asc(idempotency_key::Column::CreatedAt)
            .all(connection)
            .await?;
        let rows = keys.into_iter().map(|key| {
            vec![json!(key.operation), json!(key.status), instant(*key.created_at), instant(*key.expires_at)]
        });
        Ok(Table { columns, rows: rows.collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        if let Some(account_id) = subject.account_id {
            let own = idempotency_key::Column::Principal.eq(of_account(account_id, subject.person_id));
            idempotency_key::Entity::delete_many().filter(own).exec(transaction).await?;
        }
        Ok(())
    })
}
