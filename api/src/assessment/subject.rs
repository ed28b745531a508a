//! Who was measured, as far as it matters to what a value means.

use chrono::{Datelike, NaiveDate};
use entity::person::Sex;

/// Somebody who was measured. What is not known stays out, and then no band that depends on it is used.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Sex as it is on record.
    pub sex: Sex,
    /// Date of birth, where it is known.
    pub birth_date: Option<NaiveDate>,
    /// The pregnancy on the day of the measurement, where one was told.
    pub pregnancy: Option<Pregnancy>,
}

/// A pregnancy as it was told.
#[derive(Clone, Debug)]
pub struct Pregnancy {
    /// First day of the last period; weeks count from it.
    pub last_period: NaiveDate,
    /// Weight before the pregnancy, grams.
    pub weight_before_g: Option<i64>,
    /// Height, millimetres.
    pub height_mm: Option<i64>,
    /// Whether there is one child; there are no bands for twins.
    pub singleton: bool,
    /// The day it ended, where it did.
    pub ended_on: Option<NaiveDate>,
    /// A weight of at least a week before, for the gain by the week.
    pub earlier: Option<EarlierWeight>,
}

/// A weight that was measured before.
#[derive(Clone, Copy, Debug)]
pub struct EarlierWeight {
    /// The day.
    pub day: NaiveDate,
    /// Grams.
    pub weight_g: i64,
}

impl Subject {
    /// Whether a pregnancy that was told lasts on a day.
    pub fn is_pregnant_on(&self, day: NaiveDate) -> bool {
        self.pregnancy.as_ref().is_some_and(|pregnancy| pregnancy.days(day).is_some())
    }

    /// Completed months of age on a day, as growth tables count them: a month is completed on the day of the same
    /// date, or on the first of the next month where that date is missing. `None` for an unknown or later birth.
    /// (The age in law, which counts from the day after, is `people::age`.)
    pub fn completed_months(&self, day: NaiveDate) -> Option<i32> {
        completed_months(self.birth_date?, day)
    }
}

fn completed_months(born: NaiveDate, day: NaiveDate) -> Option<i32> {
    if day < born {
        return None;
    }
    let months = (day.year() - born.year()) * 12 + month(day) - month(born);
    Some(if day.day() < born.day() { months - 1 } else { months })
}

fn month(day: NaiveDate) -> i32 {
    i32::try_from(day.month()).unwrap_or_default()
}

impl Pregnancy {
    /// Days since the first day of the last period; `None` where that lies ahead or more than 44 weeks back, and
    /// after the end.
    pub(super) fn days(&self, day: NaiveDate) -> Option<i64> {
        let days = (day - self.last_period).num_days();
        let lasts = self.ended_on.is_none_or(|ended_on| day <= ended_on);
        (lasts && (0..=44 * 7).contains(&days)).then_some(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_completed_on_the_day_of_the_same_date() {
        for (born, on, months) in [
            ("2020-05-15", "2026-11-14", Some(77)),
            ("2020-05-15", "2026-11-15", Some(78)),
            ("2020-05-31", "2020-06-30", Some(0)),
            ("2020-05-31", "2020-07-01", Some(1)),
            ("2024-02-29", "2025-02-28", Some(11)),
            ("2024-02-29", "2025-03-01", Some(12)),
            ("2026-11-29", "2026-11-29", Some(0)),
            ("2026-11-30", "2026-11-29", None),
        ] {
            let (born, day): (NaiveDate, NaiveDate) = (born.parse().unwrap(), on.parse().unwrap());
            assert_eq!(completed_months(born, day), months, "born {born}, on {day}");
        }
    }
}
