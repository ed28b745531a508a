//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::health_reminder;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::service::{of_person, view};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table};
use crate::state::AppState;

/// When somebody is reminded to measure for the person.
pub(crate) const HOLDING: Holding = Holding {
    name: "health_reminders",
    title: "测量提醒",
    purpose: Some(Purpose::Records),
    ties_person_to_account: true,
    collect,
    erase,
};

fn collect<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let account_id = subject.account_id.unwrap_or(Uuid::nil());
        let reminders = of_person(state, connection, subject.person_id).await?;
        let rows = reminders.iter().map(|reminder| {
            let told = view(state, reminder, account_id);
            vec![
                json!(told.metric),
                json!(told.name),
                json!(told.time),
                json!(told.weekdays),
                json!(told.note),
                json!(told.enabled),
            ]
        });
        let columns = vec!["metric", "name", "time", "weekdays", "note", "enabled"];
        Ok(Table { columns, rows: rows.collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        health_reminder::Entity::delete_many()
            .filter(health_reminder::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
