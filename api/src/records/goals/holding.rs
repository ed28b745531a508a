//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::health_goal;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::service::of_person;
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// What the person aims at.
pub(crate) const HOLDING: Holding = Holding {
    name: "health_goals",
    title: "健康目标",
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
        let mut table = Table { columns: vec!["metric", "name", "limits", "set_at"], rows: Vec::new() };
        for goal in of_person(state, connection, subject.person_id).await? {
            if let Some(metric) = state.catalogue.metric(&goal.metric) {
                let told = goal.view(metric, None);
                let row =
                    vec![json!(told.metric), json!(told.name), json!(told.limits), instant(told.set_at)];
                table.rows.push(row);
            }
        }
        Ok(table)
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        health_goal::Entity::delete_many()
            .filter(health_goal::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
