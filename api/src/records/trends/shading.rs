//! What a chart is shaded with.

use chrono::NaiveDate;

use super::dto::TrendShade;
use crate::assessment::{Band, Bands, Meal, Quantity, Setting, Subject};
use crate::records::metrics::Component;

/// What the bands call a number of the catalogue, where their units are alike.
fn quantity(metric: &str, component: &str) -> Option<Quantity> {
    Some(match (metric, component) {
        ("blood_pressure", "systolic") => Quantity::Systolic,
        ("blood_pressure", "diastolic") => Quantity::Diastolic,
        ("blood_pressure", "pulse") | ("heart_rate", _) => Quantity::HeartRate,
        ("respiration", _) => Quantity::Respiration,
        ("body_temperature", _) => Quantity::Temperature,
        ("bmi", _) => Quantity::Bmi,
        ("waist", _) => Quantity::Waist,
        ("hba1c", _) => Quantity::Hba1c,
        ("total_cholesterol", _) => Quantity::TotalCholesterol,
        ("triglycerides", _) => Quantity::Triglycerides,
        ("ldl_cholesterol", _) => Quantity::LdlCholesterol,
        ("hdl_cholesterol", _) => Quantity::HdlCholesterol,
        ("oxygen_saturation", _) => Quantity::OxygenSaturation,
        ("uric_acid", _) => Quantity::UricAcid,
        // Which bands of weight apply depends on more than the person and the day.
        _ => return None,
    })
}

/// The bands of one number for somebody on a day, in ascending order.
pub(super) fn shades(
    bands: &Bands,
    subject: &Subject,
    day: NaiveDate,
    metric: &str,
    component: &Component,
) -> Vec<TrendShade> {
    let found = match (meal(metric), quantity(metric, &component.code)) {
        // In a pregnancy the usual limits hold for few things, and only blood pressure is judged by them.
        (Some(_), _) if subject.is_pregnant_on(day) => Vec::new(),
        (None, Some(quantity)) if subject.is_pregnant_on(day) && !is_of_circulation(quantity) => Vec::new(),
        (Some(meal), _) => bands.shading_of_glucose(subject, day, meal),
        (None, Some(quantity)) => bands.shading(subject, day, quantity, Setting::Home),
        (None, None) => Vec::new(),
    };
    found.into_iter().map(|band| shade(bands, band, component)).collect()
}

fn meal(metric: &str) -> Option<Meal> {
    match metric {
        "glucose_fasting" => Some(Meal::Fasting),
        "glucose_after_meal" => Some(Meal::AfterMeal),
        "glucose_random" => Some(Meal::Random),
        _ => None,
    }
}

fn is_of_circulation(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Systolic
            | Quantity::Diastolic
            | Quantity::HeartRate
            | Quantity::Respiration
            | Quantity::Temperature
            | Quantity::OxygenSaturation
    )
}

fn shade(bands: &Bands, band: &Band, component: &Component) -> TrendShade {
    let source = bands.standard(band).map(|standard| format!("{} {}", standard.code, standard.edition));
    TrendShade {
        code: band.code.clone(),
        level: band.level,
        lower: band.limits.lower.map(|steps| component.value(steps)),
        lower_included: band.limits.lower_included,
        upper: band.limits.upper.map(|steps| component.value(steps)),
        upper_included: band.limits.upper_included,
        source: source.unwrap_or_default(),
    }
}
