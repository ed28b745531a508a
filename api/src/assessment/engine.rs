//! From values to findings; pure.

use chrono::NaiveDate;

use super::band::{Band, Bands, Purpose, Quantity, Query};
use super::exact::Exact;
use super::finding::{About, Finding, Level, Pattern};
use super::subject::{Pregnancy, Subject};
use super::values::{Meal, Measured, Setting, Specimen, Stature};

/// Under this age length or height and weight are judged by age (WS/T 423-2022: under 84 months).
const GROWTH_ENDS_MONTHS: i32 = 84;
/// Up to here a child is measured lying (WS/T 423-2022).
const STANDS_FROM_MONTHS: i32 = 24;
/// A child is longer lying than standing by this much: what the medians of WS/T 423-2022 drop by at 24 months.
const LYING_IS_LONGER_MM: i64 = 7;
/// The first trimester ends with week 13 (WS/T 801-2022).
const SECOND_TRIMESTER_DAYS: i64 = 14 * 7;
/// From 37 full weeks on a pregnancy is at term, and its whole gain can be judged.
const TERM_DAYS: i64 = 37 * 7;

impl Bands {
    /// What the values of one moment are, most important first. Empty where nothing that was measured has a band
    /// for this person.
    pub fn assess(&self, subject: &Subject, measured: &Measured) -> Vec<Finding> {
        let case =
            Case { bands: self, subject, measured, age_months: subject.completed_months(measured.day) };
        let mut findings = Vec::new();
        findings.extend(case.blood_pressure());
        findings.extend(case.glucose());
        findings.extend(case.simple());
        findings.extend(case.body_mass());
        findings.extend(case.growth());
        findings.extend(case.lipids());
        findings.extend(case.pregnancy());
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        findings
    }

    /// The bands that a chart of this quantity is shaded with, for somebody on a day, in ascending order.
    /// `setting` counts for blood pressure only.
    pub fn shading(
        &self,
        subject: &Subject,
        day: NaiveDate,
        quantity: Quantity,
        setting: Setting,
    ) -> Vec<&Band> {
        self.applying_to(subject, day, (quantity, Purpose::Band), setting.band_word())
    }

    /// As [`Bands::shading`], for glucose after or without a meal.
    pub fn shading_of_glucose(&self, subject: &Subject, day: NaiveDate, meal: Meal) -> Vec<&Band> {
        self.applying_to(subject, day, (Quantity::Glucose, Purpose::Band), meal.band_word())
    }

    /// What somebody in treatment aims at.
    pub fn targets(
        &self,
        subject: &Subject,
        day: NaiveDate,
        quantity: Quantity,
        setting: Setting,
    ) -> Vec<&Band> {
        self.applying_to(subject, day, (quantity, Purpose::Target), setting.band_word())
    }

    fn applying_to(
        &self,
        subject: &Subject,
        day: NaiveDate,
        (quantity, purpose): (Quantity, Purpose),
        context: &str,
    ) -> Vec<&Band> {
        let query = Query {
            purpose,
            context: Some(context),
            sex: subject.sex,
            age_months: subject.completed_months(day),
            key: None,
            day,
        };
        let mut bands = self.applying(quantity, &query);
        bands.sort_by_key(|band| {
            (band.limits.lower.unwrap_or(i64::MIN), band.limits.upper.unwrap_or(i64::MAX))
        });
        bands
    }
}

struct Case<'c> {
    bands: &'c Bands,
    subject: &'c Subject,
    measured: &'c Measured,
    age_months: Option<i32>,
}

/// A value beside what decides its bands.
#[derive(Clone, Copy, Default)]
struct Circumstances<'c> {
    context: Option<&'c str>,
    key: Option<Exact>,
}

