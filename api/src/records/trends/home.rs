//! Seven days of blood pressure at home, mornings and evenings. No database.
//!
//! 中国高血压防治指南 2024 and 家庭血压监测指南: measure on seven days, mornings and evenings, two or three times
//! each with a minute between; the first day does not count, the mean of the rest is judged, from 135/85 on as
//! raised. Twelve readings of the six days are the least that the whole week needs.

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};

/// Days of the week at home.
pub(super) const DAYS: i64 = 7;
/// Readings that the mean needs at least: two on each of six days.
pub(super) const LEAST_READINGS: usize = 12;
/// Of the days after the first at least this many need a morning and an evening, for a mean to be told at all.
pub(super) const LEAST_DAYS: usize = 3;

/// Which half of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Evening,
}

/// One reading by the clocks of its place, in mmHg.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) day: NaiveDate,
    pub(super) time: NaiveTime,
    pub(super) systolic: i64,
    pub(super) diastolic: i64,
}

/// Means in mmHg, rounded to the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mean {
    pub(super) systolic: i64,
    pub(super) diastolic: i64,
    pub(super) readings: usize,
}

/// What the week comes to.
#[derive(Clone, Debug)]
pub(super) struct Week {
    /// Each day with its morning and its evening, oldest first.
    pub(super) days: Vec<Day>,
    /// Of the days that count.
    pub(super) mean: Option<Mean>,
    pub(super) morning: Option<Mean>,
    pub(super) evening: Option<Mean>,
    /// Whether there are enough readings on enough days.
    pub(super) is_complete: bool,
}

/// One day of the week.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) day: NaiveDate,
    /// The first day does not count.
    pub(super) counts: bool,
    pub(super) morning: Option<Mean>,
    pub(super) evening: Option<Mean>,
}

impl Half {
    /// From five to ten is morning, from seventeen to midnight evening; what lies between counts as neither.
    pub(super) fn of(time: NaiveTime) -> Option<Self> {
        match time.hour() {
            5..=9 => Some(Self::Morning),
            17..=23 => Some(Self::Evening),
            _ => None,
        }
    }
}

/// The week that ends with the day `last`.
pub(super) fn week(readings: &[Taken], last: NaiveDate) -> Week {
    let first = last - TimeDelta::days(DAYS - 1);
    let of = |day: NaiveDate, half: Half| -> Vec<Taken> {
        let these = readings.iter().filter(|taken| taken.day == day && Half::of(taken.time) == Some(half));
        these.copied().collect()
    };
    let mut days = Vec::new();
    let (mut mornings, mut evenings, mut whole_days) = (Vec::new(), Vec::new(), 0);
    for day in first.iter_days().take(7) {
        let (morning, evening) = (of(day, Half::Morning), of(day, Half::Evening));
        let counts = day != first;
        days.push(Day { day, counts, morning: mean(&morning), evening: mean(&evening) });
        if counts {
            whole_days += usize::from(!morning.is_empty() && !evening.is_empty());
            mornings.extend(morning);
            evenings.extend(evening);
        }
    }
    let all: Vec<Taken> = mornings.iter().chain(&evenings).copied().collect();
    let enough = whole_days >= LEAST_DAYS;
    Week {
        days,
        mean: mean(&all).filter(|_| enough),
        morning: mean(&mornings).filter(|_| enough),
        evening: mean(&evenings).filter(|_| enough),
        is_complete: whole_days == 6 && all.len() >= LEAST_READINGS,
    }
}

/// The last day of the week that is shown on a day: that of the newest whole week of the last seven days, so that a
/// finished sheet is not unfinished again the next morning; the day itself where no week is whole.
pub(super) fn last_day(readings: &[Taken], today: NaiveDate) -> NaiveDate {
    let is_whole = |last: &NaiveDate| {
        let week = week(readings, *last);
        // A week whose first day is empty began later, and its first measured day would count.
        let began = week.days.first().is_some_and(|day| day.morning.is_some() || day.evening.is_some());
        week.is_complete && began
    };
    let mut days = (0..DAYS).filter_map(|ago| today.checked_sub_signed(TimeDelta::days(ago)));
    days.find(is_whole).unwrap_or(today)
}

fn mean(readings: &[Taken]) -> Option<Mean> {
    let count = i64::try_from(readings.len()).ok().filter(|count| *count > 0)?;
    let of = |value: fn(&Taken) -> i64| (2 * readings.iter().map(value).sum::<i64>() + count) / (2 * count);
    Some(Mean {
        systolic: of(|taken| taken.systolic),
        diastolic: of(|taken| taken.diastolic),
        readings: readings.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn taken(on: &str, hour: u32, systolic: i64, diastolic: i64) -> Taken {
        Taken { day: day(on), time: NaiveTime::from_hms_opt(hour, 10, 0).unwrap(), systolic, diastolic }
    }

    fn full_week() -> Vec<Taken> {
        let days = day("2026-11-23").iter_days().take(7);
        days.flat_map(|day| {
            let on = day.to_string();
            let high = if on == "2026-11-23" { 60 } else { 0 };
            [taken(&on, 7, 130 + high, 80 + high), taken(&on, 20, 140 + high, 90 + high)]
        })
        .collect()
    }

    #[test]
    fn the_first_day_does_not_count() {
        let week = week(&full_week(), day("2026-11-29"));
        assert_eq!(week.mean, Some(Mean { systolic: 135, diastolic: 85, readings: 12 }));
        assert_eq!(week.morning.map(|mean| mean.systolic), Some(130));
        assert_eq!(week.evening.map(|mean| mean.systolic), Some(140));
        assert!(week.is_complete);
        assert!(
            !week.days[0].counts && week.days[0].morning.is_some(),
            "the first day is shown all the same"
        );
    }

    #[test]
    fn noon_is_neither_morning_nor_evening() {
        let mut readings = full_week();
        readings.push(taken("2026-11-29", 12, 290, 190));
        readings.push(taken("2026-11-29", 3, 290, 190));
        let week = week(&readings, day("2026-11-29"));
        assert_eq!(week.mean.map(|mean| mean.systolic), Some(135));
    }

    #[test]
    fn a_finished_week_stays_for_seven_days_and_yields_to_the_next() {
        let mut readings = full_week();
        for (today, last) in [
            ("2026-11-28", "2026-11-28"),
            ("2026-11-29", "2026-11-29"),
            ("2026-11-30", "2026-11-29"),
            ("2026-12-05", "2026-11-29"),
            ("2026-12-06", "2026-12-06"),
        ] {
            assert_eq!(last_day(&readings, day(today)), day(last), "on {today}");
        }
        readings.push(taken("2026-11-30", 7, 130, 80));
        assert_eq!(last_day(&readings, day("2026-11-30")), day("2026-11-29"), "this evening is missing");
        readings.push(taken("2026-11-30", 20, 140, 90));
        assert_eq!(last_day(&readings, day("2026-11-30")), day("2026-11-30"));
    }

    #[test]
    fn a_week_with_gaps_is_not_complete_and_two_days_tell_nothing() {
        let all = full_week();
        let gap: Vec<Taken> = all.iter().copied().filter(|taken| taken.day != day("2026-11-27")).collect();
        let with_gap = week(&gap, day("2026-11-29"));
        assert!(with_gap.mean.is_some() && !with_gap.is_complete);
        let few: Vec<Taken> = all.iter().copied().filter(|taken| taken.day >= day("2026-11-28")).collect();
        assert_eq!(week(&few, day("2026-11-29")).mean, None);
        assert_eq!(week(&[], day("2026-11-29")).mean, None);
    }
}
