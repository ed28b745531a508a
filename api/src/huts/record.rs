//! The way of a reading from a hut into somebody's record.

use chrono::{DateTime, Utc};
use entity::hut_device::Kind;
use entity::hut_reading::{self, Clock};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::kept::Values;
use crate::error::ApiResult;
use crate::state::AppState;

/// A reading that is known to be somebody's.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) id: Uuid,
    pub(super) hut_id: Uuid,
    pub(super) device_id: Uuid,
    pub(super) kind: Kind,
    pub(super) measured_at: DateTime<Utc>,
    pub(super) received_at: DateTime<Utc>,
    pub(super) clock: Clock,
    pub(super) values: Values,
}

impl Reading {
    pub(super) fn of(row: &hut_reading::Model, values: Values) -> Self {
        Self {
            id: row.id,
            hut_id: row.hut_id,
            device_id: row.device_id,
            kind: row.kind,
            measured_at: *row.measured_at,
            received_at: *row.received_at,
            clock: row.clock,
            values,
        }
    }
}

/// Puts readings into a person's record.
pub(super) async fn add(
    _state: &AppState,
    _transaction: &DatabaseTransaction,
    _person_id: Uuid,
    _readings: &[Reading],
    _now: DateTime<Utc>,
) -> ApiResult<()> {
    Ok(())
}

/// The person's last weight in grams, where there is one.
pub(super) async fn last_weight_g(
    _state: &AppState,
    _connection: &impl ConnectionTrait,
    _person_id: Uuid,
) -> ApiResult<Option<i64>> {
    Ok(None)
}
