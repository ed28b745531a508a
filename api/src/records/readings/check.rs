//! Whether something can be a reading, and whether it is so rare that it is asked again. No database.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};

use super::cell::Part;
use super::intake::NewReading;
use crate::assessment::body_mass_index;
use crate::people::age::{civil_day, full_years};
use crate::records::metrics::{Catalogue, Decimal, Metric};

/// How far a phone's clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Nobody's readings are older.
const EARLIEST: (i32, u32, u32) = (1950, 1, 1);
/// Systolic minus diastolic, in mmHg; outside it is asked again.
const USUAL_PULSE_PRESSURE: std::ops::RangeInclusive<i64> = 15..=120;
/// A weight that changed by more than a tenth within [`WEIGHT_SPAN`] is asked again.
const WEIGHT_CHANGE_DIVISOR: i64 = 10;
/// How far back the weight before counts.
pub(super) const WEIGHT_SPAN: TimeDelta = TimeDelta::days(30);
/// Adults do not grow: 2 cm in mm.
const HEIGHT_CHANGE_MM: i64 = 20;
const ADULT_YEARS: i32 = 18;
/// Up to which full year of age which weights, in grams, are usual.
const USUAL_WEIGHTS_G: [(i32, std::ops::RangeInclusive<i64>); 4] =
    [(2, 2_000..=25_000), (6, 8_000..=50_000), (17, 12_000..=130_000), (i32::MAX, 30_000..=200_000)];

/// Why something lies in quarantine only until it is confirmed, as the database names it.
pub(super) const UNCONFIRMED: &str = "unconfirmed";

/// Why something cannot be a reading, or is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is no such metric.
    UnknownMetric,
    /// The metric is computed, never entered.
    Derived,
    /// A number is missing.
    MissingValue,
    /// The metric has no such number.
    UnknownValue,
    /// The number is not known in this unit.
    UnknownUnit,
    /// It is no number of a sensible length.
    BadNumber,
    /// No body has such a value.
    OutOfRange,
    /// The lower pressure is not below the upper one.
    PressuresSwapped,
    /// It was measured in the future.
    InFuture,
    /// It was measured before the person was born, or too long ago.
    TooEarly,
    /// No body has this weight at this height.
    BodyMass,
    /// It is rare, was asked about, and nobody has confirmed it yet.
    Unconfirmed,
}

/// Why something is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The value is rare.
    Unusual,
    /// The two pressures are unusually near or far.
    PulsePressure,
    /// The weight is far from the one before.
    WeightChanged,
    /// The height of an adult differs from the one before.
    HeightChanged,
    /// Weight and height hardly fit together.
    BodyMass,
}

/// What is known of whoever is measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    pub(super) birth_date: Option<NaiveDate>,
    /// The last weight within [`WEIGHT_SPAN`] before, in grams.
    pub(super) last_weight: Option<i64>,
    /// The last height before, in mm.
    pub(super) last_height: Option<i64>,
    /// The height that a weight is judged by, in mm.
    pub(super) height_mm: Option<i64>,
}

impl Reason {
    /// As the database and the interface name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownMetric => "unknown_metric",
            Self::Derived => "derived_metric",
            Self::MissingValue => "missing_value",
            Self::UnknownValue => "unknown_value",
            Self::UnknownUnit => "unknown_unit",
            Self::BadNumber => "bad_number",
            Self::OutOfRange => "out_of_range",
            Self::PressuresSwapped => "pressures_swapped",
            Self::InFuture => "in_future",
            Self::TooEarly => "too_early",
            Self::BodyMass => "bmi_out_of_range",
            Self::Unconfirmed => UNCONFIRMED,
        }
    }

    /// What the resident is told.
    pub fn text(self) -> &'static str {
        match self {
            Self::UnknownMetric => "这个项目目前不能记录，请更新小程序后再试。",
            Self::Derived => "这个数值由系统自动算出，不需要填写，请记录身高和体重。",
            Self::MissingValue => "数值没有填全，请补充后重新记录。",
            Self::UnknownValue => "填写的数值不属于这个项目，请检查后重新记录。",
            Self::UnknownUnit => "单位不正确，请重新选择单位。",
            Self::BadNumber => "数值不是正确的数字，请检查后重新填写。",
            Self::OutOfRange => "数值超出了人体可能的范围，请检查有没有多按或少按一位，再重新测量。",
            Self::PressuresSwapped => "高压应当大于低压，请检查两个数值有没有填反。",
            Self::InFuture => "测量时间比现在还晚，请检查手机或设备的时间。",
            Self::TooEarly => "测量时间太早，请检查日期。",
            Self::BodyMass => {
                "体重和身高对不上，没有人是这样的体重和身高。请核对这次的数值；如果档案里的另一项记错了，请先更正它。"
            }
            Self::Unconfirmed => "这个数值少见，还没有确认。请再测一次；确认没有填错，请点“确认保存”。",
        }
    }
}

