use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::screens::registry::dto::ScreenShowing;

/// A sign of life.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Heartbeat {
    /// Version of the player page.
    #[schema(min_length = 1, max_length = 40)]
    pub(super) player_version: String,
    pub(super) showing: ScreenShowing,
    /// Key of the item that plays.
    #[schema(max_length = 100)]
    pub(super) item: Option<String>,
    /// Whether it can go on without the network.
    #[serde(default)]
    pub(super) offline_ready: bool,
    /// Whether it still plays an older programme, because files of the newer one are missing.
    #[serde(default)]
    pub(super) waits_for_files: bool,
    /// How far its clock is behind that of the server; missing where it does not know.
    pub(super) clock_offset_ms: Option<i64>,
    /// Room for files.
    #[schema(minimum = 0)]
    pub(super) free_bytes: Option<i64>,
}

/// One play.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlayReport {
    /// Chosen by the player: the same play sent again is counted once.
    pub(super) play_uuid: Uuid,
    /// `key` of the item.
    #[schema(min_length = 1, max_length = 60)]
    pub(super) asset: String,
    /// `slot` of the manifest; missing where none played.
    pub(super) slot: Option<Uuid>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) ended_at: DateTime<Utc>,
    /// Whether it played to its end.
    pub(super) completed: bool,
}

/// What became of a batch. The player may forget everything it sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaysTaken {
    /// Counted now.
    pub(super) counted: usize,
    /// Counted before.
    pub(super) known: usize,
    /// Not counted, and why.
    pub(super) rejected: Vec<RejectedPlay>,
}

/// A play that was not counted. Sending it again changes nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RejectedPlay {
    /// Its place in the batch, from 0.
    pub(super) index: usize,
    /// Stable word: `unreadable`, `bad_asset`, `ends_before_it_begins`, `no_time`, `too_long`, `too_old`,
    /// `unknown_asset`.
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Which plays are added up.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StatisticsParameters {
    /// First day; six days before the last one by default
    #[param(value_type = Option<String>, format = Date)]
    pub(super) from: Option<String>,
    /// Last day; today by default
    #[param(value_type = Option<String>, format = Date)]
    pub(super) until: Option<String>,
    /// `day` by default
    #[param(inline)]
    pub(super) by: Option<StatisticsStep>,
}

/// What plays are added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StatisticsStep {
    Hour,
    Day,
}

/// What a screen played.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenStatistics {
    pub(super) from: NaiveDate,
    pub(super) until: NaiveDate,
    pub(super) by: StatisticsStep,
    pub(super) items: Vec<PlayCount>,
    /// Always null: all counts come at once.
    pub(super) next: Option<String>,
}

/// How often one item played in one hour or day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlayCount {
    /// The civil day of the screen.
    pub(super) day: NaiveDate,
    /// Hour of the day, 0–23; missing where days are added up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hour: Option<u32>,
    /// Key of the item.
    pub(super) asset: String,
    /// Title of the article, or what the medium shows.
    pub(super) title: Option<String>,
    pub(super) plays: i64,
    /// Plays that went to their end.
    pub(super) completed: i64,
    pub(super) played_s: i64,
}