impl<'c> Case<'c> {
    fn best(&self, quantity: Quantity, value: Exact, circumstances: Circumstances<'_>) -> Option<&'c Band> {
        let query = Query {
            purpose: Purpose::Band,
            context: circumstances.context,
            sex: self.subject.sex,
            age_months: self.age_months,
            key: circumstances.key,
            day: self.measured.day,
        };
        let bands = self.bands.applying(quantity, &query);
        bands.into_iter().filter(|band| band.limits.hold(value)).max_by_key(|band| band.rank)
    }

    fn finding(&self, band: &Band) -> Option<Finding> {
        let standard = self.bands.standard(band)?;
        Some(Finding {
            about: band.quantity.about(),
            code: band.code.clone(),
            level: band.level,
            pattern: None,
            value: None,
            limits: band.limits,
            standard: standard.code.clone(),
            edition: standard.edition.clone(),
            age_months: self.age_months,
            reference_only: false,
            pregnant: self.is_pregnant(),
        })
    }

    fn found(&self, quantity: Quantity, value: Exact, circumstances: Circumstances<'_>) -> Option<Finding> {
        self.finding(self.best(quantity, value, circumstances)?)
    }

    fn is_pregnant(&self) -> bool {
        self.subject.is_pregnant_on(self.measured.day)
    }

    fn is_under(&self, months: i32) -> bool {
        self.age_months.is_some_and(|age| age < months)
    }

    /// The height that other values are judged by.
    fn height_mm(&self) -> Option<i64> {
        self.measured.values.height_mm.or(self.measured.known_height_mm)
    }

    /// The higher class of both pressures decides (guideline for hypertension, classification of levels).
    fn blood_pressure(&self) -> Option<Finding> {
        let values = &self.measured.values;
        let (systolic, diastolic) = (values.systolic_mmhg?, values.diastolic_mmhg?);
        let circumstances = Circumstances {
            context: Some(self.measured.setting.band_word()),
            key: self.height_mm().map(Exact::whole),
        };
        let systolic = self.best(Quantity::Systolic, Exact::whole(systolic), circumstances);
        let diastolic = self.best(Quantity::Diastolic, Exact::whole(diastolic), circumstances);
        // Where only one of both has a band, "as usual" would be said of the other unseen.
        let (systolic, diastolic) = match (systolic, diastolic) {
            (Some(systolic), Some(diastolic)) => (systolic, diastolic),
            (Some(only), None) | (None, Some(only)) => {
                return (only.level > Level::Usual).then(|| self.finding(only)).flatten();
            }
            (None, None) => return None,
        };
        let decides = if diastolic.rank > systolic.rank { diastolic } else { systolic };
        let mut finding = self.finding(decides)?;
        finding.pattern = pattern(systolic, diastolic);
        Some(finding)
    }

    fn glucose(&self) -> Option<Finding> {
        // Other limits hold in a pregnancy, and only the clinic that cares for it knows them all.
        if self.is_pregnant() {
            return None;
        }
        let glucose = Exact::whole(self.measured.values.glucose_centi_mmol?);
        let circumstances =
            Circumstances { context: Some(self.measured.meal.band_word()), ..Circumstances::default() };
        let mut finding = self.found(Quantity::Glucose, glucose, circumstances)?;
        // The bands are for venous plasma, and a meal is not the glucose of a tolerance test.
        finding.reference_only =
            self.measured.specimen != Specimen::VenousPlasma || self.measured.meal == Meal::AfterMeal;
        Some(finding)
    }

    fn simple(&self) -> Vec<Finding> {
        let values = &self.measured.values;
        let waist = values.waist_mm.filter(|_| !self.is_pregnant());
        let hba1c = values.hba1c_centi_percent.filter(|_| !self.is_pregnant());
        let uric_acid = values.uric_acid_micromol.filter(|_| !self.is_pregnant());
        [
            (Quantity::HeartRate, values.heart_rate_per_min),
            (Quantity::Respiration, values.breaths_per_min),
            (Quantity::Temperature, values.temperature_centi_celsius),
            (Quantity::Waist, waist),
            (Quantity::Hba1c, hba1c),
            (Quantity::OxygenSaturation, values.oxygen_saturation_centi_percent),
            (Quantity::UricAcid, uric_acid),
        ]
        .into_iter()
        .filter_map(|(quantity, value)| self.found(quantity, Exact::whole(value?), Circumstances::default()))
        .collect()
    }

    fn body_mass(&self) -> Option<Finding> {
        if self.is_pregnant() {
            return None;
        }
        let bmi = Exact::bmi(self.measured.values.weight_g?, self.height_mm()?)?;
        let mut finding = self.found(Quantity::Bmi, bmi, Circumstances::default())?;
        finding.value = Some(bmi.rounded());
        Some(finding)
    }

    fn growth(&self) -> Vec<Finding> {
        if !self.is_under(GROWTH_ENDS_MONTHS) {
            return Vec::new();
        }
        let values = &self.measured.values;
        let height = values.height_mm.map(|height| self.as_the_age_asks_for(height));
        [(Quantity::WeightForAge, values.weight_g), (Quantity::HeightForAge, height)]
            .into_iter()
            .filter_map(|(quantity, value)| {
                self.found(quantity, Exact::whole(value?), Circumstances::default())
            })
            .collect()
    }

    /// Length under two, height from two on.
    fn as_the_age_asks_for(&self, height_mm: i64) -> i64 {
        match (self.measured.stature, self.is_under(STANDS_FROM_MONTHS)) {
            (Some(Stature::Standing), true) => height_mm + LYING_IS_LONGER_MM,
            (Some(Stature::Lying), false) => height_mm - LYING_IS_LONGER_MM,
            _ => height_mm,
        }
    }

    fn lipids(&self) -> Vec<Finding> {
        // They rise in every pregnancy.
        if self.is_pregnant() {
            return Vec::new();
        }
        let values = &self.measured.values;
        let total_and_hdl = values.total_cholesterol_centi_mmol.zip(values.hdl_centi_mmol);
        let non_hdl = total_and_hdl.map(|(total, hdl)| total - hdl).filter(|rest| *rest > 0);
        let mut findings: Vec<Finding> = [
            (Quantity::TotalCholesterol, values.total_cholesterol_centi_mmol),
            (Quantity::Triglycerides, values.triglycerides_centi_mmol),
            (Quantity::LdlCholesterol, values.ldl_centi_mmol),
            (Quantity::HdlCholesterol, values.hdl_centi_mmol),
        ]
        .into_iter()
        .filter_map(|(quantity, value)| self.found(quantity, Exact::whole(value?), Circumstances::default()))
        .collect();
        let derived = non_hdl.and_then(|value| {
            self.found(Quantity::NonHdlCholesterol, Exact::whole(value), Circumstances::default())
        });
        findings.extend(derived.map(|finding| Finding { value: non_hdl, ..finding }));
        findings
    }

    fn pregnancy(&self) -> Vec<Finding> {
        let weight = self.measured.values.weight_g;
        let Some((pregnancy, weight)) = self.subject.pregnancy.as_ref().zip(weight) else {
            return Vec::new();
        };
        let days = pregnancy.days(self.measured.day).filter(|_| pregnancy.singleton);
        let Some((days, key)) = days.zip(bmi_before(pregnancy)) else {
            return Vec::new();
        };
        let circumstances = Circumstances { key: Some(key), ..Circumstances::default() };
        let gain = pregnancy.weight_before_g.map(|before| weight - before);
        let so_far = gain.and_then(|gain| self.gained_so_far(gain, days, circumstances));
        let weekly = self.gained_weekly(pregnancy, weight, circumstances);
        so_far.into_iter().chain(weekly).collect()
    }

    /// In the first trimester by its own range; later only more than a whole pregnancy allows, and, at term, less.
    fn gained_so_far(&self, gain: i64, days: i64, circumstances: Circumstances<'_>) -> Option<Finding> {
        let first = days < SECOND_TRIMESTER_DAYS;
        let quantity = if first { Quantity::PregnancyGainFirst } else { Quantity::PregnancyGainTotal };
        let finding = self.found(quantity, Exact::whole(gain), circumstances)?;
        let can_be_said = first || days >= TERM_DAYS || finding.code == "above";
        can_be_said.then_some(Finding { value: Some(gain), ..finding })
    }

    /// From one weight to the next in the second and third trimester, at least a week apart.
    fn gained_weekly(
        &self,
        pregnancy: &Pregnancy,
        weight: i64,
        circumstances: Circumstances<'_>,
    ) -> Option<Finding> {
        let earlier = pregnancy.earlier?;
        let apart = (self.measured.day - earlier.day).num_days();
        let began = pregnancy.days(earlier.day)? >= SECOND_TRIMESTER_DAYS;
        let gain = i128::from(weight - earlier.weight_g) * 7;
        let weekly = Exact::quotient(gain, apart.into()).filter(|_| began && apart >= 7)?;
        let finding = self.found(Quantity::PregnancyGainWeekly, weekly, circumstances)?;
        Some(Finding { value: Some(weekly.rounded()), ..finding })
    }
}

fn bmi_before(pregnancy: &Pregnancy) -> Option<Exact> {
    Exact::bmi(pregnancy.weight_before_g?, pregnancy.height_mm?)
}

/// Raised in one of both only.
fn pattern(systolic: &Band, diastolic: &Band) -> Option<Pattern> {
    let is_raised = |band: &Band| band.level >= Level::High;
    match (is_raised(systolic), is_raised(diastolic)) {
        (true, false) => Some(Pattern::IsolatedSystolic),
        (false, true) => Some(Pattern::IsolatedDiastolic),
        _ => None,
    }
}

impl Finding {
    /// Whether somebody should be told at once: the person, and staff where the person agreed to that.
    pub fn is_urgent(&self) -> bool {
        self.level == Level::Urgent
    }

    /// Whether it is about blood pressure in the range in which three days are needed to know more.
    pub fn is_raised_pressure(&self) -> bool {
        self.about == About::BloodPressure && self.level >= Level::High
    }
}
