use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::huts::registry::DeviceKind;

/// The code of a slip.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingClaim {
    /// Six characters, in either case, with or without spaces.
    #[schema(max_length = 20, example = "K7M 2QX")]
    pub(super) code: String,
    /// Whose reading it is; oneself where it is missing.
    pub(super) person_id: Option<Uuid>,
}

/// What became of the readings of a slip. The values are read in the record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimedReadings {
    pub(super) person_id: Uuid,
    pub(super) readings: Vec<ClaimedReading>,
    /// What to do at once, where a pressure of this slip calls for it.
    pub(super) advice: Option<&'static str>,
}

/// One reading that was claimed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimedReading {
    pub(super) kind: DeviceKind,
    pub(super) measured_at: DateTime<Utc>,
    pub(super) status: ClaimedStatus,
    /// What the resident is told, in plain Chinese, unless it was recorded.
    pub(super) text: Option<&'static str>,
}

/// What became of a reading that was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClaimedStatus {
    /// It is in the record.
    Recorded,
    /// No body has such values; they lie in quarantine, and one should measure again.
    Impossible,
}
