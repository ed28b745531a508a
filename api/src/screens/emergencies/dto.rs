use chrono::{DateTime, Utc};
use entity::screen_emergency::{self, Level};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An emergency message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenEmergency {
    pub(super) id: Uuid,
    pub(super) region_code: String,
    /// Only this screen; `null` is every screen of the region and below.
    pub(super) screen_id: Option<Uuid>,
    pub(super) level: EmergencyLevel,
    pub(super) message: String,
    pub(super) state: EmergencyState,
    pub(super) created_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) withdrawn_at: Option<DateTime<Utc>>,
}

/// The four levels of public warnings, from the least.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EmergencyLevel {
    Blue,
    Yellow,
    Orange,
    Red,
}

/// Whether a message is shown.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EmergencyState {
    Shown,
    /// Its time is over.
    Over,
    Withdrawn,
}

/// Messages, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenEmergencyList {
    pub(super) items: Vec<ScreenEmergency>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// Which messages are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EmergencyParameters {
    /// `true` lists only messages that are shown now
    pub(super) shown: Option<bool>,
    /// `next` of the page before
    pub(super) cursor: Option<String>,
    /// How many, 20 by default
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// A message to send.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewScreenEmergency {
    /// All screens there and below.
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
    /// Only this one of them.
    pub(super) screen_id: Option<Uuid>,
    pub(super) level: EmergencyLevel,
    /// Read from afar, so the shorter the better.
    #[schema(min_length = 1, max_length = 120, example = "今天 14:00 到 18:00 停水，请提前储水。")]
    pub(super) message: String,
    /// At most seven days ahead.
    pub(super) ends_at: DateTime<Utc>,
}

impl ScreenEmergency {
    pub(super) fn of(row: screen_emergency::Model, now: DateTime<Utc>) -> Self {
        let state = match row.withdrawn_at {
            Some(_) => EmergencyState::Withdrawn,
            None if *row.ends_at <= now => EmergencyState::Over,
            None => EmergencyState::Shown,
        };
        Self {
            id: row.id,
            region_code: row.region_code,
            screen_id: row.screen_id,
            level: row.level.into(),
            message: row.message,
            state,
            created_at: *row.created_at,
            ends_at: *row.ends_at,
            withdrawn_at: row.withdrawn_at.map(|at| *at),
        }
    }
}

impl From<EmergencyLevel> for Level {
    fn from(level: EmergencyLevel) -> Self {
        match level {
            EmergencyLevel::Blue => Self::Blue,
            EmergencyLevel::Yellow => Self::Yellow,
            EmergencyLevel::Orange => Self::Orange,
            EmergencyLevel::Red => Self::Red,
        }
    }
}

impl From<Level> for EmergencyLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Blue => Self::Blue,
            Level::Yellow => Self::Yellow,
            Level::Orange => Self::Orange,
            Level::Red => Self::Red,
        }
    }
}
