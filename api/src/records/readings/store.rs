//! Rows of readings, sealed and opened.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::measurement::{self, Validity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::cell::{Content, VALUE};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Sealer};

/// A reading with what its cell holds.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its row.
    pub row: measurement::Model,
    /// Its values; absent where it was deleted.
    pub content: Option<Content>,
}

impl Reading {
    /// When it was measured.
    pub fn measured_at(&self) -> DateTime<Utc> {
        // The range of a reading's time is checked at the door.
        DateTime::from_timestamp_millis(self.row.measured_at).unwrap_or_default()
    }
}

/// Seals the values of the reading `id`.
pub(in crate::records) fn sealed(sealer: &Sealer, id: Uuid, content: &Content) -> ApiResult<Vec<u8>> {
    sealer.seal(CellAddress { column: VALUE, row: id.as_bytes() }, &content.to_bytes()?)
}

/// Opens a row.
///
/// # Errors
/// 410 when the person was erased a moment ago; an internal error when the cell is damaged.
pub async fn open(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: measurement::Model,
) -> ApiResult<Reading> {
    let content = match &row.value_cell {
        Some(cell) => {
            let address = CellAddress { column: VALUE, row: row.id.as_bytes() };
            Some(Content::from_bytes(&state.vault.open(connection, address, cell).await?)?)
        }
        None => None,
    };
    Ok(Reading { row, content })
}

/// Opens rows; those whose keys were destroyed a moment ago are left out.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub async fn opened(
    state: &AppState,
    connection: &impl ConnectionTrait,
    rows: Vec<measurement::Model>,
) -> ApiResult<Vec<Reading>> {
    let mut readings = Vec::with_capacity(rows.len());
    for row in rows {
        match open(state, connection, row).await {
            Ok(reading) => readings.push(reading),
            Err(ApiError::Gone { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(readings)
}

/// The readings of one metric that count, measured from `from` until before `until`, in the order of time.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub async fn in_range(
    state: &AppState,
    connection: &impl ConnectionTrait,
    (person_id, metric): (Uuid, &str),
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> ApiResult<Vec<Reading>> {
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Metric.eq(metric))
        .filter(measurement::Column::MeasuredAt.gte(from.timestamp_millis()))
        .filter(measurement::Column::MeasuredAt.lt(until.timestamp_millis()))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .order_by_asc(measurement::Column::MeasuredAt)
        .order_by_asc(measurement::Column::Id)
        .all(connection)
        .await?;
    opened(state, connection, rows).await
}

/// The row of a person's reading, whatever became of it.
pub(super) async fn row(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    id: Uuid,
) -> ApiResult<Option<measurement::Model>> {
    Ok(measurement::Entity::find()
        .filter(measurement::Column::Id.eq(id))
        .filter(measurement::Column::PersonId.eq(person_id))
        .one(connection)
        .await?)
}

/// The readings that have one of these names, whatever became of them.
pub(super) async fn by_uid(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    uids: impl Iterator<Item = Uuid> + Send,
) -> ApiResult<HashMap<Uuid, Reading>> {
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Uid.is_in(uids))
        .all(connection)
        .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for reading in opened(state, connection, rows).await? {
        known.insert(reading.row.uid, reading);
    }
    Ok(known)
}

/// Adds readings.
pub(super) async fn insert(transaction: &DatabaseTransaction, readings: &[Reading]) -> ApiResult<()> {
    let rows = readings.iter().map(|reading| reading.row.clone().into_active_model());
    measurement::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// Notes which reading took the place of another.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    old: Uuid,
    new: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    measurement::Entity::update_many()
        .col_expr(measurement::Column::Validity, Expr::value(Validity::Replaced))
        .col_expr(measurement::Column::ReplacedBy, Expr::value(new))
        .col_expr(measurement::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .filter(measurement::Column::Id.eq(old))
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .exec(transaction)
        .await?;
    Ok(())
}
