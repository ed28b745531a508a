//! Values summed up by civil days, weeks and months. No database.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much time one point stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TrendBucket {
    /// A civil day in China.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// What the values of one number in one span come to, in canonical steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) count: i64,
    pub(super) total: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

impl TrendBucket {
    /// Reads the word of the interface.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// First day of the span that a day lies in.
    pub(super) fn start(self, day: NaiveDate) -> NaiveDate {
        let start = match self {
            Self::Day => Some(day),
            Self::Week => {
                day.checked_sub_signed(TimeDelta::days(i64::from(day.weekday().num_days_from_monday())))
            }
            Self::Month => day.with_day(1),
        };
        start.unwrap_or(day)
    }
}

impl Sums {
    fn of(steps: i64) -> Self {
        Self { count: 1, total: steps, least: steps, most: steps }
    }

    fn add(&mut self, steps: i64) {
        self.count += 1;
        self.total += steps;
        self.least = self.least.min(steps);
        self.most = self.most.max(steps);
    }

    /// The mean, to the nearest step, halves away from zero.
    pub(super) fn mean(self) -> i64 {
        let half = if self.total < 0 { -self.count } else { self.count };
        (2 * self.total + half) / (2 * self.count)
    }
}

/// Values by the first day of their span and by component. `values` are days with component and steps.
pub(super) fn sum_up<'v>(
    bucket: TrendBucket,
    values: impl Iterator<Item = (NaiveDate, &'v str, i64)>,
) -> BTreeMap<NaiveDate, BTreeMap<&'v str, Sums>> {
    let mut spans: BTreeMap<NaiveDate, BTreeMap<&str, Sums>> = BTreeMap::new();
    for (day, component, steps) in values {
        let sums = spans.entry(bucket.start(day)).or_default();
        sums.entry(component).and_modify(|sums| sums.add(steps)).or_insert_with(|| Sums::of(steps));
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        for (on, week, month) in [
            ("2026-11-29", "2026-11-23", "2026-11-01"),
            ("2026-11-30", "2026-11-30", "2026-11-01"),
            ("2027-01-01", "2026-12-28", "2027-01-01"),
        ] {
            assert_eq!(TrendBucket::Week.start(day(on)), day(week), "{on}");
            assert_eq!(TrendBucket::Month.start(day(on)), day(month), "{on}");
        }
    }

    #[test]
    fn the_mean_is_the_nearest_step() {
        let mean = |values: &[i64]| {
            let days = values.iter().map(|steps| (day("2026-11-29"), "value", *steps));
            sum_up(TrendBucket::Day, days)[&day("2026-11-29")]["value"].mean()
        };
        assert_eq!(mean(&[120, 121]), 121);
        assert_eq!(mean(&[120, 120, 121]), 120);
        assert_eq!(mean(&[-25, -26]), -26);
    }

    proptest! {
        #[test]
        fn every_value_is_in_exactly_one_span(
            values in prop::collection::vec((0_i64..2_000, -1_000_i64..1_000), 0..60),
            bucket in prop::sample::select(vec![TrendBucket::Day, TrendBucket::Week, TrendBucket::Month]),
        ) {
            let days = values.iter().map(|(after, steps)| (day("2024-01-01") + TimeDelta::days(*after), "value", *steps));
            let spans = sum_up(bucket, days);
            let count: i64 = spans.values().map(|sums| sums["value"].count).sum();
            let total: i64 = spans.values().map(|sums| sums["value"].total).sum();
            prop_assert_eq!(count, i64::try_from(values.len()).unwrap());
            prop_assert_eq!(total, values.iter().map(|(_, steps)| steps).sum::<i64>());
            for sums in spans.values().map(|sums| sums["value"]) {
                prop_assert!(sums.least <= sums.mean() && sums.mean() <= sums.most);
            }
        }
    }
}
