//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::notice;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::BODY;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;
use crate::vault::CellAddress;

/// What the resident was told in the app.
pub(crate) const HOLDING: Holding = Holding {
    name: "notices",
    title: "站内通知",
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
        let columns = vec!["kind", "title", "body", "visible_at", "read_at"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let notices = notice::Entity::find()
            .filter(notice::Column::AccountId.eq(account_id))
            .filter(notice::Column::WithdrawnAt.is_null())
            .order_by_asc(notice::Column::VisibleAt)
            .all(connection)
            .await?;
        let mut rows = Vec::with_capacity(notices.len());
        for notice in notices {
            let address = CellAddress { column: BODY, row: notice.id.as_bytes() };
            let body = state.vault.open_text(connection, address, &notice.body_cell).await?;
            rows.push(vec![
                json!(notice.kind),
                json!(notice.title),
                json!(body),
                instant(*notice.visible_at),
                notice.read_at.map_or(Value::Null, |at| instant(*at)),
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
        if let Some(account_id) = subject.account_id {
            let own = notice::Column::AccountId.eq(account_id);
            notice::Entity::delete_many().filter(own).exec(transaction).await?;
        }
        Ok(())
    })
}
