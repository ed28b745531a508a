//! Bands as the database holds them, found by who was measured, where and when.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::NaiveDate;
use entity::person::Sex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::exact::Exact;
use super::finding::{About, Level};

/// A standard or guideline in one edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standard {
    /// Stable id, such as `ws_t_586_2018`.
    pub id: String,
    /// Its number, or the name of a guideline; the same in all editions.
    pub code: String,
    /// The edition.
    pub edition: String,
    /// Its title in Chinese.
    pub title: String,
    /// First day on which measurements are judged by it.
    pub valid_from: NaiveDate,
    /// Last day, where it was withdrawn without a successor.
    pub valid_to: Option<NaiveDate>,
    /// Of several standards for the same measurement only those with the highest precedence count: what is made
    /// for elders goes before what is made for all adults.
    pub precedence: i32,
}

impl Standard {
    fn covers(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// What a band is compared with, in the unit of its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// mmHg.
    Systolic,
    /// mmHg.
    Diastolic,
    /// Beats a minute.
    HeartRate,
    /// Breaths a minute.
    Respiration,
    /// 0.01 ℃.
    Temperature,
    /// 0.01 kg/m².
    Bmi,
    /// Millimetres.
    Waist,
    /// 0.01 mmol/L.
    Glucose,
    /// 0.01 %.
    Hba1c,
    /// 0.01 mmol/L.
    TotalCholesterol,
    /// 0.01 mmol/L.
    Triglycerides,
    /// 0.01 mmol/L.
    LdlCholesterol,
    /// 0.01 mmol/L.
    HdlCholesterol,
    /// 0.01 mmol/L.
    NonHdlCholesterol,
    /// Grams.
    WeightForAge,
    /// Millimetres.
    HeightForAge,
    /// Grams gained up to the end of week 13.
    PregnancyGainFirst,
    /// Grams a week from week 14 on.
    PregnancyGainWeekly,
    /// Grams gained in all.
    PregnancyGainTotal,
    /// 0.01 %.
    OxygenSaturation,
    /// µmol/L.
    UricAcid,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Systolic,
        Self::Diastolic,
        Self::HeartRate,
        Self::Respiration,
        Self::Temperature,
        Self::Bmi,
        Self::Waist,
        Self::Glucose,
        Self::Hba1c,
        Self::TotalCholesterol,
        Self::Triglycerides,
        Self::LdlCholesterol,
        Self::HdlCholesterol,
        Self::NonHdlCholesterol,
        Self::WeightForAge,
        Self::HeightForAge,
        Self::PregnancyGainFirst,
        Self::PregnancyGainWeekly,
        Self::PregnancyGainTotal,
        Self::OxygenSaturation,
        Self::UricAcid,
    ];

    /// As the database names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systolic => "systolic",
            Self::Diastolic => "diastolic",
            Self::HeartRate => "heart_rate",
            Self::Respiration => "respiration",
            Self::Temperature => "temperature",
            Self::Bmi => "bmi",
            Self::Waist => "waist",
            Self::Glucose => "glucose",
            Self::Hba1c => "hba1c",
            Self::TotalCholesterol => "total_cholesterol",
            Self::Triglycerides => "triglycerides",
            Self::LdlCholesterol => "ldl_cholesterol",
            Self::HdlCholesterol => "hdl_cholesterol",
            Self::NonHdlCholesterol => "non_hdl_cholesterol",
            Self::WeightForAge => "weight_for_age",
            Self::HeightForAge => "height_for_age",
            Self::PregnancyGainFirst => "pregnancy_gain_first",
            Self::PregnancyGainWeekly => "pregnancy_gain_weekly",
            Self::PregnancyGainTotal => "pregnancy_gain_total",
            Self::OxygenSaturation => "oxygen_saturation",
            Self::UricAcid => "uric_acid",
        }
    }

    /// Reads what the database holds; `None` for a word of a later version.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.as_str() == word)
    }

    /// What a finding from it is about.
    pub fn about(self) -> About {
        match self {
            Self::Systolic | Self::Diastolic => About::BloodPressure,
            Self::HeartRate => About::HeartRate,
            Self::Respiration => About::Respiration,
            Self::Temperature => About::Temperature,
            Self::Bmi => About::Bmi,
            Self::Waist => About::Waist,
            Self::Glucose => About::Glucose,
            Self::Hba1c => About::Hba1c,
            Self::TotalCholesterol => About::TotalCholesterol,
            Self::Triglycerides => About::Triglycerides,
            Self::LdlCholesterol => About::LdlCholesterol,
            Self::HdlCholesterol => About::HdlCholesterol,
            Self::NonHdlCholesterol => About::NonHdlCholesterol,
            Self::WeightForAge => About::WeightForAge,
            Self::HeightForAge => About::HeightForAge,
            Self::PregnancyGainFirst | Self::PregnancyGainTotal => About::PregnancyGain,
            Self::PregnancyGainWeekly => About::PregnancyWeeklyGain,
            Self::OxygenSaturation => About::OxygenSaturation,
            Self::UricAcid => About::UricAcid,
        }
    }
}

/// What a band is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Says what a value is.
    Band,
    /// What somebody in treatment aims at.
    Target,
}

