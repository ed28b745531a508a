//! What measured values mean: by the right edition, for the right person, unrounded, in words that help.

mod adults;
mod children;
mod editions;
mod pregnancy;
mod words;

use chrono::NaiveDate;
use entity::person::Sex;
use kangtu::assessment::{About, Finding, Measured, Subject, Values};

use crate::support::TestApp;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn born(sex: Sex, birth_date: &str) -> Subject {
    Subject { sex, birth_date: Some(day(birth_date)), pregnancy: None }
}

/// A man of 50 in November 2026.
fn man() -> Subject {
    born(Sex::Male, "1976-03-01")
}

fn today(values: Values) -> Measured {
    Measured::on(day("2026-11-25"), values)
}

fn pressure(systolic: i64, diastolic: i64) -> Values {
    Values { systolic_mmhg: Some(systolic), diastolic_mmhg: Some(diastolic), ..Values::default() }
}

/// A weight that makes this body mass index, in 0.01 kg/m², exactly: the height is a metre.
fn bmi(centi: i64) -> Values {
    Values { weight_g: Some(centi * 10), height_mm: Some(1_000), ..Values::default() }
}

fn assess(app: &TestApp, subject: &Subject, measured: &Measured) -> Vec<Finding> {
    app.state.assessment.current().assess(subject, measured)
}

/// The one finding about something, if there is one.
fn found(app: &TestApp, subject: &Subject, measured: &Measured, about: About) -> Option<Finding> {
    let mut findings = assess(app, subject, measured);
    findings.retain(|finding| finding.about == about);
    assert!(findings.len() < 2, "{findings:?}");
    findings.pop()
}

/// The word of the one finding about something; empty where there is none.
fn code(app: &TestApp, subject: &Subject, measured: &Measured, about: About) -> String {
    found(app, subject, measured, about).map(|finding| finding.code).unwrap_or_default()
}