impl Doubt {
    /// As the interface names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unusual => "unusual_value",
            Self::PulsePressure => "unusual_pulse_pressure",
            Self::WeightChanged => "weight_changed",
            Self::HeightChanged => "height_changed",
            Self::BodyMass => "unusual_bmi",
        }
    }

    /// What the resident is asked.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unusual => {
                "这个数值很少见，请再测一次；确认没有填错，请点“确认保存”。如果感觉不舒服，请马上就医。"
            }
            Self::PulsePressure => "高压和低压的差少见，请再测一次；确认没有填错，请点“确认保存”。",
            Self::WeightChanged => "体重和最近一次相差较大，请确认测量的是本人；没有填错请点“确认保存”。",
            Self::HeightChanged => "身高和上一次不一样，请确认测量的是本人；没有填错请点“确认保存”。",
            Self::BodyMass => {
                "体重和身高放在一起很少见，请核对这次的数值和档案里最近的体重、身高；没有填错请点“确认保存”。"
            }
        }
    }
}

/// What a reading says, in canonical steps, with what is doubtful about it.
pub(super) struct Checked {
    pub(super) parts: Vec<Part>,
    pub(super) doubt: Option<Doubt>,
}

/// Checks a reading.
///
/// # Errors
/// Why it cannot be one.
pub(super) fn check(
    catalogue: &Catalogue,
    reading: &NewReading,
    subject: &Subject,
    now: DateTime<Utc>,
) -> Result<Checked, Reason> {
    let metric = catalogue.metric(&reading.metric).ok_or(Reason::UnknownMetric)?;
    if metric.derived {
        return Err(Reason::Derived);
    }
    check_time(reading.measured_at, subject.birth_date, now)?;
    let parts = parts_of(metric, reading)?;
    let steps = |code: &str| parts.iter().find(|part| part.0 == code).map(|part| part.1);
    let mut doubt = None;
    if let (Some(systolic), Some(diastolic)) = (steps("systolic"), steps("diastolic")) {
        if diastolic >= systolic {
            return Err(Reason::PressuresSwapped);
        }
        if !USUAL_PULSE_PRESSURE.contains(&(systolic - diastolic)) {
            doubt = Some(Doubt::PulsePressure);
        }
    }
    let is_unusual = |part: &Part| metric.component(&part.0).is_some_and(|known| known.is_unusual(part.1));
    if parts.iter().any(is_unusual) {
        doubt = Some(Doubt::Unusual);
    }
    let body_mass = body_mass(metric.code.as_str(), steps("value"), subject);
    let fit = body_mass.map_or(Fit::Usual, |(weight_g, height_mm)| fit(catalogue, weight_g, height_mm));
    if fit == Fit::Impossible {
        return Err(Reason::BodyMass);
    }
    let age = subject.birth_date.map(|born| full_years(born, civil_day(reading.measured_at.to_utc())));
    doubt = doubt.or_else(|| match (metric.code.as_str(), steps("value")) {
        ("weight", Some(grams)) => doubt_of_weight(grams, age, subject.last_weight),
        ("height", Some(mm)) => doubt_of_height(mm, age, subject.last_height),
        _ => None,
    });
    doubt = doubt.or((fit == Fit::Rare).then_some(Doubt::BodyMass));
    Ok(Checked { parts, doubt })
}

/// How a weight and a height fit together, by the ranges of the body mass index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Somebody may well be so.
    Usual,
    /// Asked again.
    Rare,
    /// Nobody is so.
    Impossible,
}

/// How a weight in grams and a height in millimetres fit together.
pub(super) fn fit(catalogue: &Catalogue, weight_g: i64, height_mm: i64) -> Fit {
    let ranges = catalogue.metric("bmi").and_then(|metric| metric.component("value"));
    let Some((bmi, ranges)) = body_mass_index(weight_g, height_mm).zip(ranges) else {
        return Fit::Usual;
    };
    if !ranges.is_possible(bmi) {
        Fit::Impossible
    } else if ranges.is_unusual(bmi) {
        Fit::Rare
    } else {
        Fit::Usual
    }
}

/// The weight and the height that a reading brings together.
fn body_mass(metric: &str, value: Option<i64>, subject: &Subject) -> Option<(i64, i64)> {
    match metric {
        "weight" => Some((value?, subject.height_mm?)),
        "height" => Some((subject.last_weight?, value?)),
        _ => None,
    }
}

