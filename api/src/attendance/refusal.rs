//! Why somebody is not let in: a closed list, each with a word for programs and a sentence for people.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::activity;
use entity::check_in::Source;
use entity::check_in_conflict::Reason;

use super::codes::BadCode;
use crate::error::ApiError;

/// Why a ticket or a name on the list does not let anybody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// This installation did not make the code.
    Forged,
    /// The code was good once.
    Stale,
    /// No such registration.
    Unknown,
    /// The registration is for something else; says for what.
    WrongActivity(String),
    /// The registration was cancelled.
    Cancelled,
    /// It waits in line.
    Waiting,
    /// A seat was offered and not accepted yet.
    Offered,
    /// The activity was called off.
    ActivityCancelled,
    /// The activity is not announced.
    NotAnnounced,
    /// Check-in begins at this local time.
    TooEarly(String),
    /// Check-in is over since this local time.
    TooLate(String),
}

impl From<BadCode> for Refusal {
    fn from(bad: BadCode) -> Self {
        match bad {
            BadCode::Forged => Self::Forged,
            BadCode::Stale => Self::Stale,
        }
    }
}

impl Refusal {
    /// The word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Forged => "ticket_forged",
            Self::Stale => "ticket_stale",
            Self::Unknown => "ticket_unknown",
            Self::WrongActivity(_) => "wrong_activity",
            Self::Cancelled => "registration_cancelled",
            Self::Waiting => "still_waiting",
            Self::Offered => "offer_not_accepted",
            Self::ActivityCancelled => "activity_cancelled",
            Self::NotAnnounced => "activity_not_published",
            Self::TooEarly(_) => "check_in_not_open",
            Self::TooLate(_) => "check_in_over",
        }
    }

    /// What the worker at the door reads out, and what to do next.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Forged => "这个二维码不是本平台的票，请让居民打开小程序“我的报名”出示。".into(),
            Self::Stale => "二维码已过期（可能是截图），请让居民在小程序里下拉刷新后再扫。".into(),
            Self::Unknown => "没有找到这份报名，请用手机号后四位查找，或按现场加人办理。".into(),
            Self::WrongActivity(other) => format!("这是另一场活动的票：{other}。请确认是否走错地方。"),
            Self::Cancelled => "这份报名已经取消，如现场有空位，请按现场加人办理。".into(),
            Self::Waiting => "这份报名还在候补，没有座位。如现场有空位，请按现场加人办理。".into(),
            Self::Offered => "名额还没有确认，请让居民先在小程序里点“确认参加”。".into(),
            Self::ActivityCancelled => "这场活动已经取消，不能签到。".into(),
            Self::NotAnnounced => "这场活动还没有发布，不能签到。".into(),
            Self::TooEarly(at) => format!("还没到签到时间，{at} 开始签到。"),
            Self::TooLate(at) => format!("签到已于 {at} 结束，如确实到场，请在名单里补登。"),
        }
    }

    /// How it stands in the list of conflicts.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Forged => Reason::Forged,
            Self::Stale => Reason::Stale,
            Self::Unknown => Reason::UnknownTicket,
            Self::WrongActivity(_) => Reason::WrongActivity,
            Self::Cancelled => Reason::Cancelled,
            Self::Waiting | Self::Offered => Reason::Waiting,
            Self::ActivityCancelled | Self::NotAnnounced => Reason::ActivityCancelled,
            Self::TooEarly(_) | Self::TooLate(_) => Reason::OutOfTime,
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Conflict { code: refusal.code(), detail: refusal.sentence() }
    }
}

/// Refuses what is not announced or was called off.
pub(crate) fn must_take_place(activity: &activity::Model) -> Result<(), Refusal> {
    match activity.status {
        activity::Status::Published => Ok(()),
        activity::Status::Cancelled => Err(Refusal::ActivityCancelled),
        _ => Err(Refusal::NotAnnounced),
    }
}

/// After the end workers can add for this long who was there.
const ADDED_LATER: TimeDelta = TimeDelta::days(7);

/// Refuses an instant outside the hours of check-in. On the list, workers add later who was there.
pub(crate) fn must_be_in_time(
    activity: &activity::Model,
    source: Source,
    at: DateTime<Utc>,
) -> Result<(), Refusal> {
    let closes_at = match source {
        Source::List => Ord::max(*activity.check_in_closes_at, *activity.ends_at + ADDED_LATER),
        _ => *activity.check_in_closes_at,
    };
    let told =
        |at: DateTime<Utc>| at.with_timezone(&zone_of(activity)).format("%-m月%-d日 %H:%M").to_string();
    if at < *activity.check_in_opens_at {
        return Err(Refusal::TooEarly(told(*activity.check_in_opens_at)));
    }
    if at > closes_at {
        return Err(Refusal::TooLate(told(closes_at)));
    }
    Ok(())
}

/// The zone that an activity's times are told in.
pub(crate) fn zone_of(activity: &activity::Model) -> Tz {
    activity.time_zone.parse().unwrap_or(chrono_tz::Asia::Shanghai)
}
