//! What is counted of a community: definitions without a database.
//!
//! The words are those of programmes for hypertension (Simple, Resolve to Save Lives): under care is whoever
//! was measured within twelve months, lost who was not; a visit is missed where nothing was measured for three
//! months; at target is a last pressure of the last three months below 140 and below 90. These are figures of
//! the readings that people share, and go by that name: none is the 控制率 of a clinic.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::circle::Sharer;
use super::super::rules::is_gone;

const YEAR: TimeDelta = TimeDelta::days(365);
const QUARTER: TimeDelta = TimeDelta::days(92);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = FollowUpIndicator)]
#[serde(rename_all = "snake_case")]
pub(super) enum Indicator {
    /// Persons who share with their health officers. A number, no share.
    Sharing,
    /// Measured within twelve months, of those who share.
    UnderCare,
    /// Not measured for twelve months, of those who share for that long.
    Lost,
    /// Not measured for three months, of those under care.
    MissedVisit,
    /// Measured within three months, but no blood pressure, of those under care.
    NoPressure,
    /// Last pressure of the last three months below 140/90 (小屋最近一次达标率), of those under care who share for
    /// more than three months.
    AtTarget,
    /// The same, of those and of those who are lost.
    AtTargetWithLost,
    /// Upper pressures ending in 0 or 5, of those that huts measured within three months. A fifth is usual.
    HutRoundDigits,
    /// The same, of those that people typed in.
    TypedRoundDigits,
    /// Upper pressures from 130 to 139, of those from 130 to 149 that huts measured within three months.
    HutJustBelow,
    /// The same, of those that people typed in.
    TypedJustBelow,
}

impl Indicator {
    /// Those that count readings.
    pub(super) const OF_READINGS: [Self; 4] =
        [Self::HutRoundDigits, Self::TypedRoundDigits, Self::HutJustBelow, Self::TypedJustBelow];

    /// Those that count persons, each after those that it could be computed from.
    pub(super) const OF_PERSONS: [Self; 7] = [
        Self::Sharing,
        Self::UnderCare,
        Self::Lost,
        Self::MissedVisit,
        Self::NoPressure,
        Self::AtTarget,
        Self::AtTargetWithLost,
    ];

    /// Whether it is also told as the ratio of what is counted to what is not: programmes define it so, by facility
    /// and quarter. Here it is by region, over the three months before the month begins: the readings of one hut
    /// are seldom those of enough persons.
    pub(super) fn is_ratio(self) -> bool {
        matches!(self, Self::HutJustBelow | Self::TypedJustBelow)
    }

    /// Indicators whose numbers stand in this one: it is published only where they are.
    pub(super) fn rests_on(self) -> &'static [Self] {
        match self {
            Self::Sharing
            | Self::HutRoundDigits
            | Self::TypedRoundDigits
            | Self::HutJustBelow
            | Self::TypedJustBelow => &[],
            Self::UnderCare | Self::Lost => &[Self::Sharing],
            Self::MissedVisit | Self::NoPressure | Self::AtTarget => &[Self::UnderCare],
            Self::AtTargetWithLost => &[Self::AtTarget, Self::Lost],
        }
    }

    /// The word that is stored.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Sharing => "sharing",
            Self::UnderCare => "under_care",
            Self::Lost => "lost",
            Self::MissedVisit => "missed_visit",
            Self::NoPressure => "no_pressure",
            Self::AtTarget => "at_target",
            Self::AtTargetWithLost => "at_target_with_lost",
            Self::HutRoundDigits => "hut_round_digits",
            Self::TypedRoundDigits => "typed_round_digits",
            Self::HutJustBelow => "hut_just_below",
            Self::TypedJustBelow => "typed_just_below",
        }
    }

    /// Reads the word that is stored.
    pub(super) fn read(word: &str) -> Option<Self> {
        let all = Self::OF_PERSONS.into_iter().chain(Self::OF_READINGS);
        all.into_iter().find(|indicator| indicator.as_str() == word)
    }
}

/// Persons who are counted, and those they are counted of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) of: i64,
    pub(super) counted: i64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.of += other.of;
        self.counted += other.counted;
    }
}

/// Tallies by indicator.
pub(super) type Tallies = BTreeMap<Indicator, Tally>;

