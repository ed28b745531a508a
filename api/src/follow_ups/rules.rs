//! Who is to be called today and why: rules without a database.
//!
//! Limits: 180/110 is severe (3 级), 140/90 high in an office or a hut, 135/85 at home (中国高血压防治指南 2024);
//! a person of 80 or more who lost 5 % of their weight or more within three months needs a look
//! (after WS/T 868-2025; the limit itself counts, as residents are told).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::follow_up::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::people::age::civil_day;
use crate::records::digest::{Digest, PressureDay};

/// For how long a very high pressure is a reason to call.
const VERY_HIGH_WITHIN: TimeDelta = TimeDelta::days(7);
/// Within which three days must be high.
const HIGH_DAYS_WITHIN: TimeDelta = TimeDelta::days(30);
const HIGH_DAYS: usize = 3;
/// Three months.
const WEIGHT_WITHIN: TimeDelta = TimeDelta::days(92);
/// From which age a loss of weight is a reason.
pub(super) const OLD_YEARS: i32 = 80;
/// A twentieth lost, or more.
const LOSS_DIVISOR: i64 = 20;

/// Why somebody is to be called, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = FollowUpReason)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// 180/110 or more within seven days.
    VeryHighPressure,
    /// Three days with a high pressure within thirty days.
    ThreeHighDays,
    /// 80 or older, and 5 % of the weight or more lost within three months.
    WeightLoss,
    /// The day that was agreed with the person has come.
    CallAgain,
    /// Nothing was measured for as many days as are asked for.
    NoReading,
}

impl Reason {
    /// What the officer is told.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::VeryHighPressure => {
                "7 天内血压达到或超过 180/110，请今天联系：询问有无不适，提醒休息后复测，仍高请及时就医；有胸痛、肢体无力等情况请拨打 120。"
            }
            Self::ThreeHighDays => "30 天内有 3 天以上血压偏高，请提醒到社区卫生服务中心复查。",
            Self::WeightLoss => {
                "80 岁以上，3 个月内体重下降达到或超过 5%，请了解饮食和身体情况，建议就医检查。"
            }
            Self::CallAgain => "约定的联系日期到了，请再次联系。",
            Self::NoReading => "较长时间没有测量记录，请提醒到健康小屋测量。",
        }
    }
}

/// What came of the last call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) outcome: Outcome,
    pub(super) called_at: DateTime<Utc>,
    pub(super) next_on: NaiveDate,
    /// Whether the day was agreed with the person.
    pub(super) agreed: bool,
}

/// What is known of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'d> {
    pub(super) digest: &'d Digest,
    pub(super) last_measured_at: Option<DateTime<Utc>>,
    /// Since when the person shares.
    pub(super) shares_since: DateTime<Utc>,
    /// Whether an alert waits that came after the last call.
    pub(super) has_alert: bool,
    pub(super) standing: Option<Standing>,
}

/// Whether somebody was spoken to.
pub(super) fn is_reached(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::WillMeasure | Outcome::SeesDoctor | Outcome::Advised | Outcome::Declined)
}

/// Whether there is nobody to call any more.
pub(super) fn is_gone(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::MovedAway | Outcome::Died)
}

/// On which day the next call is due where none was agreed.
pub(super) fn usual_next_day(outcome: Outcome, today: NaiveDate) -> NaiveDate {
    let days = match outcome {
        Outcome::NoAnswer => 1,
        Outcome::WrongNumber | Outcome::WillMeasure => 14,
        Outcome::SeesDoctor | Outcome::Advised => 30,
        Outcome::Declined => 90,
        Outcome::MovedAway | Outcome::Died => 365,
    };
    today + TimeDelta::days(days)
}

