use chrono::{DateTime, Utc};
use entity::erasure;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What happens now that the resident asked for erasure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErasureNotice {
    /// Number under which `/api/v1/erasures/{receipt}` tells how far the erasure is, also afterwards.
    pub(super) receipt: String,
    /// When everything is erased, unless `POST /api/v1/me/keep` comes before.
    pub(super) erase_at: DateTime<Utc>,
    /// Members of the family who are erased as well, because only this account keeps their record.
    pub(super) people: Vec<Uuid>,
}

/// How far an erasure is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasure {
    pub(super) state: ErasureState,
    pub(super) requested_at: DateTime<Utc>,
    /// When it is carried out.
    pub(super) due_at: DateTime<Utc>,
    /// When it was carried out or cancelled.
    pub(super) finished_at: Option<DateTime<Utc>>,
}

/// State of an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ErasureState {
    /// Waits.
    Pending,
    /// The resident kept the account.
    Cancelled,
    /// Everything is erased.
    Done,
}

impl From<erasure::Model> for Erasure {
    fn from(row: erasure::Model) -> Self {
        Self {
            state: match row.state {
                erasure::State::Pending => ErasureState::Pending,
                erasure::State::Cancelled => ErasureState::Cancelled,
                erasure::State::Done => ErasureState::Done,
            },
            requested_at: *row.requested_at,
            due_at: *row.due_at,
            finished_at: row.finished_at.map(|at| *at),
        }
    }
}
