//! What a reading means by the standards of its day, found once and kept with it.

use chrono::NaiveDate;
use entity::measurement::Source;
use entity::person;

use super::cell::Content;
use super::context::{Meal, Posture};
use super::intake::NewReading;
use super::past::Past;
use crate::assessment::{self, Bands, Finding, Measured, Setting, Specimen, Stature, Values};
use crate::people::age::full_years;
use crate::records::pregnancy::Told;

const ADULT_YEARS: i32 = 18;
/// A child's height is good for this long; an adult's for good.
const HEIGHT_SPAN_DAYS: i64 = 120;

/// Whom a reading is judged for.
#[derive(Clone, Debug)]
pub(super) struct Judge<'b> {
    pub(super) bands: &'b Bands,
    pub(super) sex: person::Sex,
    pub(super) birth_date: Option<NaiveDate>,
    /// The latest pregnancy that was told.
    pub(super) pregnancy: Option<Told>,
}

impl Judge<'_> {
    /// Whether the blood pressure of the person is judged by height, too.
    pub(super) fn is_minor_on(&self, day: NaiveDate) -> bool {
        self.birth_date.is_some_and(|born| full_years(born, day) < ADULT_YEARS)
    }

    /// What a reading is found to be; nothing where no standard speaks of it.
    pub(super) fn findings(
        &self,
        (reading, source): (&NewReading, Source),
        content: &Content,
        past: &Past,
    ) -> Vec<Finding> {
        let day = reading.measured_at.date_naive();
        let mut values = values_of(&reading.metric, content);
        let needs_height =
            values.weight_g.is_some() || (values.systolic_mmhg.is_some() && self.is_minor_on(day));
        if needs_height {
            values.height_mm = past
                .height(reading)
                .filter(|(at, _)| {
                    !self.is_minor_on(day) || (day - at.date_naive()).num_days() <= HEIGHT_SPAN_DAYS
                })
                .map(|(_, mm)| mm);
        }
        if values == Values::default() {
            return Vec::new();
        }
        let pregnancy = self.pregnancy.as_ref().map(|told| {
            let height_mm = past.height(reading).map(|(_, mm)| mm);
            told.for_bands(height_mm, past.weight_a_week_before(reading))
        });
        let subject = assessment::Subject { sex: self.sex, birth_date: self.birth_date, pregnancy };
        let measured = Measured {
            setting: setting(source),
            meal: meal(&reading.metric, content),
            specimen: Specimen::Capillary,
            stature: stature(content),
            ..Measured::on(day, values)
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
        _ => {}
    }
    values
}