/// Counts one person, who is nobody's where they died or moved away.
pub(super) fn count(tallies: &mut Tallies, sharer: &Sharer, now: DateTime<Utc>) {
    if sharer.standing.is_some_and(|standing| is_gone(standing.outcome)) {
        return;
    }
    let shares_for = now - sharer.shares_since;
    let measured_within = |span| sharer.last_measured_at.is_some_and(|at| now - at <= span);
    let is_under_care = measured_within(YEAR);
    let is_lost = !is_under_care && (sharer.last_measured_at.is_some() || shares_for > YEAR);
    let last = sharer.digest.last_pressure.filter(|last| now - last.at <= QUARTER);
    let is_at_target = last.is_some_and(|last| last.systolic < 140 && last.diastolic < 90);
    let is_settled_in = shares_for > QUARTER;
    let mut add = |indicator, belongs: bool, counts: bool| {
        if belongs {
            *tallies.entry(indicator).or_default() += Tally { of: 1, counted: i64::from(counts) };
        }
    };
    add(Indicator::Sharing, true, true);
    add(Indicator::UnderCare, true, is_under_care);
    add(Indicator::Lost, is_lost || shares_for > YEAR, is_lost);
    add(Indicator::MissedVisit, is_under_care, !measured_within(QUARTER));
    add(Indicator::NoPressure, is_under_care, measured_within(QUARTER) && last.is_none());
    add(Indicator::AtTarget, is_under_care && is_settled_in, is_at_target);
    add(Indicator::AtTargetWithLost, (is_under_care || is_lost) && is_settled_in, is_at_target);
}

#[cfg(test)]
mod tests {
    use entity::follow_up::Outcome;

    use super::*;
    use crate::follow_ups::rules::Standing;
    use crate::records::digest::{Digest, Pressure};

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn ago(days: i64) -> DateTime<Utc> {
        now() - TimeDelta::days(days)
    }

    /// Shares for, was measured, and had this pressure so many days ago.
    fn sharer(shares: i64, measured: Option<i64>, pressure: Option<(i64, i64, i64)>) -> Sharer {
        let last_pressure = pressure.map(|(days, systolic, diastolic)| Pressure {
            at: ago(days),
            systolic,
            diastolic,
            at_home: false,
        });
        let digest = Digest { last_pressure, ..Digest::default() };
        Sharer::for_test(ago(shares), measured.map(ago), digest)
    }

    fn told(sharer: &Sharer) -> Vec<(Indicator, i64)> {
        let mut tallies = Tallies::new();
        count(&mut tallies, sharer, now());
        tallies
            .into_iter()
            .filter(|(indicator, _)| *indicator != Indicator::Sharing)
            .map(|(indicator, tally)| (indicator, tally.counted))
            .collect()
    }

    use Indicator::{AtTarget, AtTargetWithLost, Lost, MissedVisit, NoPressure, UnderCare};

    #[test]
    fn whoever_was_measured_lately_at_target_counts_in_full() {
        let well = sharer(400, Some(10), Some((10, 139, 89)));
        let expected = [
            (UnderCare, 1),
            (Lost, 0),
            (MissedVisit, 0),
            (NoPressure, 0),
            (AtTarget, 1),
            (AtTargetWithLost, 1),
        ];
        assert_eq!(told(&well), expected);
    }

    #[test]
    fn both_pressures_must_be_below_their_limits() {
        for (systolic, diastolic) in [(140, 80), (120, 90)] {
            let high = sharer(400, Some(10), Some((10, systolic, diastolic)));
            assert!(told(&high).contains(&(AtTarget, 0)), "{systolic}/{diastolic}");
        }
        assert!(told(&sharer(400, Some(10), Some((93, 120, 80)))).contains(&(AtTarget, 0)), "too long ago");
    }

    #[test]
    fn three_months_without_a_reading_are_a_missed_visit_and_twelve_are_lost() {
        assert!(told(&sharer(400, Some(92), None)).contains(&(MissedVisit, 0)));
        assert!(told(&sharer(400, Some(93), None)).contains(&(MissedVisit, 1)));
        assert_eq!(told(&sharer(400, Some(366), None)), [(UnderCare, 0), (Lost, 1), (AtTargetWithLost, 0)]);
        assert_eq!(told(&sharer(366, None, None)), [(UnderCare, 0), (Lost, 1), (AtTargetWithLost, 0)]);
        assert_eq!(told(&sharer(365, None, None)), [(UnderCare, 0)], "may still come");
    }

    #[test]
    fn whoever_began_lately_is_not_judged_by_the_target() {
        let new = sharer(92, Some(1), Some((1, 120, 80)));
        assert_eq!(told(&new), [(UnderCare, 1), (MissedVisit, 0), (NoPressure, 0)]);
    }

    #[test]
    fn the_dead_are_nobodys() {
        let mut dead = sharer(400, Some(10), None);
        dead.standing = Some(Standing {
            outcome: Outcome::Died,
            called_at: now(),
            next_on: now().date_naive(),
            agreed: false,
        });
        let mut tallies = Tallies::new();
        count(&mut tallies, &dead, now());
        assert!(tallies.is_empty());
    }

    #[test]
    fn an_indicator_is_read_as_it_was_stored() {
        for indicator in Indicator::OF_READINGS {
            assert_eq!(Indicator::read(indicator.as_str()), Some(indicator));
        }
        for indicator in Indicator::OF_PERSONS {
            assert_eq!(Indicator::read(indicator.as_str()), Some(indicator));
            let place = |one| Indicator::OF_PERSONS.iter().position(|other| *other == one);
            assert!(indicator.rests_on().iter().all(|below| place(*below) < place(indicator)));
        }
    }
}
