//! What was measured, and under which circumstances.

use chrono::NaiveDate;

/// Values of one moment in canonical whole numbers. What was not measured stays `None`.
///
/// A weight is judged with a height, and so is the blood pressure of children: one that was measured another day
/// is told as [`Measured::known_height_mm`], since a height is judged only at the age at which it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Systolic pressure, mmHg.
    pub systolic_mmhg: Option<i64>,
    /// Diastolic pressure, mmHg.
    pub diastolic_mmhg: Option<i64>,
    /// Heart beats a minute at rest.
    pub heart_rate_per_min: Option<i64>,
    /// Breaths a minute at rest.
    pub breaths_per_min: Option<i64>,
    /// Axillary temperature, 0.01 ℃.
    pub temperature_centi_celsius: Option<i64>,
    /// Weight, grams.
    pub weight_g: Option<i64>,
    /// Height or length, millimetres.
    pub height_mm: Option<i64>,
    /// Waist, millimetres.
    pub waist_mm: Option<i64>,
    /// Glucose, 0.01 mmol/L.
    pub glucose_centi_mmol: Option<i64>,
    /// `HbA1c`, 0.01 %.
    pub hba1c_centi_percent: Option<i64>,
    /// Total cholesterol, 0.01 mmol/L.
    pub total_cholesterol_centi_mmol: Option<i64>,
    /// Triglycerides, 0.01 mmol/L.
    pub triglycerides_centi_mmol: Option<i64>,
    /// LDL cholesterol, 0.01 mmol/L.
    pub ldl_centi_mmol: Option<i64>,
    /// HDL cholesterol, 0.01 mmol/L.
    pub hdl_centi_mmol: Option<i64>,
    /// Oxygen saturation at the finger, 0.01 %.
    pub oxygen_saturation_centi_percent: Option<i64>,
    /// Uric acid, µmol/L.
    pub uric_acid_micromol: Option<i64>,
}

/// Where blood pressure was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// By staff, at a clinic or at a visit.
    Office,
    /// At a hut; judged as in an office.
    Hut,
    /// At home, by oneself.
    Home,
}

impl Setting {
    /// The word of its bands.
    pub(super) fn band_word(self) -> &'static str {
        match self {
            Self::Office | Self::Hut => "office",
            Self::Home => "home",
        }
    }
}

/// When somebody had eaten before glucose was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meal {
    /// Nothing for at least 8 hours.
    Fasting,
    /// Two hours after a meal.
    AfterMeal,
    /// At any time, or not told.
    Random,
}

impl Meal {
    pub(super) fn band_word(self) -> &'static str {
        match self {
            Self::Fasting => "fasting",
            Self::AfterMeal => "after_meal",
            Self::Random => "random",
        }
    }
}

/// What glucose was measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Specimen {
    /// Finger-stick: every finding is for reference only.
    Capillary,
    /// Venous plasma, by a laboratory; what the bands are made for.
    VenousPlasma,
}

/// How a child was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stature {
    /// Lying: length.
    Lying,
    /// Standing: height.
    Standing,
}

/// Values with their circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Civil day of the measurement, where it took place.
    pub day: NaiveDate,
    /// What was measured.
    pub values: Values,
    /// Where blood pressure was taken.
    pub setting: Setting,
    /// When glucose was taken.
    pub meal: Meal,
    /// What glucose was measured in.
    pub specimen: Specimen,
    /// How a child's height was taken; `None` counts as what the age asks for.
    pub stature: Option<Stature>,
    /// A height that was measured another time, millimetres. It decides which bands hold for what was measured and
    /// is not judged itself.
    pub known_height_mm: Option<i64>,
}

impl Measured {
    /// Values of a day under the most careful reading of what was not told: in an office, at any time of the day,
    /// from a finger.
    pub fn on(day: NaiveDate, values: Values) -> Self {
        Self {
            day,
            values,
            setting: Setting::Office,
            meal: Meal::Random,
            specimen: Specimen::Capillary,
            stature: None,
            known_height_mm: None,
        }
    }
}
