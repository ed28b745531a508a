//! Ages in law, by the civil day in China.
//!
//! An age in full years (周岁) counts from the day after the birthday: 法释〔2006〕1号, article 2, says so, and
//! so do articles 201 and 202 of the Civil Code, by which the first day of a period does not count and
//! a period ends with the day of the same date, or with the last day of the month where that date is
//! missing. Who was born on 29 February has completed a common year on 1 March.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Asia::Shanghai;

/// Under this age everything about a child is sensitive and a guardian agrees (个人信息保护法, articles 28
/// and 31).
const CONSENT_AGE_YEARS: i32 = 14;
/// Majority (Civil Code, article 17).
const MAJORITY_YEARS: i32 = 18;

/// What the law lets a person decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifeStage {
    /// Under 14: the guardian decides.
    Child,
    /// 14 to 17: decides about sensitive data; the guardian still helps.
    Youth,
    /// From 18 on: decides alone.
    Adult,
}

impl LifeStage {
    /// The stage of somebody born on `birth_date` on the day `today`.
    pub fn on(birth_date: NaiveDate, today: NaiveDate) -> Self {
        if has_completed(birth_date, MAJORITY_YEARS, today) {
            Self::Adult
        } else if has_completed(birth_date, CONSENT_AGE_YEARS, today) {
            Self::Youth
        } else {
            Self::Child
        }
    }
}

/// The civil day in China.
pub fn civil_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&Shanghai).date_naive()
}

/// Age in full years on the day `today`; 0 before the first is complete.
pub fn full_years(birth_date: NaiveDate, today: NaiveDate) -> i32 {
    let years = today.year() - birth_date.year();
    let years = if has_completed(birth_date, years, today) { years } else { years - 1 };
    years.max(0)
}

fn has_completed(birth_date: NaiveDate, years: i32, today: NaiveDate) -> bool {
    let year = birth_date.year() + years;
    let last_day = birth_date.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28));
    last_day.is_some_and(|last_day| today > last_day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_of_age_is_complete_on_the_day_after_the_birthday() {
        for (born, on, stage) in [
            ("2012-11-25", "2026-11-25", LifeStage::Child),
            ("2012-11-25", "2026-11-26", LifeStage::Youth),
            ("2008-11-25", "2026-11-25", LifeStage::Youth),
            ("2008-11-25", "2026-11-26", LifeStage::Adult),
            ("2008-02-29", "2026-02-28", LifeStage::Youth),
            ("2008-02-29", "2026-03-01", LifeStage::Adult),
            ("2012-02-29", "2026-02-28", LifeStage::Child),
            ("2012-02-29", "2026-03-01", LifeStage::Youth),
            ("2008-12-31", "2026-12-31", LifeStage::Youth),
            ("2008-12-31", "2027-01-01", LifeStage::Adult),
        ] {
            assert_eq!(LifeStage::on(day(born), day(on)), stage, "born {born}, on {on}");
        }
    }

    #[test]
    fn full_years_grow_on_the_day_after_the_birthday() {
        for (born, on, years) in [
            ("1966-11-25", "2026-11-25", 59),
            ("1966-11-25", "2026-11-26", 60),
            ("2026-11-25", "2026-11-25", 0),
            ("2024-02-29", "2025-03-01", 1),
        ] {
            assert_eq!(full_years(day(born), day(on)), years, "born {born}, on {on}");
        }
    }

    #[test]
    fn the_day_is_that_of_china() {
        assert_eq!(civil_day("2026-11-25T15:59:59Z".parse().unwrap()), day("2026-11-25"));
        assert_eq!(civil_day("2026-11-25T16:00:00Z".parse().unwrap()), day("2026-11-26"));
    }

    proptest! {
        #[test]
        fn nobody_grows_younger(born in 0_i64..30_000, age in 0_i64..12_000, later in 0_i64..12_000) {
            let born = NaiveDate::default() + chrono::TimeDelta::days(born);
            let today = born + chrono::TimeDelta::days(age);
            let after = today + chrono::TimeDelta::days(later);
            prop_assert!(LifeStage::on(born, today) <= LifeStage::on(born, after));
        }
    }
}
