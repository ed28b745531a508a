//! How long what was sent is remembered.

use chrono::{DateTime, TimeDelta, Utc};
use entity::message_outbox::{self, State};
use entity::message_report;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::state::AppState;

/// So long a repeated reason makes no second message.
const MESSAGES: TimeDelta = TimeDelta::days(90);
/// So long a repeated report is known; phones repeat within minutes.
const REPORTS: TimeDelta = TimeDelta::days(1);

/// Job: forgets messages and reports that ended long ago. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let forgotten = state.database.write(move |transaction| {
        Box::pin(async move {
            let reports = message_report::Entity::delete_many()
                .filter(message_report::Column::ReportedAt.lt((now - REPORTS).timestamp_millis()))
                .exec(transaction)
                .await?;
            let ended = [State::Sent, State::NoCredit, State::Failed, State::Cancelled];
            let messages = message_outbox::Entity::delete_many()
                .filter(message_outbox::Column::State.is_in(ended))
                .filter(message_outbox::Column::CreatedAt.lt((now - MESSAGES).timestamp_millis()))
                .filter(message_outbox::Column::ExpiresAt.lt(now.timestamp_millis()))
                .exec(transaction)
                .await?;
            Ok(reports.rows_affected + messages.rows_affected)
        })
    });
    Ok(forgotten.await?)
}
