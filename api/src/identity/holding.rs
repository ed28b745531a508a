//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::session;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Where and when the person logged in.
pub(crate) const SESSIONS: Holding = Holding {
    name: "sessions",
    title: "登录记录",
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
        let columns = vec!["id", "client", "created_at", "last_used_at", "ended_at", "end_reason"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let sessions = session::Entity::find()
            .filter(session::Column::AccountId.eq(account_id))
            .order_by_asc(session::Column::Id)
            .all(connection)
            .await?;
        let rows = sessions
            .into_iter()
            .map(|session| {
                vec![
                    json!(session.id),
                    json!(session.client),
                    instant(*session.created_at),
                    instant(*session.last_used_at),
                    session.ended_at.map_or(Value::Null, |at| instant(*at)),
                    json!(session.end_reason),
                ]
            })
            .collect();
        Ok(Table { columns, rows })
    })
}

/// Refresh tokens go with their session.
fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        if let Some(account_id) = subject.account_id {
            session::Entity::delete_many()
                .filter(session::Column::AccountId.eq(account_id))
                .exec(transaction)
                .await?;
        }
        Ok(())
    })
}