fn check_time(
    measured_at: DateTime<FixedOffset>,
    birth_date: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<(), Reason> {
    if measured_at.to_utc() > now + AHEAD {
        return Err(Reason::InFuture);
    }
    let day = civil_day(measured_at.to_utc());
    let earliest = NaiveDate::from_ymd_opt(EARLIEST.0, EARLIEST.1, EARLIEST.2);
    let is_before = |limit: Option<NaiveDate>| limit.is_some_and(|limit| day < limit);
    if is_before(earliest) || is_before(birth_date) { Err(Reason::TooEarly) } else { Ok(()) }
}

/// The numbers of a reading in the order of the catalogue.
fn parts_of(metric: &Metric, reading: &NewReading) -> Result<Vec<Part>, Reason> {
    if reading.values.keys().any(|code| metric.component(code).is_none()) {
        return Err(Reason::UnknownValue);
    }
    let mut parts = Vec::with_capacity(metric.components.len());
    for component in &metric.components {
        let Some(given) = reading.values.get(&component.code) else {
            if component.required {
                return Err(Reason::MissingValue);
            }
            continue;
        };
        let unit = component.unit(given.unit.as_deref()).ok_or(Reason::UnknownUnit)?;
        let value = Decimal::parse(&given.value).ok_or(Reason::BadNumber)?;
        let steps = unit.steps(value).filter(|steps| component.is_possible(*steps));
        let steps = steps.ok_or(Reason::OutOfRange)?;
        parts.push(Part(component.code.clone(), steps, given.value.clone(), unit.code.clone()));
    }
    Ok(parts)
}

fn doubt_of_weight(grams: i64, age: Option<i32>, last: Option<i64>) -> Option<Doubt> {
    let usual = USUAL_WEIGHTS_G.iter().find(|(up_to, _)| age.unwrap_or(i32::MAX) <= *up_to);
    if usual.is_some_and(|(_, usual)| !usual.contains(&grams)) {
        return Some(Doubt::Unusual);
    }
    let has_jumped = |last: i64| (grams - last).abs() * WEIGHT_CHANGE_DIVISOR > last;
    last.filter(|last| has_jumped(*last)).map(|_| Doubt::WeightChanged)
}

fn doubt_of_height(mm: i64, age: Option<i32>, last: Option<i64>) -> Option<Doubt> {
    let is_adult = age.is_none_or(|age| age >= ADULT_YEARS);
    let differs = last.is_some_and(|last| (mm - last).abs() > HEIGHT_CHANGE_MM);
    (is_adult && differs).then_some(Doubt::HeightChanged)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::records::readings::Context;
    use crate::records::readings::intake::{Clock, Given};

    fn now() -> DateTime<Utc> {
        "2026-11-25T02:00:00Z".parse().unwrap()
    }

    fn reading(metric: &str, values: &[(&str, String)]) -> NewReading {
        let given =
            |(code, value): &(&str, String)| ((*code).to_owned(), Given { value: value.clone(), unit: None });
        NewReading {
            uid: Uuid::nil(),
            metric: metric.to_owned(),
            values: values.iter().map(given).collect::<BTreeMap<_, _>>(),
            measured_at: now().fixed_offset(),
            clock: Clock::Told,
            context: Context::default(),
            device_id: None,
            confirmed: false,
            replaces: None,
        }
    }

    fn weighed(grams: i64, subject: &Subject) -> Option<Doubt> {
        let (whole, rest) = (grams / 1_000, grams % 1_000);
        let reading = reading("weight", &[("value", format!("{whole}.{rest:03}"))]);
        check(&Catalogue::of_two(), &reading, subject, now()).ok().and_then(|checked| checked.doubt)
    }

    #[test]
    fn a_weight_is_usual_for_its_age() {
        let aged = |years: i32| Subject {
            birth_date: NaiveDate::from_ymd_opt(2026 - years, 1, 1),
            ..Subject::default()
        };
        for (grams, years, doubt) in [
            (12_000, 1, None),
            (30_000, 1, Some(Doubt::Unusual)),
            (7_000, 5, Some(Doubt::Unusual)),
            (45_000, 12, None),
            (29_000, 40, Some(Doubt::Unusual)),
            (201_000, 40, Some(Doubt::Unusual)),
            (85_000, 40, None),
        ] {
            assert_eq!(weighed(grams, &aged(years)), doubt, "{grams} g at {years}");
        }
    }

    proptest! {
        #[test]
        fn a_pressure_is_one_where_it_can_be_and_in_the_right_order(
            systolic in 0_i64..400,
            diastolic in 0_i64..400,
        ) {
            let values = [("systolic", systolic.to_string()), ("diastolic", diastolic.to_string())];
            let checked =
                check(&Catalogue::of_two(), &reading("blood_pressure", &values), &Subject::default(), now());
            let possible = (50..=300).contains(&systolic) && (30..=200).contains(&diastolic);
            match checked {
                Err(Reason::OutOfRange) => prop_assert!(!possible),
                Err(Reason::PressuresSwapped) => prop_assert!(possible && diastolic >= systolic),
                Err(other) => prop_assert!(false, "{:?}", other),
                Ok(checked) => {
                    prop_assert!(possible && diastolic < systolic);
                    let steps: Vec<i64> = checked.parts.iter().map(|part| part.1).collect();
                    prop_assert_eq!(steps, vec![systolic, diastolic]);
                    let is_usual = (70..=250).contains(&systolic)
                        && (40..=150).contains(&diastolic)
                        && (15..=120).contains(&(systolic - diastolic));
                    prop_assert_eq!(checked.doubt.is_none(), is_usual);
                }
            }
        }

        #[test]
        fn a_weight_that_jumps_by_more_than_a_tenth_is_asked_again(
            last in 40_000_i64..180_000,
            now in 40_000_i64..180_000,
        ) {
            let doubt = weighed(now, &Subject { last_weight: Some(last), ..Subject::default() });
            let jumped = (now - last).abs() * 10 > last;
            prop_assert_eq!(doubt, jumped.then_some(Doubt::WeightChanged));
        }
    }
}
