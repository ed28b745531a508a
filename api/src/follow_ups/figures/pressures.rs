//! How pressures were read off: signs that numbers were rounded or wished for, not measured.
//!
//! A device ends in every digit alike, so a fifth of its values end in 0 or 5; whoever writes down what they
//! saw rounds more often. Where many values lie just below 140 and few just above, somebody helped.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::measurement::{self, Source, Validity};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::super::circle::Sharer;
use super::indicators::{Indicator, Tallies, Tally};
use crate::error::ApiResult;
use crate::records::readings::opened;
use crate::state::AppState;

/// The readings that are looked at.
const QUARTER: TimeDelta = TimeDelta::days(92);
/// Persons in one statement.
const PERSONS_AT_ONCE: usize = 100;

/// Counts of readings, and of the persons whose they are.
#[derive(Debug, Default)]
pub(super) struct Pressures {
    pub(super) readings: Tallies,
    pub(super) persons: Tallies,
}

/// Counts the pressures of the last three months by region.
pub(super) async fn of<'s>(
    state: &AppState,
    connection: &impl ConnectionTrait,
    sharers: &'s [Sharer],
    now: DateTime<Utc>,
) -> ApiResult<BTreeMap<&'s str, Pressures>> {
    let mut by_region: BTreeMap<&str, Pressures> = BTreeMap::new();
    for some in sharers.chunks(PERSONS_AT_ONCE) {
        let rows = measurement::Entity::find()
            .filter(measurement::Column::PersonId.is_in(some.iter().map(|sharer| sharer.person_id)))
            .filter(measurement::Column::Metric.eq("blood_pressure"))
            .filter(measurement::Column::MeasuredAt.gte((now - QUARTER).timestamp_millis()))
            .filter(measurement::Column::Validity.eq(Validity::Valid))
            .order_by_asc(measurement::Column::PersonId)
            .all(connection)
            .await?;
        let mut by_person: BTreeMap<Uuid, Vec<(Source, i64)>> = BTreeMap::new();
        for reading in opened(state, connection, rows).await? {
            if let Some(systolic) = reading.content.as_ref().and_then(|content| content.steps("systolic")) {
                by_person.entry(reading.row.person_id).or_default().push((reading.row.source, systolic));
            }
        }
        for sharer in some {
            if let Some(systolics) = by_person.get(&sharer.person_id) {
                count(by_region.entry(&sharer.region_code).or_default(), systolics);
            }
        }
    }
    Ok(by_region)
}

/// Counts what one person measured.
fn count(pressures: &mut Pressures, systolics: &[(Source, i64)]) {
    let mut own = Tallies::new();
    for (source, systolic) in systolics {
        let (digits, below) = match source {
            Source::Hut => (Indicator::HutRoundDigits, Indicator::HutJustBelow),
            Source::Own | Source::Staff => (Indicator::TypedRoundDigits, Indicator::TypedJustBelow),
            Source::Device | Source::Import | Source::Wechat => continue,
        };
        let is_round = systolic % 5 == 0;
        *own.entry(digits).or_default() += Tally { of: 1, counted: i64::from(is_round) };
        if (130..150).contains(systolic) {
            *own.entry(below).or_default() += Tally { of: 1, counted: i64::from(*systolic < 140) };
        }
    }
    for (indicator, tally) in own {
        *pressures.readings.entry(indicator).or_default() += tally;
        *pressures.persons.entry(indicator).or_default() += Tally { of: 1, counted: 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_values_and_those_just_below_the_limit_are_counted_by_how_they_were_read() {
        let mut pressures = Pressures::default();
        let typed = [130, 135, 138, 140, 149, 150, 127].map(|systolic| (Source::Own, systolic));
        count(&mut pressures, &typed);
        count(&mut pressures, &[(Source::Hut, 120), (Source::Hut, 141), (Source::Device, 130)]);
        let tally = |of, counted| Tally { of, counted };
        let expected = [
            (Indicator::HutRoundDigits, tally(2, 1)),
            (Indicator::TypedRoundDigits, tally(7, 4)),
            (Indicator::HutJustBelow, tally(1, 0)),
            (Indicator::TypedJustBelow, tally(5, 3)),
        ];
        assert_eq!(pressures.readings, expected.into_iter().collect());
        assert!(pressures.persons.values().all(|persons| *persons == tally(1, 1)), "one person each");
    }
}
