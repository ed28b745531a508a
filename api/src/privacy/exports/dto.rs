use chrono::{DateTime, Utc};
use entity::export_job;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whom to export.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewExport {
    /// A member of the family; oneself where it is missing.
    pub(super) person_id: Option<Uuid>,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Export {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) state: ExportState,
    /// Size of the file in bytes, once it is ready.
    pub(super) size_bytes: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) ready_at: Option<DateTime<Utc>>,
    /// Until when the file can be fetched.
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExportState {
    /// Waits or is being built.
    Building,
    /// The file can be fetched.
    Ready,
    /// It could not be built; ask again.
    Failed,
    /// The file is gone; ask again.
    Expired,
}

impl Export {
    pub(super) fn of(job: &export_job::Model, now: DateTime<Utc>) -> Self {
        let has_run_out = job.expires_at.is_some_and(|at| now >= *at);
        let state = match job.state {
            export_job::State::Queued | export_job::State::Building => ExportState::Building,
            export_job::State::Ready if has_run_out => ExportState::Expired,
            export_job::State::Ready => ExportState::Ready,
            export_job::State::Failed => ExportState::Failed,
            export_job::State::Expired => ExportState::Expired,
        };
        Self {
            id: job.id,
            person_id: job.person_id,
            state,
            size_bytes: job.size_bytes,
            created_at: *job.created_at,
            ready_at: job.ready_at.map(|at| *at),
            expires_at: job.expires_at.map(|at| *at),
        }
    }
}
