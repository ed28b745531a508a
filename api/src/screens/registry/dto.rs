use chrono::{DateTime, TimeDelta, Utc};
use entity::screen_heartbeat::Showing;
use entity::{screen, screen_heartbeat};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::patch::Patch;
use crate::screens::time_of_day;

/// A screen that has not been heard of for longer is offline.
pub(in crate::screens) const OFFLINE_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::screens) struct PageParameters {
    /// `next` of the page before
    pub(in crate::screens) cursor: Option<String>,
    /// How many, 20 by default
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(in crate::screens) limit: Option<String>,
}

/// A screen.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::screens) struct Screen {
    pub(in crate::screens) id: Uuid,
    pub(in crate::screens) region_code: String,
    pub(in crate::screens) name: String,
    /// Where it hangs, in words.
    pub(in crate::screens) place: Option<String>,
    pub(in crate::screens) status: ScreenStatus,
    /// What plays where no slot does; `null` is the slide that every player has.
    pub(in crate::screens) default_playlist_id: Option<Uuid>,
    /// In percent.
    pub(in crate::screens) volume: i32,
    /// When it makes no sound.
    pub(in crate::screens) quiet_hours: Option<QuietHours>,
    pub(in crate::screens) connection: Connection,
    /// When a player was paired; `null` where there is none.
    pub(in crate::screens) paired_at: Option<DateTime<Utc>>,
    /// Kind of device that was paired.
    pub(in crate::screens) paired_device: Option<String>,
    /// What the player said last.
    pub(in crate::screens) heartbeat: Option<LastHeartbeat>,
    /// Grows by one with every change; for `If-Match`.
    pub(in crate::screens) version: i32,
    pub(in crate::screens) created_at: DateTime<Utc>,
    pub(in crate::screens) updated_at: DateTime<Utc>,
}

/// Whether a screen is in use.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::screens) enum ScreenStatus {
    Active,
    /// It was taken down.
    Retired,
}

/// Whether a player is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::screens) enum Connection {
    /// No player is paired.
    Unpaired,
    /// Paired, and not heard of yet.
    Waiting,
    /// Heard of within the last five minutes.
    Online,
    /// Not heard of for five minutes: it may still play what it has.
    Offline,
}

/// From one time of day until another; past midnight where it ends no later than it begins.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::screens) struct QuietHours {
    #[schema(example = "21:00")]
    pub(in crate::screens) from: String,
    #[schema(example = "07:00")]
    pub(in crate::screens) until: String,
}

/// What a player said last.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::screens) struct LastHeartbeat {
    seen_at: DateTime<Utc>,
    player_version: String,
    showing: ScreenShowing,
    /// What it was playing.
    item: Option<String>,
    /// Whether it can go on without the network.
    offline_ready: bool,
    /// Whether it still plays an older programme, because files of the newer one are missing.
    waits_for_files: bool,
    /// How far its clock is behind, in milliseconds.
    clock_offset_ms: Option<i64>,
    free_bytes: Option<i64>,
}

/// What a screen shows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::screens) enum ScreenShowing {
    /// Nothing yet.
    Starting,
    /// What the schedule says.
    Schedule,
    /// Its default playlist.
    Fallback,
    /// The slide that every player has.
    BuiltIn,
    /// An emergency message.
    Emergency,
}

/// Screens, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::screens) struct ScreenList {
    pub(in crate::screens) items: Vec<Screen>,
    /// For the parameter `cursor`; null on the last page.
    pub(in crate::screens) next: Option<String>,
}

/// A new screen.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewScreen {
    /// Community or street it belongs to.
    #[schema(example = "440307009001")]
    pub(super) region_code: String,
    #[schema(min_length = 1, max_length = 40, example = "党群服务中心大堂")]
    pub(super) name: String,
    #[schema(max_length = 100)]
    pub(super) place: Option<String>,
    pub(super) default_playlist_id: Option<Uuid>,
    /// In percent, 0 by default.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    pub(super) volume: i32,
    pub(super) quiet_hours: Option<QuietHours>,
}

/// What is to be changed; what is missing stays, `null` removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScreenChange {
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub(super) place: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(super) default_playlist_id: Patch<Uuid>,
    #[schema(minimum = 0, maximum = 100)]
    pub(super) volume: Option<i32>,
    #[serde(default)]
    #[schema(value_type = Option<QuietHours>)]
    pub(super) quiet_hours: Patch<QuietHours>,
}

/// Which instant is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ScheduleParameters {
    /// Now by default
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-27T12:00:00+08:00")]
    pub(super) at: Option<String>,
}

