//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, SecondsFormat, Utc};
use entity::measurement::{self, Source};
use entity::{measurement_quarantine, record_alert, record_digest};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::readings::{collect_quarantine, opened, view};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Readings, also those that were corrected; of deleted ones what is left.
pub(crate) const MEASUREMENTS: Holding = Holding {
    name: "measurements",
    title: "健康数据",
    purpose: Some(Purpose::Records),
    ties_person_to_account: true,
    collect: collect_measurements,
    erase: erase_measurements,
};

/// Steps that WeChat counted.
pub(crate) const STEPS: Holding = Holding {
    name: "wechat_steps",
    title: "微信步数",
    purpose: Some(Purpose::Steps),
    ties_person_to_account: true,
    collect: collect_steps,
    erase: erase_steps,
};

/// What cannot be a reading.
pub(crate) const QUARANTINE: Holding = Holding {
    name: "rejected_measurements",
    title: "未能保存的健康数据",
    purpose: Some(Purpose::Records),
    ties_person_to_account: true,
    collect: collect_rejected,
    erase: erase_rejected,
};

/// What officers of the community are alerted to.
pub(crate) const ALERTS: Holding = Holding {
    name: "record_alerts",
    title: "提醒社区健康专干的记录",
    purpose: Some(Purpose::Sharing),
    ties_person_to_account: false,
    collect: collect_alerts,
    erase: erase_alerts,
};

const COLUMNS: [&str; 20] = [
    "id",
    "metric",
    "text",
    "values",
    "told",
    "measured_at",
    "received_at",
    "clock",
    "source",
    "hut_id",
    "device_id",
    "entered_as",
    "posture",
    "arm",
    "meal",
    "note",
    "assessment",
    "doubt",
    "validity",
    "replaced_by",
];

fn collect_measurements<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(table(state, connection, subject, measurement::Column::Source.ne(Source::Wechat)))
}

fn collect_steps<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(table(state, connection, subject, measurement::Column::Source.eq(Source::Wechat)))
}

async fn table(
    state: &AppState,
    connection: &DatabaseExecutor<'_>,
    subject: Subject,
    which: SimpleExpr,
) -> ApiResult<Table> {
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(subject.person_id))
        .filter(which)
        .order_by_asc(measurement::Column::Metric)
        .order_by_asc(measurement::Column::MeasuredAt)
        .order_by_asc(measurement::Column::Id)
        .all(connection)
        .await?;
    let readings = opened(state, connection, rows).await?;
    let rows = readings.iter().map(|reading| {
        let told = view(state, reading);
        vec![
            json!(told.id),
            json!(told.metric),
            json!(told.text),
            json!(told.values),
            json!(told.told),
            json!(told.measured_at.to_rfc3339_opts(SecondsFormat::Secs, false)),
            instant(told.received_at),
            json!(told.clock),
            json!(told.source),
            json!(told.place_id),
            json!(told.device_id),
            json!(told.entered_as),
            json!(told.posture),
            json!(told.arm),
            json!(told.meal),
            json!(told.note),
            json!(told.assessment),
            json!(told.doubt),
            json!(told.validity),
            json!(told.replaced_by),
        ]
    });
    Ok(Table { columns: COLUMNS.to_vec(), rows: rows.collect() })
}

fn erase_measurements(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        erase_readings(transaction, subject, measurement::Column::Source.ne(Source::Wechat)).await?;
        record_digest::Entity::delete_by_id(subject.person_id).exec(transaction).await?;
        Ok(())
    })
}

fn erase_steps(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(erase_readings(transaction, subject, measurement::Column::Source.eq(Source::Wechat)))
}

/// Alerts about them go with them.
async fn erase_readings(
    transaction: &DatabaseTransaction,
    subject: Subject,
    which: SimpleExpr,
) -> ApiResult<()> {
    measurement::Entity::delete_many()
        .filter(measurement::Column::PersonId.eq(subject.person_id))
        .filter(which)
        .exec(transaction)
        .await?;
    Ok(())
}

fn collect_rejected<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["id", "metric", "values", "measured_at", "received_at", "reason", "sent"];
        let found = collect_quarantine(state, connection, subject.person_id, None, None).await?;
        let rows = found.into_iter().map(|(row, rejected)| {
            vec![
                json!(row.id),
                json!(rejected.metric),
                json!(rejected.values),
                json!(rejected.measured_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, false))),
                instant(*row.received_at),
                json!(row.reason),
                json!(rejected.raw),
            ]
        });
        Ok(Table { columns, rows: rows.collect() })
    })
}

fn erase_rejected(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        measurement_quarantine::Entity::delete_many()
            .filter(measurement_quarantine::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}

fn collect_alerts<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let rows = record_alert::Entity::find()
            .filter(record_alert::Column::PersonId.eq(subject.person_id))
            .order_by_asc(record_alert::Column::Id)
            .all(connection)
            .await?;
        let columns = vec!["measurement_id", "raised_at", "settled_at"];
        let rows = rows.into_iter().map(|row| {
            let settled = row.settled_at.map_or(Value::Null, |at| instant(*at));
            vec![json!(row.measurement_id), instant(*row.raised_at), settled]
        });
        Ok(Table { columns, rows: rows.collect() })
    })
}

fn erase_alerts(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        record_alert::Entity::delete_many()
            .filter(record_alert::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
