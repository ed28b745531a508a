use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which activities.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CalendarParameters {
    /// Activities of this region, of those below it and of those that hold it; 12-digit code.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// Only activities of this kind.
    #[param(pattern = "^(lecture|training|fitness|screening|campaign)$", example = "lecture")]
    pub(super) kind: Option<String>,
}

/// Whether the resident has a calendar of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CalendarAddressState {
    /// Whether an address is in use.
    pub(super) active: bool,
    /// Since when.
    pub(super) created_at: Option<DateTime<Utc>>,
}

/// The address of the resident's own calendar. It is told once: only its hash is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CalendarAddress {
    /// For calendars that ask for an address.
    #[schema(example = "https://health.example.cn/api/v1/calendars/x3Jq…/activities.ics")]
    pub(super) url: String,
    /// The same for phones that subscribe when it is tapped.
    pub(super) webcal_url: String,
    pub(super) created_at: DateTime<Utc>,
}