impl Known<'_> {
    /// Why the person is to be called today, the most urgent first. `is_old` is asked only where it matters:
    /// the date of birth is sealed.
    pub(super) fn reasons(
        &self,
        quiet_days: i64,
        now: DateTime<Utc>,
        is_old: impl FnOnce() -> bool,
    ) -> Vec<Reason> {
        if self.standing.is_some_and(|standing| is_gone(standing.outcome)) {
            return Vec::new();
        }
        let today = civil_day(now);
        let mut reasons = Vec::new();
        if self.has_alert || self.very_high_day(today).is_some_and(|day| !self.is_settled(day, today)) {
            reasons.push(Reason::VeryHighPressure);
        }
        if self.third_high_day(today).is_some_and(|day| !self.is_settled(day, today)) {
            reasons.push(Reason::ThreeHighDays);
        }
        if self.lost_weight_on(now).is_some_and(|day| !self.is_settled(day, today)) && is_old() {
            reasons.push(Reason::WeightLoss);
        }
        if self.standing.is_some_and(|standing| standing.agreed && standing.next_on <= today) {
            reasons.push(Reason::CallAgain);
        }
        if self.is_quiet(quiet_days, now) && self.standing.is_none_or(|standing| standing.next_on <= today) {
            reasons.push(Reason::NoReading);
        }
        reasons
    }

    /// Whether somebody was spoken to since that day, or the next try is not due yet.
    fn is_settled(&self, day: NaiveDate, today: NaiveDate) -> bool {
        self.standing.is_some_and(|standing| {
            day <= civil_day(standing.called_at) && (is_reached(standing.outcome) || today < standing.next_on)
        })
    }

    fn very_high_day(&self, today: NaiveDate) -> Option<NaiveDate> {
        let is_very_high = |day: &&PressureDay| day.systolic >= 180 || day.diastolic >= 110;
        let within = self.days_within(today, VERY_HIGH_WITHIN);
        within.filter(is_very_high).map(|day| day.day).max()
    }

    /// The newest of at least three days that were high.
    fn third_high_day(&self, today: NaiveDate) -> Option<NaiveDate> {
        let mut days: Vec<NaiveDate> =
            self.days_within(today, HIGH_DAYS_WITHIN).filter(|day| is_high(day)).map(|day| day.day).collect();
        days.sort_unstable();
        days.dedup();
        (days.len() >= HIGH_DAYS).then(|| days.last().copied()).flatten()
    }

    fn days_within(&self, today: NaiveDate, span: TimeDelta) -> impl Iterator<Item = &PressureDay> {
        let before = today - span;
        self.digest.pressure_days.iter().filter(move |day| day.day > before)
    }

    /// When the newest weight was measured, where it is 95 % of the heaviest within three months or less.
    fn lost_weight_on(&self, now: DateTime<Utc>) -> Option<NaiveDate> {
        let earliest = now - WEIGHT_WITHIN;
        let recent = self.digest.weights.iter().filter(|weight| weight.at >= earliest);
        let newest = recent.clone().max_by_key(|weight| weight.at)?;
        let heaviest = recent.map(|weight| weight.grams).max()?;
        let lost = heaviest.saturating_sub(newest.grams);
        (lost > 0 && lost.saturating_mul(LOSS_DIVISOR) >= heaviest).then(|| civil_day(newest.at))
    }

    fn is_quiet(&self, quiet_days: i64, now: DateTime<Utc>) -> bool {
        let since = self.last_measured_at.unwrap_or(self.shares_since);
        now - since >= TimeDelta::days(quiet_days)
    }
}

