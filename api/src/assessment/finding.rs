//! What was found, as it is kept with a reading, and as it is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::band::Limits;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Systolic and diastolic pressure together.
    BloodPressure,
    /// Heart beats at rest.
    HeartRate,
    /// Breaths at rest.
    Respiration,
    /// Body temperature.
    Temperature,
    /// Body mass index.
    Bmi,
    /// Waist.
    Waist,
    /// Glucose.
    Glucose,
    /// `HbA1c`.
    Hba1c,
    /// Total cholesterol.
    TotalCholesterol,
    /// Triglycerides.
    Triglycerides,
    /// LDL cholesterol.
    LdlCholesterol,
    /// HDL cholesterol.
    HdlCholesterol,
    /// Total without HDL cholesterol.
    NonHdlCholesterol,
    /// Weight of a child under seven.
    WeightForAge,
    /// Length or height of a child under seven.
    HeightForAge,
    /// Weight gained in a pregnancy so far.
    PregnancyGain,
    /// Weight gained by the week in the second and third trimester.
    PregnancyWeeklyGain,
    /// Oxygen saturation at the finger.
    OxygenSaturation,
    /// Uric acid.
    UricAcid,
}

/// How much it matters; decides colour and order, from little to much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As usual.
    Usual,
    /// Worth attention.
    Attention,
    /// Should be looked at by a doctor.
    High,
    /// Measure again at once, then seek care.
    Urgent,
}

/// A form of raised blood pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Only the systolic pressure is raised.
    IsolatedSystolic,
    /// Only the diastolic pressure is raised.
    IsolatedDiastolic,
}

/// What a value was found to be. Kept with the reading: it never changes when a new edition arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// What it is about.
    pub about: About,
    /// Stable word for the band, such as `grade_1` or `overweight`.
    pub code: String,
    /// How much it matters.
    pub level: Level,
    /// Only the systolic or only the diastolic pressure is raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// A value that was computed (body mass index, non-HDL, gain), rounded to its canonical unit to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The limits that it was compared with, unrounded, in the canonical unit.
    pub limits: Limits,
    /// Number of the standard, such as `WS/T 586`.
    pub standard: String,
    /// Edition of the standard, such as `2018`.
    pub edition: String,
    /// Completed months of age on the day of the measurement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_months: Option<i32>,
    /// Whether the band was made for another kind of measurement, so that it only gives a hint.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reference_only: bool,
    /// Whether a pregnancy was told.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pregnant: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A finding as it is told, in plain Chinese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// What it is about, such as 血压.
    pub title: &'static str,
    /// The band in a few characters, such as 偏高.
    pub label: String,
    /// What it means.
    pub meaning: String,
    /// What to do next.
    pub advice: String,
    /// The limits that were compared with.
    pub rule: String,
    /// Standard and edition.
    pub source: String,
}