/// What plays at an instant, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenSchedule {
    pub(super) at: DateTime<Utc>,
    pub(super) plays: Plays,
    /// Why, in words.
    #[schema(example = "“午间八段锦”正在播放：它的优先级（50）比“上午健康知识”（10）高。")]
    pub(super) reason: String,
    /// Every slot whose time it is, the one that plays first.
    pub(super) candidates: Vec<Candidate>,
    /// When something else plays; `null` where that is not within three days.
    pub(super) until: Option<DateTime<Utc>>,
}

/// What plays.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Plays {
    pub(super) kind: PlaysKind,
    pub(super) slot_id: Option<Uuid>,
    pub(super) playlist_id: Option<Uuid>,
    pub(super) emergency_id: Option<Uuid>,
    /// What workers call it.
    pub(super) name: Option<String>,
}

/// Kind of what plays.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PlaysKind {
    Emergency,
    Slot,
    /// The default playlist of the screen.
    Fallback,
    /// The slide that every player has.
    BuiltIn,
}

/// A slot whose time it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Candidate {
    pub(super) slot_id: Uuid,
    pub(super) name: String,
    pub(super) playlist_id: Uuid,
    pub(super) priority: i32,
    /// Whether it names the screen itself and not a group.
    pub(super) direct: bool,
    pub(super) created_at: DateTime<Utc>,
    /// Whether it is the one that plays.
    pub(super) plays: bool,
    /// Why it does not play.
    pub(super) yields_because: Option<YieldsBecause>,
}

/// Why a slot does not play.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum YieldsBecause {
    /// An emergency message is shown.
    Emergency,
    /// Another has a higher priority.
    Priority,
    /// Another names the screen itself.
    Group,
    /// Another is newer.
    Older,
    /// Nothing of its playlist may be shown.
    EmptyPlaylist,
}

impl Screen {
    pub(super) fn of(
        row: screen::Model,
        heartbeat: Option<screen_heartbeat::Model>,
        now: DateTime<Utc>,
    ) -> Self {
        let connection = match (&row.paired_at, &heartbeat) {
            (None, _) => Connection::Unpaired,
            (Some(paired_at), Some(heartbeat)) if *heartbeat.seen_at >= **paired_at => {
                if now - *heartbeat.seen_at > OFFLINE_AFTER {
                    Connection::Offline
                } else {
                    Connection::Online
                }
            }
            (Some(paired_at), _) if now - **paired_at > OFFLINE_AFTER => Connection::Offline,
            (Some(_), _) => Connection::Waiting,
        };
        Self {
            id: row.id,
            region_code: row.region_code,
            name: row.name,
            place: row.place,
            status: match row.status {
                screen::Status::Active => ScreenStatus::Active,
                screen::Status::Retired => ScreenStatus::Retired,
            },
            default_playlist_id: row.default_playlist_id,
            volume: row.volume,
            quiet_hours: row.quiet_from_min.zip(row.quiet_until_min).map(|(from, until)| QuietHours {
                from: time_of_day::text(from),
                until: time_of_day::text(until),
            }),
            connection,
            paired_at: row.paired_at.map(|at| *at),
            paired_device: row.paired_device,
            heartbeat: heartbeat.map(LastHeartbeat::from),
            version: row.version,
            created_at: *row.created_at,
            updated_at: *row.updated_at,
        }
    }
}

impl From<screen_heartbeat::Model> for LastHeartbeat {
    fn from(row: screen_heartbeat::Model) -> Self {
        Self {
            seen_at: *row.seen_at,
            player_version: row.player_version,
            showing: row.showing.into(),
            item: row.item,
            offline_ready: row.offline_ready,
            waits_for_files: row.waits_for_files,
            clock_offset_ms: row.clock_offset_ms,
            free_bytes: row.free_bytes,
        }
    }
}

impl From<Showing> for ScreenShowing {
    fn from(showing: Showing) -> Self {
        match showing {
            Showing::Starting => Self::Starting,
            Showing::Schedule => Self::Schedule,
            Showing::Fallback => Self::Fallback,
            Showing::BuiltIn => Self::BuiltIn,
            Showing::Emergency => Self::Emergency,
        }
    }
}

impl From<ScreenShowing> for Showing {
    fn from(showing: ScreenShowing) -> Self {
        match showing {
            ScreenShowing::Starting => Self::Starting,
            ScreenShowing::Schedule => Self::Schedule,
            ScreenShowing::Fallback => Self::Fallback,
            ScreenShowing::BuiltIn => Self::BuiltIn,
            ScreenShowing::Emergency => Self::Emergency,
        }
    }
}
