//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::moderation_item;
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;

use super::{item, service};
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// What the resident wrote and showed, and whether others may see it.
pub(crate) const HOLDING: Holding = Holding {
    name: "moderation",
    title: "内容审核",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["kind", "purpose", "text", "state", "reason", "created_at"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let items = moderation_item::Entity::find()
            .filter(moderation_item::Column::AccountId.eq(account_id))
            .order_by_asc(moderation_item::Column::Id)
            .all(connection)
            .await?;
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            rows.push(vec![
                json!(item.kind.to_value()),
                json!(item.purpose),
                json!(service::text_of(state, connection, &item).await?),
                json!(item.state.to_value()),
                json!(item.reason),
                instant(*item.created_at),
            ]);
        }
        Ok(Table { columns, rows })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        match subject.account_id {
            Some(account_id) => item::erase(transaction, account_id).await,
            None => Ok(()),
        }
    })
}
