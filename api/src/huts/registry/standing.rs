//! What in a hut needs somebody: rules without a database.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::people::age::civil_day;

/// How long before it is due something is told.
const AHEAD: TimeDelta = TimeDelta::days(30);
/// A gateway that was not heard of for longer is silent.
const SILENT_AFTER: TimeDelta = TimeDelta::days(1);

/// Something that needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Attention {
    /// A device should have been calibrated.
    CalibrationOverdue,
    /// A device must be calibrated within 30 days.
    CalibrationSoon,
    /// Something in the first-aid box is out of date.
    SupplyExpired,
    /// Something in the first-aid box is out of date within 30 days.
    SupplyExpiresSoon,
    /// The first-aid box was not looked through for a month, or something was missing then.
    BoxCheckDue,
    /// A gateway was not heard of for a day.
    GatewaySilent,
    /// The place is not on the public map any more.
    NotOnMap,
}

/// What is known of a hut.
#[derive(Clone, Debug, Default)]
pub(super) struct Inventory {
    pub(super) is_on_map: bool,
    /// When each device in use must have been calibrated.
    pub(super) calibration_due: Vec<NaiveDate>,
    /// When what is in the box is out of date.
    pub(super) expires_on: Vec<NaiveDate>,
    /// The last check of the box, and whether nothing was missing; `None` where there was none.
    pub(super) last_check: Option<(DateTime<Utc>, bool)>,
    /// When each gateway in use was heard of, or made.
    pub(super) gateways_heard_at: Vec<DateTime<Utc>>,
}

impl Inventory {
    /// What needs somebody, most urgent kinds first, each once.
    pub(super) fn attention(&self, now: DateTime<Utc>) -> Vec<Attention> {
        let today = civil_day(now);
        // What expires today may be used today.
        let is_over = |day: &NaiveDate| *day < today;
        let is_near = |day: &NaiveDate| *day >= today && *day - today <= AHEAD;
        let told = [
            (self.calibration_due.iter().any(is_over), Attention::CalibrationOverdue),
            (self.calibration_due.iter().any(is_near), Attention::CalibrationSoon),
            (self.expires_on.iter().any(is_over), Attention::SupplyExpired),
            (self.expires_on.iter().any(is_near), Attention::SupplyExpiresSoon),
            (self.is_box_check_due(today), Attention::BoxCheckDue),
            (self.gateways_heard_at.iter().any(|at| now - *at > SILENT_AFTER), Attention::GatewaySilent),
            (!self.is_on_map, Attention::NotOnMap),
        ];
        told.into_iter().filter_map(|(is_told, attention)| is_told.then_some(attention)).collect()
    }

    fn is_box_check_due(&self, today: NaiveDate) -> bool {
        let next = self
            .last_check
            .filter(|(_, complete)| *complete)
            .and_then(|(at, _)| civil_day(at).checked_add_months(Months::new(1)));
        next.is_none_or(|next| next < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fine() -> Inventory {
        Inventory {
            is_on_map: true,
            calibration_due: vec![day("2027-06-01")],
            expires_on: vec![day("2028-01-01")],
            last_check: Some((now() - TimeDelta::days(10), true)),
            gateways_heard_at: vec![now() - TimeDelta::hours(23)],
        }
    }

    #[test]
    fn a_hut_in_which_all_is_well_needs_nobody() {
        assert_eq!(fine().attention(now()), []);
    }

    #[test]
    fn a_day_is_over_when_it_has_ended() {
        for (due, expected) in [
            ("2026-11-28", vec![Attention::CalibrationOverdue]),
            ("2026-11-29", vec![Attention::CalibrationSoon]),
            ("2026-12-29", vec![Attention::CalibrationSoon]),
            ("2026-12-30", vec![]),
        ] {
            assert_eq!(
                Inventory { calibration_due: vec![day(due)], ..fine() }.attention(now()),
                expected,
                "{due}"
            );
        }
        let mixed = Inventory { expires_on: vec![day("2026-01-01"), day("2026-12-01")], ..fine() };
        assert_eq!(mixed.attention(now()), [Attention::SupplyExpired, Attention::SupplyExpiresSoon]);
    }

    #[test]
    fn the_box_is_looked_through_every_month() {
        let checked =
            |at: &str, complete| Inventory { last_check: Some((at.parse().unwrap(), complete)), ..fine() };
        assert_eq!(checked("2026-10-29T02:00:00Z", true).attention(now()), []);
        assert_eq!(checked("2026-10-28T02:00:00Z", true).attention(now()), [Attention::BoxCheckDue]);
        assert_eq!(checked("2026-11-28T02:00:00Z", false).attention(now()), [Attention::BoxCheckDue]);
        assert_eq!(Inventory { last_check: None, ..fine() }.attention(now()), [Attention::BoxCheckDue]);
        // The last of January has no counterpart in February.
        let end_of_january = checked("2027-01-31T02:00:00Z", true);
        let on =
            |text: &str| end_of_january.attention(text.parse().unwrap()).contains(&Attention::BoxCheckDue);
        assert!(!on("2027-02-28T02:00:00Z") && on("2027-03-01T02:00:00Z"));
    }

    #[test]
    fn a_silent_gateway_and_a_place_that_is_gone_are_told() {
        let silent = Inventory { gateways_heard_at: vec![now() - TimeDelta::hours(25)], ..fine() };
        assert_eq!(silent.attention(now()), [Attention::GatewaySilent]);
        assert_eq!(Inventory { is_on_map: false, ..fine() }.attention(now()), [Attention::NotOnMap]);
    }
}
