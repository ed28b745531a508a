use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A reminder as it is wanted.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReminder {
    /// Code of `/metrics-catalogue` of what is to be measured.
    #[schema(example = "blood_pressure")]
    pub(super) metric: String,
    /// Time of the day in China.
    #[schema(example = "07:30", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub(super) time: String,
    /// Days of the week, Monday is 1, Sunday is 7; every day where it is missing.
    #[schema(min_items = 1, max_items = 7, example = json!([1, 3, 5]))]
    pub(super) weekdays: Option<Vec<u8>>,
    /// In one's own words; seen only in the app.
    #[schema(max_length = 60)]
    pub(super) note: Option<String>,
    /// Whether it is on.
    #[serde(default = "yes")]
    pub(super) enabled: bool,
}

fn yes() -> bool {
    true
}

/// The reminders of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReminderList {
    pub(super) items: Vec<ReminderView>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReminderView {
    pub(super) id: Uuid,
    pub(super) metric: String,
    #[schema(example = "血压")]
    pub(super) name: String,
    #[schema(example = "07:30")]
    pub(super) time: String,
    pub(super) weekdays: Vec<u8>,
    pub(super) note: Option<String>,
    pub(super) enabled: bool,
    /// Whether it is the caller who is told.
    pub(super) mine: bool,
    /// When it is due next, while it is on.
    pub(super) next_at: Option<DateTime<Utc>>,
    /// What an edit has to name in `If-Match`.
    pub(super) version: i32,
}
