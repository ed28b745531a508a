//! Readings that the officers of the community are to see at once, where the person agreed to `sharing`.
//!
//! A row says that there is something, for whom and since when; what, stands sealed. `follow_ups` reads them
//! through [`unsettled`] and settles them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::record_alert;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::readings::{Content, Reading};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, Sealer};

/// Where what an alert is about stands sealed.
pub const DETAIL: Column = Column { table: "record_alert", column: "detail_cell" };

/// What a pressure of 180/110 and more is called in the sealed detail.
pub const VERY_HIGH_PRESSURE: &str = "very_high_pressure";

/// Older readings are history: nobody needs to be called because of them.
const ALERTS_WITHIN: TimeDelta = TimeDelta::days(7);

/// What whoever measured is told about it (中国高血压防治指南 2024).
pub const ADVICE: &str = "血压很高（达到或超过 180/110 mmHg）。请坐下安静休息 5 到 10 分钟，再量两次。如果还是这么高，请马上去医院；\
     如果有胸痛、气促、说话不清、手脚无力、看东西模糊或剧烈头痛，请立即拨打 120。这不是诊断。";

/// Whether a reading is one to rest, repeat and then seek care: 180 or more above, or 110 or more below.
pub fn is_very_high(metric: &str, content: &Content) -> bool {
    let reaches = |component, limit| content.steps(component).is_some_and(|steps| steps >= limit);
    metric == "blood_pressure" && (reaches("systolic", 180) || reaches("diastolic", 110))
}

/// Raises alerts for what is to be seen at once, if the person shares their record.
pub(super) async fn raise(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    sealer: &Sealer,
    readings: &[&Reading],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let is_urgent = |reading: &&&Reading| {
        let content = reading.content.as_ref();
        let very_high = content.is_some_and(|content| is_very_high(&reading.row.metric, content));
        very_high && now - reading.measured_at() <= ALERTS_WITHIN
    };
    let urgent: Vec<&&Reading> = readings.iter().filter(is_urgent).collect();
    if urgent.is_empty() {
        return Ok(());
    }
    match consents::require(transaction, &state.vault, person_id, Purpose::Sharing, now).await {
        Ok(_) => {}
        Err(ApiError::Forbidden { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    for reading in urgent {
        let id = state.random.id(now);
        let address = CellAddress { column: DETAIL, row: id.as_bytes() };
        let row = record_alert::Model {
            id,
            person_id,
            measurement_id: reading.row.id,
            measured_at: reading.measured_at().into(),
            raised_at: now.into(),
            detail_cell: sealer.seal(address, VERY_HIGH_PRESSURE.as_bytes())?,
            settled_at: None,
            settled_by: None,
        };
        record_alert::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Takes back the alert about a reading that does not count any more.
pub(super) async fn withdraw(transaction: &DatabaseTransaction, measurement_id: Uuid) -> ApiResult<()> {
    record_alert::Entity::delete_many()
        .filter(record_alert::Column::MeasurementId.eq(measurement_id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Alerts that nobody has settled, oldest first, for the persons that `persons` selects the ids of.
///
/// # Errors
/// When the database fails.
pub async fn unsettled(
    connection: &impl ConnectionTrait,
    persons: SelectStatement,
) -> ApiResult<Vec<record_alert::Model>> {
    Ok(record_alert::Entity::find()
        .filter(record_alert::Column::PersonId.in_subquery(persons))
        .filter(record_alert::Column::SettledAt.is_null())
        .order_by_asc(record_alert::Column::RaisedAt)
        .all(connection)
        .await?)
}

/// Notes that an officer took care of an alert. Returns whether it was still open.
///
/// # Errors
/// When the database fails.
pub async fn settle(
    transaction: &DatabaseTransaction,
    alert_id: Uuid,
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let settled = record_alert::Entity::update_many()
        .col_expr(record_alert::Column::SettledAt, Expr::value(now.timestamp_millis()))
        .col_expr(record_alert::Column::SettledBy, Expr::value(staff_id))
        .filter(record_alert::Column::Id.eq(alert_id))
        .filter(record_alert::Column::SettledAt.is_null())
        .exec(transaction)
        .await?;
    Ok(settled.rows_affected == 1)
}