/// From where to where a band reaches, in the unit of its quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Lower limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<i64>,
    /// Whether the lower limit itself is within.
    pub lower_included: bool,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<i64>,
    /// Whether the upper limit itself is within.
    pub upper_included: bool,
}

impl Limits {
    pub(super) fn hold(&self, value: Exact) -> bool {
        let above = self.lower.is_none_or(|limit| match value.compare(limit) {
            Ordering::Greater => true,
            Ordering::Equal => self.lower_included,
            Ordering::Less => false,
        });
        let below = self.upper.is_none_or(|limit| match value.compare(limit) {
            Ordering::Less => true,
            Ordering::Equal => self.upper_included,
            Ordering::Greater => false,
        });
        above && below
    }
}

/// One band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Place of its standard in [`Bands`].
    pub standard: usize,
    /// What is compared.
    pub quantity: Quantity,
    /// What it is for.
    pub purpose: Purpose,
    /// Word of the setting or meal, where it depends on that.
    pub context: Option<String>,
    /// Sex, where it depends on that.
    pub sex: Option<Sex>,
    /// First completed month of age.
    pub age_from_months: i32,
    /// First completed month of age that is too old.
    pub age_to_months: Option<i32>,
    /// A second quantity decides which band it is (height for a child's blood pressure in mm, body mass index before
    /// a pregnancy in 0.01 kg/m²): from here, included.
    pub key_from: Option<i64>,
    /// To here, not included.
    pub key_to: Option<i64>,
    /// Its limits.
    pub limits: Limits,
    /// Stable word.
    pub code: String,
    /// How much it matters.
    pub level: Level,
    /// Of several bands that hold a value the one with the highest rank is told.
    pub rank: i32,
}

/// What decides which bands are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'q> {
    pub(super) purpose: Purpose,
    pub(super) context: Option<&'q str>,
    pub(super) sex: Sex,
    pub(super) age_months: Option<i32>,
    pub(super) key: Option<Exact>,
    pub(super) day: NaiveDate,
}

impl Band {
    fn is_for(&self, query: &Query<'_>) -> bool {
        let of_age = match query.age_months {
            Some(age) => self.age_from_months <= age && self.age_to_months.is_none_or(|end| age < end),
            // Only what holds at any age holds at an unknown one.
            None => self.age_from_months == 0 && self.age_to_months.is_none(),
        };
        of_age
            && self.purpose == query.purpose
            && self.context.as_deref().is_none_or(|word| query.context == Some(word))
            && self.sex.is_none_or(|sex| sex == query.sex)
            && self.is_for_key(query.key)
    }

    fn is_for_key(&self, key: Option<Exact>) -> bool {
        if self.key_from.is_none() && self.key_to.is_none() {
            return true;
        }
        let Some(key) = key else {
            return false;
        };
        self.key_from.is_none_or(|from| key.compare(from) != Ordering::Less)
            && self.key_to.is_none_or(|to| key.compare(to) == Ordering::Less)
    }
}

/// All standards and their bands.
#[derive(Clone, Debug, Default)]
pub struct Bands {
    standards: Vec<Standard>,
    by_quantity: HashMap<Quantity, Vec<Band>>,
}

impl Bands {
    /// Puts them together.
    pub fn new(standards: Vec<Standard>, bands: impl IntoIterator<Item = Band>) -> Self {
        let mut by_quantity: HashMap<Quantity, Vec<Band>> = HashMap::new();
        for band in bands {
            by_quantity.entry(band.quantity).or_default().push(band);
        }
        Self { standards, by_quantity }
    }

    /// All standards, in the order of their ids.
    pub fn standards(&self) -> &[Standard] {
        &self.standards
    }

    /// All bands of a quantity.
    pub fn all(&self, quantity: Quantity) -> &[Band] {
        self.by_quantity.get(&quantity).map_or(&[], Vec::as_slice)
    }

    /// The standard of a band.
    pub fn standard(&self, band: &Band) -> Option<&Standard> {
        self.standards.get(band.standard)
    }

    /// The title of a standard, where it is known here.
    pub(super) fn title(&self, code: &str, edition: &str) -> Option<&str> {
        let of = self.standards.iter().find(|standard| standard.code == code && standard.edition == edition);
        of.map(|standard| standard.title.as_str())
    }

    /// The bands that count for somebody on a day: those in force then, of each standard only the newest edition,
    /// and of those only the ones with the highest precedence.
    pub(super) fn applying<'b>(&'b self, quantity: Quantity, query: &Query<'_>) -> Vec<&'b Band> {
        let mut found: Vec<(&Standard, &Band)> = self
            .all(quantity)
            .iter()
            .filter(|band| band.is_for(query))
            .filter_map(|band| Some((self.standard(band)?, band)))
            .filter(|(standard, _)| standard.covers(query.day))
            .collect();
        let newest = |of: &Standard| {
            self.standards
                .iter()
                .filter(|other| other.code == of.code && other.covers(query.day))
                .all(|other| other.valid_from <= of.valid_from)
        };
        found.retain(|(standard, _)| newest(standard));
        let highest = found.iter().map(|(standard, _)| standard.precedence).max();
        found.retain(|(standard, _)| Some(standard.precedence) == highest);
        found.into_iter().map(|(_, band)| band).collect()
    }
}
