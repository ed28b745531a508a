//! The statutory public holidays of China, which `PH` in opening hours stands for.
//!
//! 全国年节及纪念日放假办法 as amended for 2025 gives New Year one day, the Spring Festival four (its eve
//! and three days), Qingming one, Labour Day two, the Dragon Boat and Mid-Autumn Festivals one each
//! and the National Day three. The yearly exchange of working days (调休) is announced by the State
//! Council only some weeks ahead and is not in here.

use std::sync::{Arc, LazyLock};

use chrono::{Datelike, Days, NaiveDate};
use opening_hours::ContextHolidays;
use opening_hours::localization::Country;

static STATUTORY: LazyLock<ContextHolidays> = LazyLock::new(|| {
    let listed = Country::CN.holidays();
    let mut days = listed.get_public().clone();
    let first_days: Vec<NaiveDate> = days.iter().collect();
    for first_day in first_days {
        for day in further_days(first_day) {
            days.insert(day);
        }
        if let Some(qingming) = qingming(first_day.year()) {
            days.insert(qingming);
        }
    }
    ContextHolidays::new(Arc::new(days), Arc::default())
});

/// The calendar to evaluate opening hours with.
pub(super) fn statutory() -> ContextHolidays {
    STATUTORY.clone()
}

/// The days that belong to a holiday of which the list of the crate holds one day.
fn further_days(first_day: NaiveDate) -> Vec<NaiveDate> {
    let after = |days: u64| first_day.checked_add_days(Days::new(days));
    let days = match (first_day.month(), first_day.day()) {
        (1, 1) => Vec::new(),
        (1 | 2, _) => vec![first_day.pred_opt(), after(1), after(2)],
        (5, 1) => vec![after(1)],
        (10, 1) => vec![after(1), after(2)],
        _ => Vec::new(),
    };
    days.into_iter().flatten().collect()
}

/// The solar term of Qingming by the usual formula for the 21st century; `None` outside it.
fn qingming(year: i32) -> Option<NaiveDate> {
    let year_of_century = u32::try_from(year.checked_sub(2000)?).ok().filter(|year| *year < 100)?;
    let day = (year_of_century * 2_422 + 48_100) / 10_000 - year_of_century / 4;
    NaiveDate::from_ymd_opt(year, 4, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_holiday(text: &str) -> bool {
        statutory().get_public().contains(text.parse().unwrap())
    }

    #[test]
    fn the_thirteen_days_of_2026() {
        let year = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().iter_days().take(365);
        let days: Vec<String> = year
            .filter(|day| statutory().get_public().contains(*day))
            .map(|day| day.format("%m-%d").to_string())
            .collect();
        let expected = [
            "01-01", "02-16", "02-17", "02-18", "02-19", "04-05", "05-01", "05-02", "06-19", "09-25",
            "10-01", "10-02", "10-03",
        ];
        assert_eq!(days, expected);
    }

    #[test]
    fn qingming_follows_the_sun() {
        assert!(is_holiday("2024-04-04") && is_holiday("2025-04-04") && is_holiday("2027-04-05"));
        assert!(!is_holiday("2026-04-04"));
        assert_eq!(qingming(1999), None);
        assert_eq!(qingming(2100), None);
    }
}
