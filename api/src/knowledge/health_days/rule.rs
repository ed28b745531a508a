//! When a health day is: a rule, because most move from year to year.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Deserializer};

/// The first and the last day.
pub type Span = (NaiveDate, NaiveDate);

/// A rule for the days of any year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The same day each year.
    Fixed(MonthDay),
    /// As the third Sunday of May.
    NthWeekday {
        /// 1 to 12.
        month: u32,
        /// 1 is the first.
        nth: u8,
        /// Which day of the week.
        #[serde(deserialize_with = "weekday")]
        weekday: Weekday,
    },
    /// As the last Sunday of January.
    LastWeekday {
        /// 1 to 12.
        month: u32,
        /// Which day of the week.
        #[serde(deserialize_with = "weekday")]
        weekday: Weekday,
    },
    /// The week, Monday to Sunday, that holds the day.
    WeekContaining(MonthDay),
    /// From one day to another, both included; into the next year where the second comes first.
    Range([MonthDay; 2]),
    /// A whole month.
    Month(u32),
    /// A week, Monday to Sunday, counted from the one with the first Monday of the month.
    NthWeek {
        /// 1 to 12.
        month: u32,
        /// 1 is the first.
        nth: u8,
    },
}

/// A day of any year, written `03-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    fn read(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let read = Self { month: month.parse().ok()?, day: day.parse().ok()? };
        // In a leap year, so that the 29th of February is a day.
        read.in_year(2024).map(|_| read)
    }

    fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("a day is written 03-20"))
    }
}

fn weekday<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekday, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_unknown| serde::de::Error::custom("a weekday is written mon, tue, …"))
}

impl Rule {
    /// The days in a year; `None` where that year has none.
    pub fn days(self, year: i32) -> Option<Span> {
        match self {
            Self::Fixed(day) => day.in_year(year).map(single),
            Self::NthWeekday { month, nth, weekday } => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth).map(single)
            }
            Self::LastWeekday { month, weekday } => (4..=5)
                .rev()
                .find_map(|nth| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth))
                .map(single),
            Self::WeekContaining(day) => {
                let day = day.in_year(year)?;
                week_from(day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?)
            }
            Self::Range([first, last]) => {
                let ends_in = if last < first { year.checked_add(1)? } else { year };
                Some((first.in_year(year)?, last.in_year(ends_in)?))
            }
            Self::Month(month) => {
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
            }
            Self::NthWeek { month, nth } => {
                week_from(NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, nth)?)
            }
        }
    }
}

fn single(day: NaiveDate) -> Span {
    (day, day)
}

fn week_from(monday: NaiveDate) -> Option<Span> {
    Some((monday, monday.checked_add_days(Days::new(6))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rule: &str, year: i32) -> String {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        rule.days(year).map_or("-".to_owned(), |(first, last)| format!("{first}..{last}"))
    }

    #[test]
    fn every_kind_of_rule_in_two_years() {
        let table = [
            (r#"{"fixed": "03-20"}"#, 2026, "2026-03-20..2026-03-20"),
            (r#"{"fixed": "02-29"}"#, 2028, "2028-02-29..2028-02-29"),
            (r#"{"fixed": "02-29"}"#, 2027, "-"),
            (r#"{"nth_weekday": {"month": 5, "nth": 3, "weekday": "sun"}}"#, 2026, "2026-05-17..2026-05-17"),
            (r#"{"nth_weekday": {"month": 5, "nth": 3, "weekday": "sun"}}"#, 2027, "2027-05-16..2027-05-16"),
            (r#"{"last_weekday": {"month": 1, "weekday": "sun"}}"#, 2026, "2026-01-25..2026-01-25"),
            (r#"{"last_weekday": {"month": 1, "weekday": "sun"}}"#, 2027, "2027-01-31..2027-01-31"),
            (r#"{"week_containing": "09-15"}"#, 2026, "2026-09-14..2026-09-20"),
            (r#"{"week_containing": "09-15"}"#, 2027, "2027-09-13..2027-09-19"),
            (r#"{"range": ["04-15", "04-21"]}"#, 2026, "2026-04-15..2026-04-21"),
            (r#"{"range": ["12-30", "01-02"]}"#, 2026, "2026-12-30..2027-01-02"),
            (r#"{"month": 2}"#, 2028, "2028-02-01..2028-02-29"),
            (r#"{"month": 12}"#, 2026, "2026-12-01..2026-12-31"),
            (r#"{"nth_week": {"month": 5, "nth": 3}}"#, 2026, "2026-05-18..2026-05-24"),
            (r#"{"nth_week": {"month": 5, "nth": 3}}"#, 2027, "2027-05-17..2027-05-23"),
        ];
        for (rule, year, expected) in table {
            assert_eq!(days(rule, year), expected, "{rule} in {year}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for rule in [
            r#"{"fixed": "13-01"}"#,
            r#"{"fixed": "x"}"#,
            r#"{"easter": 1}"#,
            r#"{"last_weekday": {"month": 1, "weekday": "xyz"}}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(rule).is_err(), "{rule}");
        }
    }
}
