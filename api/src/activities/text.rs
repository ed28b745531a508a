//! How times are told to people.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;

/// A day and a time as people say it: `11月28日（周六）9:00`.
pub fn when(zone: Tz, at: DateTime<Utc>) -> String {
    const DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    let local = at.with_timezone(&zone);
    let day = DAYS.get(local.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
    format!("{}月{}日（{day}）{}", local.month(), local.day(), local.format("%-H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_say_them() {
        let at = "2026-11-28T01:05:00Z".parse().unwrap();
        assert_eq!(when(chrono_tz::Asia::Shanghai, at), "11月28日（周六）9:05");
    }
}