fn is_high(day: &PressureDay) -> bool {
    let (systolic, diastolic) = if day.at_home { (135, 85) } else { (140, 90) };
    day.systolic >= systolic || day.diastolic >= diastolic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::digest::Weight;

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn day(ago: i64, systolic: i64, diastolic: i64, at_home: bool) -> PressureDay {
        PressureDay { day: civil_day(now()) - TimeDelta::days(ago), systolic, diastolic, at_home }
    }

    fn weight(ago: i64, grams: i64) -> Weight {
        Weight { at: now() - TimeDelta::days(ago), grams }
    }

    fn told(
        days: &[PressureDay],
        weights: &[Weight],
        standing: Option<Standing>,
        is_old: bool,
    ) -> Vec<Reason> {
        let digest = Digest { pressure_days: days.to_vec(), weights: weights.to_vec(), ..Digest::default() };
        let known = Known {
            digest: &digest,
            last_measured_at: Some(now()),
            shares_since: now(),
            has_alert: false,
            standing,
        };
        known.reasons(30, now(), || is_old)
    }

    fn call(outcome: Outcome, ago: i64, next_in: i64) -> Standing {
        let next_on = civil_day(now()) + TimeDelta::days(next_in);
        Standing { outcome, called_at: now() - TimeDelta::days(ago), next_on, agreed: false }
    }

    #[test]
    fn a_very_high_pressure_is_a_reason_for_seven_days() {
        for (days, expected) in [
            (day(0, 180, 80, false), true),
            (day(0, 120, 110, true), true),
            (day(6, 181, 80, true), true),
            (day(7, 190, 80, false), false),
            (day(0, 179, 109, false), false),
        ] {
            let reasons = told(&[days], &[], None, false);
            assert_eq!(reasons.contains(&Reason::VeryHighPressure), expected, "{days:?}");
        }
    }

    #[test]
    fn three_days_must_be_high_by_the_limits_of_where_it_was_measured() {
        let high = |ago| day(ago, 140, 80, false);
        assert_eq!(told(&[high(1), high(5), high(29)], &[], None, false), [Reason::ThreeHighDays]);
        assert!(told(&[high(1), high(5), high(30)], &[], None, false).is_empty());
        let same_day = [high(1), day(1, 150, 80, true), high(2)];
        assert!(told(&same_day, &[], None, false).is_empty(), "one day at home and in the hut is one day");
        let at_home = |systolic, diastolic| day(systolic - 130, systolic, diastolic, true);
        assert_eq!(
            told(&[at_home(135, 70), at_home(136, 70), at_home(132, 85)], &[], None, false),
            [Reason::ThreeHighDays]
        );
        assert!(told(&[at_home(134, 84), at_home(133, 84), at_home(132, 84)], &[], None, false).is_empty());
    }

    #[test]
    fn a_loss_of_a_twentieth_counts_from_eighty_on() {
        let loss = |grams| [weight(1, grams), weight(80, 60_000)];
        assert_eq!(told(&[], &loss(57_000), None, true), [Reason::WeightLoss], "exactly 5 % is 5 %");
        assert!(told(&[], &loss(57_001), None, true).is_empty());
        assert!(told(&[], &loss(50_000), None, false).is_empty());
        assert!(told(&[], &[weight(1, 50_000), weight(93, 60_000)], None, true).is_empty());
        assert!(told(&[], &[weight(1, 60_000), weight(80, 50_000)], None, true).is_empty(), "a gain");
    }

    #[test]
    fn whoever_was_spoken_to_is_called_again_only_for_something_new() {
        let crisis = day(2, 190, 100, false);
        assert!(told(&[crisis], &[], Some(call(Outcome::Advised, 1, 29)), false).is_empty());
        assert!(told(&[crisis], &[], Some(call(Outcome::Advised, 2, 28)), false).is_empty());
        assert_eq!(
            told(&[crisis], &[], Some(call(Outcome::Advised, 3, 27)), false),
            [Reason::VeryHighPressure]
        );
        assert_eq!(
            told(&[crisis], &[], Some(call(Outcome::NoAnswer, 1, 0)), false),
            [Reason::VeryHighPressure]
        );
        assert!(
            told(&[crisis], &[], Some(call(Outcome::NoAnswer, 0, 1)), false).is_empty(),
            "tomorrow again"
        );
        assert!(told(&[crisis], &[], Some(call(Outcome::Died, 9, -1)), false).is_empty());
    }

    #[test]
    fn an_agreed_day_and_a_long_silence_are_reasons() {
        let digest = Digest::default();
        let known = |measured_ago: Option<i64>, shares_ago: i64, standing| Known {
            digest: &digest,
            last_measured_at: measured_ago.map(|ago| now() - TimeDelta::days(ago)),
            shares_since: now() - TimeDelta::days(shares_ago),
            has_alert: false,
            standing,
        };
        let told = |known: Known<'_>| known.reasons(30, now(), || false);
        assert_eq!(told(known(Some(30), 400, None)), [Reason::NoReading]);
        assert!(told(known(Some(29), 400, None)).is_empty());
        assert_eq!(told(known(None, 30, None)), [Reason::NoReading]);
        assert!(told(known(None, 29, None)).is_empty(), "who began to share lately has time");
        assert!(told(known(Some(60), 400, Some(call(Outcome::WillMeasure, 5, 9)))).is_empty());
        assert_eq!(told(known(Some(60), 400, Some(call(Outcome::WillMeasure, 14, 0)))), [Reason::NoReading]);
        let agreed = Some(Standing { agreed: true, ..call(Outcome::Advised, 5, 0) });
        assert_eq!(told(known(Some(1), 400, agreed)), [Reason::CallAgain]);
    }

    #[test]
    fn an_alert_after_the_call_is_a_reason_on_the_same_day() {
        let digest = Digest::default();
        let standing = Some(call(Outcome::Advised, 0, 30));
        let known = Known {
            digest: &digest,
            last_measured_at: Some(now()),
            shares_since: now(),
            has_alert: true,
            standing,
        };
        assert_eq!(known.reasons(30, now(), || false), [Reason::VeryHighPressure]);
    }
}
