//! What a reading means by the standards of its day, found once and kept with it.

use chrono::NaiveDate;
use entity::measurement::Source;
use entity::person;
use sea_orm::DatabaseTransaction;

use super::cell::Content;
use super::context::{Meal, Posture};
use super::past::{Earlier, Moment, Past};
use crate::assessment::{self, Bands, Finding, Measured, Setting, Specimen, Stature, Values};
use crate::error::ApiResult;
use crate::people::age::full_years;
use crate::people::profile;
use crate::records::pregnancy::{self, Told};
use crate::state::AppState;

const ADULT_YEARS: i32 = 18;
/// A child's height is good for so long before and after; an adult's for good.
const HEIGHT_SPAN_DAYS: i64 = 120;

/// What is judged, beside its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged<'r> {
    pub(super) metric: &'r str,
    pub(super) moment: Moment,
    pub(super) source: Source,
}

/// Whom a reading is judged for.
#[derive(Clone, Debug)]
pub(super) struct Judge<'b> {
    pub(super) bands: &'b Bands,
    pub(super) sex: person::Sex,
    pub(super) birth_date: Option<NaiveDate>,
    /// The latest pregnancy that was told.
    pub(super) pregnancy: Option<Told>,
}

impl<'b> Judge<'b> {
    /// Learns what matters of a person.
    pub(super) async fn of(
        state: &AppState,
        transaction: &DatabaseTransaction,
        person: &person::Model,
        bands: &'b Bands,
    ) -> ApiResult<Self> {
        let birth_date = profile::birth_date(transaction, &state.vault, person).await?;
        let pregnancy = match person.sex {
            person::Sex::Male => None,
            _ => pregnancy::of_person(state, transaction, person.id).await?,
        };
        Ok(Self { bands, sex: person.sex, birth_date, pregnancy })
    }

    /// Whether the blood pressure of the person is judged by height, too.
    pub(super) fn is_minor_on(&self, day: NaiveDate) -> bool {
        self.birth_date.is_some_and(|born| full_years(born, day) < ADULT_YEARS)
    }

    /// Whether a reading means something else, or anything at all, once a height is known.
    pub(super) fn needs_height(&self, metric: &str, moment: Moment) -> bool {
        metric == "weight" || (metric == "blood_pressure" && self.is_minor_on(moment.day()))
    }

    /// The height by which something that was measured then is judged.
    pub(super) fn height(&self, moment: Moment, past: &Past) -> Option<Earlier> {
        let day = moment.day();
        let is_near = |at: NaiveDate| (day - at).num_days().abs() <= HEIGHT_SPAN_DAYS;
        past.height(moment).filter(|height| !self.is_minor_on(day) || is_near(height.at.date_naive()))
    }

    /// What a reading is found to be; nothing where no standard speaks of it.
    pub(super) fn findings(&self, judged: Judged<'_>, content: &Content, past: &Past) -> Vec<Finding> {
        let Judged { metric, moment, source } = judged;
        let values = values_of(metric, content);
        if values == Values::default() {
            return Vec::new();
        }
        let height = self.height(moment, past).filter(|_| self.needs_height(metric, moment));
        let pregnancy = self.pregnancy.as_ref().map(|told| {
            let height_mm = past.height(moment).map(|height| height.steps);
            told.for_bands(height_mm, past.weight_a_week_before(moment))
        });
        let subject = assessment::Subject { sex: self.sex, birth_date: self.birth_date, pregnancy };
        let measured = Measured {
            setting: setting(source),
            meal: meal(metric, content),
            specimen: Specimen::Capillary,
            stature: stature(content),
            known_height_mm: height.map(|height| height.steps),
            ..Measured::on(moment.day(), values)
        };
        self.bands.assess(&subject, &measured)
    }
}

/// Where pressure was taken, as the bands tell places apart.
fn setting(source: Source) -> Setting {
    match source {
        Source::Own | Source::Device | Source::Wechat => Setting::Home,
        Source::Hut => Setting::Hut,
        Source::Staff | Source::Import => Setting::Office,
    }
}

fn meal(metric: &str, content: &Content) -> assessment::Meal {
    // What the metric says goes before what was told beside it.
    let told = match metric {
        "glucose_fasting" => Some(Meal::Fasting),
        "glucose_after_meal" => Some(Meal::AfterMeal),
        _ => content.context.meal,
    };
    match told {
        Some(Meal::Fasting) => assessment::Meal::Fasting,
        Some(Meal::AfterMeal) => assessment::Meal::AfterMeal,
        Some(Meal::BeforeMeal | Meal::Bedtime) | None => assessment::Meal::Random,
    }
}

fn stature(content: &Content) -> Option<Stature> {
    match content.context.posture? {
        Posture::Lying => Some(Stature::Lying),
        Posture::Standing => Some(Stature::Standing),
        Posture::Sitting | Posture::Reclining => None,
    }
}

fn values_of(metric: &str, content: &Content) -> Values {
    let mut values = Values::default();
    let value = content.steps("value");
    match metric {
        "blood_pressure" => {
            values.systolic_mmhg = content.steps("systolic");
            values.diastolic_mmhg = content.steps("diastolic");
            values.heart_rate_per_min = content.steps("pulse");
        }
        "heart_rate" => values.heart_rate_per_min = value,
        "respiration" => values.breaths_per_min = value,
        "body_temperature" => values.temperature_centi_celsius = value,
        "weight" => values.weight_g = value,
        "height" => values.height_mm = value,
        "waist" => values.waist_mm = value,
        "glucose_fasting" | "glucose_after_meal" | "glucose_random" => values.glucose_centi_mmol = value,
        "hba1c" => values.hba1c_centi_percent = value,
        "total_cholesterol" => values.total_cholesterol_centi_mmol = value,
        "triglycerides" => values.triglycerides_centi_mmol = value,
        "ldl_cholesterol" => values.ldl_centi_mmol = value,
        "hdl_cholesterol" => values.hdl_centi_mmol = value,
        "oxygen_saturation" => values.oxygen_saturation_centi_percent = value,
        "uric_acid" => values.uric_acid_micromol = value,
        _ => {}
    }
    values
}
