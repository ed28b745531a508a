//! When a reminder is due next. No database.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

/// Every day of the week.
pub(super) const EVERY_DAY: i32 = 0b111_1111;

/// A time of the day on some days of the week, in China. Monday is bit 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) minute_of_day: i32,
    pub(super) weekdays: i32,
}

impl Schedule {
    /// The first time after `now`; `None` for a schedule that has no day.
    pub(super) fn next(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let minutes = u32::try_from(self.minute_of_day).ok()?;
        let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?;
        let today = now.with_timezone(&Shanghai).date_naive();
        (0..=7).find_map(|days| {
            let day = today.checked_add_signed(TimeDelta::days(days))?;
            if self.weekdays & (1 << day.weekday().num_days_from_monday()) == 0 {
                return None;
            }
            let at = Shanghai.from_local_datetime(&day.and_time(time)).earliest()?.to_utc();
            (at > now).then_some(at)
        })
    }

    /// Reads `07:30`.
    pub(super) fn minute(text: &str) -> Option<i32> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return None;
        }
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    }

    /// The time as `07:30`.
    pub(super) fn time(self) -> String {
        format!("{:02}:{:02}", self.minute_of_day / 60, self.minute_of_day % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_next_time_is_by_the_clocks_of_china() {
        let now: DateTime<Utc> = "2026-11-25T02:00:00Z".parse().unwrap();
        for (minute_of_day, weekdays, next) in [
            (10 * 60, EVERY_DAY, "2026-11-26T02:00:00Z"),
            (10 * 60 + 1, EVERY_DAY, "2026-11-25T02:01:00Z"),
            (7 * 60, EVERY_DAY, "2026-11-25T23:00:00Z"),
            (7 * 60, 0b000_0001, "2026-11-29T23:00:00Z"),
            (9 * 60, 0b000_0100, "2026-12-02T01:00:00Z"),
        ] {
            let schedule = Schedule { minute_of_day, weekdays };
            assert_eq!(schedule.next(now), next.parse().ok(), "{minute_of_day} {weekdays:b}");
        }
        assert_eq!(Schedule { minute_of_day: 0, weekdays: 0 }.next(now), None);
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        assert_eq!(Schedule::minute("07:30"), Some(450));
        for wrong in ["7:30", "24:00", "07:60", "0730", "07:3", "+7:30", ""] {
            assert_eq!(Schedule::minute(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_next_time_comes_within_a_week_and_fits(
            second in 1_700_000_000_i64..1_900_000_000,
            minute_of_day in 0_i32..1_440,
            weekdays in 1_i32..128,
        ) {
            let now = DateTime::from_timestamp(second, 0).unwrap();
            let schedule = Schedule { minute_of_day, weekdays };
            let next = schedule.next(now).unwrap();
            prop_assert!(next > now && next - now <= TimeDelta::days(7));
            let local = next.with_timezone(&Shanghai);
            prop_assert_eq!(Schedule::minute(&local.format("%H:%M").to_string()), Some(minute_of_day));
            prop_assert!(weekdays & (1 << local.weekday().num_days_from_monday()) != 0);
        }
    }
}
