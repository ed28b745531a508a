//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use serde_json::json;

use super::service::{of_person, remove};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::people::age::civil_day;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// The pregnancy that was told.
pub(crate) const HOLDING: Holding = Holding {
    name: "pregnancy",
    title: "孕期",
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
        let columns = vec![
            "last_period_on",
            "due_on",
            "weight_before_kg",
            "height_cm",
            "several_children",
            "ended_on",
            "told_at",
        ];
        let told = of_person(state, connection, subject.person_id).await?;
        let rows = told.iter().map(|told| {
            let told = told.view(&state.catalogue, civil_day(state.clock.now()));
            vec![
                json!(told.last_period_on),
                json!(told.due_on),
                json!(told.weight_before_kg),
                json!(told.height_cm),
                json!(told.several_children),
                json!(told.ended_on),
                instant(told.told_at),
            ]
        });
        Ok(Table { columns, rows: rows.collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(remove(transaction, subject.person_id))
}
