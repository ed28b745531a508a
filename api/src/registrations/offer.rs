//! When a seat that becomes free is given at once, and when it is offered until a deadline.
//!
//! On the last day somebody may have made other plans, so the seat is offered instead, with time to answer that
//! counts only while people are awake.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use entity::activity::{self, WaitingList};

/// Within this time before the start seats are offered instead of given.
const OFFERED_FROM: TimeDelta = TimeDelta::hours(24);
const SHORTEST: TimeDelta = TimeDelta::hours(2);
/// Where less than [`SHORTEST`] is left, the answer is asked for sooner, so that a seat does not stay empty while
/// somebody waits for it; in the last hour there is one question, until the start.
const LAST_HOUR: TimeDelta = TimeDelta::hours(1);
const LONGEST: TimeDelta = TimeDelta::hours(12);
const MORNING: NaiveTime = hour(8);
const EVENING: NaiveTime = hour(21);

const fn hour(hour: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, 0, 0) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

/// What happens with a seat that becomes free now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// The next in line has it.
    Given,
    /// The next in line is asked.
    Offered {
        /// When the question is put: at once, or in the morning.
        asked_at: DateTime<Utc>,
        /// Until when it can be answered.
        expires_at: DateTime<Utc>,
    },
    /// It stays free: it has started, or nobody is awake before it does.
    Kept,
}

/// Decides about a seat that becomes free at `now`.
pub(super) fn release(activity: &activity::Model, now: DateTime<Utc>) -> Release {
    let starts_at = *activity.starts_at;
    if now >= starts_at || activity.status != activity::Status::Published {
        return Release::Kept;
    }
    let near = starts_at - now <= OFFERED_FROM;
    match activity.waiting_list {
        WaitingList::Off => Release::Kept,
        WaitingList::Automatic if !near => Release::Given,
        WaitingList::Automatic | WaitingList::Offer => {
            offered(zone(&activity.time_zone), starts_at, now).unwrap_or(Release::Kept)
        }
    }
}

/// Until when an offer that is open can be answered after the start was moved to an earlier time: not longer than one
/// that is made now, and never after the start.
pub(super) fn shortened(
    activity: &activity::Model,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let latest = match release(activity, now) {
        Release::Offered { expires_at, .. } => expires_at,
        Release::Given | Release::Kept => *activity.starts_at,
    };
    Ord::min(expires_at, latest)
}

/// When somebody is asked again who has been offered a seat: at once, or in the morning where that is early enough.
pub(super) fn asked_again(
    activity: &activity::Model,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    next_waking(zone(&activity.time_zone), now).filter(|at| *at < expires_at).unwrap_or(now)
}

/// The zone that an activity's times are told in.
pub(super) fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::Asia::Shanghai)
}

fn offered(zone: Tz, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Release> {
    let asked_at = next_waking(zone, now)?;
    let left = starts_at - asked_at;
    if left <= TimeDelta::zero() {
        return None;
    }
    // Half of what is left, so that the next in line gets a turn, too.
    let answer_time = if left <= LAST_HOUR {
        left
    } else if left < SHORTEST {
        left / 2
    } else {
        (left / 2).clamp(SHORTEST, LONGEST)
    };
    let expires_at = awake_for(zone, asked_at, answer_time)?.min(starts_at);
    Some(Release::Offered { asked_at, expires_at })
}

/// `now`, or the next morning.
fn next_waking(zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&zone).naive_local();
    let (day, time) = (local.date(), local.time());
    if time < MORNING {
        instant(zone, day, MORNING)
    } else if time < EVENING {
        Some(now)
    } else {
        instant(zone, day.checked_add_days(Days::new(1))?, MORNING)
    }
}

/// The end of a time that counts only between morning and evening.
fn awake_for(zone: Tz, from: DateTime<Utc>, time: TimeDelta) -> Option<DateTime<Utc>> {
    let day = from.with_timezone(&zone).date_naive();
    let today = instant(zone, day, EVENING)? - from;
    if time <= today {
        return Some(from + time);
    }
    let morning = instant(zone, day.checked_add_days(Days::new(1))?, MORNING)?;
    Some(morning + (time - today))
}

fn instant(zone: Tz, day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    Some(zone.from_local_datetime(&day.and_time(time)).earliest()?.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    fn offer(starts_at: &str, now: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        match offered(chrono_tz::Asia::Shanghai, at(starts_at), at(now))? {
            Release::Offered { asked_at, expires_at } => Some((asked_at, expires_at)),
            _ => None,
        }
    }

    #[test]
    fn people_are_asked_in_the_daytime_and_have_time_to_answer() {
        let start = "2026-11-28T15:00:00+08:00";
        let asked = offer(start, "2026-11-28T09:00:00+08:00").unwrap();
        assert_eq!(asked, (at("2026-11-28T09:00:00+08:00"), at("2026-11-28T12:00:00+08:00")));
        let at_night = offer(start, "2026-11-27T23:30:00+08:00").unwrap();
        assert_eq!(at_night, (at("2026-11-28T08:00:00+08:00"), at("2026-11-28T11:30:00+08:00")));
        let evening = offer(start, "2026-11-27T20:00:00+08:00").unwrap();
        assert_eq!(evening, (at("2026-11-27T20:00:00+08:00"), at("2026-11-28T15:00:00+08:00")));
    }

    #[test]
    fn near_the_start_people_are_asked_for_a_sooner_answer_instead_of_leaving_the_seat_empty() {
        let start = "2026-11-28T15:00:00+08:00";
        let hurried = offer(start, "2026-11-28T13:30:00+08:00").unwrap();
        assert_eq!(hurried, (at("2026-11-28T13:30:00+08:00"), at("2026-11-28T14:15:00+08:00")));
        let last = offer(start, "2026-11-28T14:20:00+08:00").unwrap();
        assert_eq!(last, (at("2026-11-28T14:20:00+08:00"), at(start)));
        let in_the_morning = offer("2026-11-28T09:30:00+08:00", "2026-11-27T22:00:00+08:00").unwrap();
        assert_eq!(in_the_morning, (at("2026-11-28T08:00:00+08:00"), at("2026-11-28T08:45:00+08:00")));
        assert_eq!(offer("2026-11-28T07:30:00+08:00", "2026-11-27T22:00:00+08:00"), None);
    }

    proptest! {
        #[test]
        fn an_offer_never_ends_at_night_nor_after_the_start(now in 0_i64..30_000, start in 0_i64..20_000) {
            let now = at("2026-11-01T00:00:00+08:00") + TimeDelta::minutes(now);
            let start = now + TimeDelta::minutes(start);
            if let Some(Release::Offered { asked_at, expires_at }) = offered(chrono_tz::Asia::Shanghai, start, now) {
                prop_assert!(now <= asked_at && expires_at <= start);
                let left = start - asked_at;
                prop_assert!(expires_at - asked_at >= Ord::min(left, SHORTEST / 4));
                prop_assert!(left < SHORTEST || expires_at - asked_at >= SHORTEST);
                let asked = asked_at.with_timezone(&chrono_tz::Asia::Shanghai);
                prop_assert!((8..21).contains(&asked.hour()));
                let ends = expires_at.with_timezone(&chrono_tz::Asia::Shanghai).time();
                prop_assert!(expires_at == start || (MORNING..=EVENING).contains(&ends));
            }
        }
    }
}
