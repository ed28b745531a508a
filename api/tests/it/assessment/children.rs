//! Children: every mistake that was found in public copies of the tables is a test here.

use entity::person::Sex;
use kangtu::assessment::{About, Measured, Quantity, Stature, Values};

use super::{bmi, born, code, day, found, pressure};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_girl_of_thirteen_has_a_row_of_her_own,
    girls_of_fourteen_are_not_boys,
    who_equals_the_limit_of_wasting_is_wasted,
    no_limit_lies_above_those_of_adults,
    an_age_is_rounded_down_to_the_half_year,
    a_child_becomes_an_adult_on_the_eighteenth_birthday,
    limits_rise_with_age_and_never_cross,
    raised_pressure_depends_on_age_sex_and_height,
    small_children_are_judged_by_weight_and_length,
    length_is_not_height,
    what_has_no_table_is_not_judged,
);

/// Somebody who on this day is so many months old to the day.
fn aged(sex: Sex, months: u32) -> kangtu::assessment::Subject {
    let born_on = day("2026-11-25").checked_sub_months(chrono::Months::new(months)).unwrap();
    kangtu::assessment::Subject { sex, birth_date: Some(born_on), pregnancy: None }
}

fn at(values: Values) -> Measured {
    Measured::on(day("2026-11-25"), values)
}

fn bmi_code(app: &TestApp, sex: Sex, months: u32, centi: i64) -> String {
    code(app, &aged(sex, months), &at(bmi(centi)), About::Bmi)
}

async fn a_girl_of_thirteen_has_a_row_of_her_own(app: TestApp) {
    // One SQL dump repeats the row of 13.5 at 13.0.
    assert_eq!(bmi_code(&app, Sex::Female, 156, 2_219), "normal");
    assert_eq!(bmi_code(&app, Sex::Female, 156, 2_230), "overweight");
    assert_eq!(bmi_code(&app, Sex::Female, 156, 2_520), "obese");
    assert_eq!(bmi_code(&app, Sex::Female, 162, 2_230), "normal");
    assert_eq!(bmi_code(&app, Sex::Female, 162, 2_520), "overweight");
}

async fn girls_of_fourteen_are_not_boys(app: TestApp) {
    // One Python table has the boys' rows of wasting for girls from 14 on.
    for (months, girls, boys) in
        [(168, 1_600, 1_640), (174, 1_630, 1_670), (180, 1_660, 1_690), (210, 1_730, 1_790)]
    {
        assert_eq!(bmi_code(&app, Sex::Female, months, girls), "wasting_mild", "{months}");
        assert_eq!(bmi_code(&app, Sex::Female, months, girls + 1), "normal", "{months}");
        assert_eq!(bmi_code(&app, Sex::Male, months, girls + 1), "wasting_mild", "{months}");
        assert_eq!(bmi_code(&app, Sex::Male, months, boys), "wasting_mild", "{months}");
        assert_eq!(bmi_code(&app, Sex::Male, months, boys + 1), "normal", "{months}");
    }
}

async fn who_equals_the_limit_of_wasting_is_wasted(app: TestApp) {
    // One TypeScript calls it normal.
    for (sex, months, moderate, mild) in
        [(Sex::Male, 72, 1_320, 1_340), (Sex::Female, 72, 1_280, 1_310), (Sex::Male, 210, 1_680, 1_790)]
    {
        assert_eq!(bmi_code(&app, sex, months, moderate), "wasting_moderate");
        assert_eq!(bmi_code(&app, sex, months, moderate + 1), "wasting_mild");
        assert_eq!(bmi_code(&app, sex, months, mild), "wasting_mild");
        assert_eq!(bmi_code(&app, sex, months, mild + 1), "normal");
    }
    let told = found(&app, &aged(Sex::Male, 72), &at(bmi(1_340)), About::Bmi).unwrap();
    assert_eq!((told.standard.as_str(), told.edition.as_str()), ("WS/T 456", "2014"));
    assert_eq!(told.age_months, Some(72));
}

async fn no_limit_lies_above_those_of_adults(app: TestApp) {
    // One JavaScript invents limits above 24 and 28 for the oldest.
    let bands = app.state.assessment.current();
    let of_children = bands.all(Quantity::Bmi).iter().filter(|band| band.age_to_months.is_some());
    let mut seen = 0;
    for band in of_children.filter(|band| band.age_from_months < 216) {
        seen += 1;
        match band.code.as_str() {
            "overweight" => assert!(band.limits.lower < Some(2_400) && band.limits.upper < Some(2_800)),
            "obese" => assert!(band.limits.lower < Some(2_800)),
            _ => assert!(band.limits.upper < Some(2_400)),
        }
    }
    assert_eq!(seen, 2 * 24 * 5);
    assert_eq!(bmi_code(&app, Sex::Male, 210, 2_380), "overweight");
    assert_eq!(bmi_code(&app, Sex::Male, 210, 2_780), "obese");
}

async fn an_age_is_rounded_down_to_the_half_year(app: TestApp) {
    // One SQL comment says it is rounded to the nearest: 6 years and 4 months would be 6.5.
    for months in [72, 75, 76, 77] {
        assert_eq!(bmi_code(&app, Sex::Male, months, 1_650), "overweight", "{months}");
    }
    assert_eq!(bmi_code(&app, Sex::Male, 78, 1_650), "normal");
    let day_before = born(Sex::Male, "2020-05-26");
    assert_eq!(code(&app, &day_before, &at(bmi(1_650)), About::Bmi), "overweight");
    let on_the_day = born(Sex::Male, "2020-05-25");
    assert_eq!(code(&app, &on_the_day, &at(bmi(1_650)), About::Bmi), "normal");
}

async fn a_child_becomes_an_adult_on_the_eighteenth_birthday(app: TestApp) {
    let before = found(&app, &born(Sex::Male, "2008-11-26"), &at(bmi(2_390)), About::Bmi).unwrap();
    assert_eq!((before.code.as_str(), before.standard.as_str()), ("overweight", "WS/T 586"));
    let after = found(&app, &born(Sex::Male, "2008-11-25"), &at(bmi(2_390)), About::Bmi).unwrap();
    assert_eq!((after.code.as_str(), after.standard.as_str()), ("normal", "WS/T 428"));
}

async fn limits_rise_with_age_and_never_cross(app: TestApp) {
    let bands = app.state.assessment.current();
    for sex in [Sex::Male, Sex::Female] {
        for (quantity, codes) in [
            (Quantity::Bmi, ["wasting_moderate", "wasting_mild", "overweight", "obese"].as_slice()),
            (Quantity::WeightForAge, &["very_low", "low", "within", "above"]),
        ] {
            for code in codes {
                let mut rows: Vec<_> = bands
                    .all(quantity)
                    .iter()
                    .filter(|band| band.sex == Some(sex) && band.code == *code)
                    .map(|band| (band.age_from_months, band.limits.upper.or(band.limits.lower)))
                    .collect();
                rows.sort_unstable();
                assert!(rows.len() >= 24, "{quantity:?} {code}");
                let falls: Vec<_> = rows.windows(2).filter(|pair| pair[1].1 < pair[0].1).collect();
                assert!(falls.is_empty(), "{sex:?} {code}: {falls:?}");
            }
        }
    }
    // At every age each value has exactly one name.
    for sex in [Sex::Male, Sex::Female] {
        for months in (72..216).step_by(3) {
            let named: Vec<_> = (1_000..3_200).step_by(5).map(|at| bmi_code(&app, sex, months, at)).collect();
            let mut runs = named.clone();
            runs.dedup();
            let expected = ["wasting_moderate", "wasting_mild", "normal", "overweight", "obese"];
            assert_eq!(runs, expected, "{sex:?} {months}");
        }
    }
}

async fn raised_pressure_depends_on_age_sex_and_height(app: TestApp) {
    let of = |sex, months, height_mm, systolic, diastolic| {
        let values = Values { height_mm: Some(height_mm), ..pressure(systolic, diastolic) };
        code(&app, &aged(sex, months), &at(values), About::BloodPressure)
    };
    // A boy of ten at the median height: 121/78; a girl 119/79.
    assert_eq!(of(Sex::Male, 120, 1_411, 120, 77), "child_usual");
    assert_eq!(of(Sex::Male, 120, 1_411, 121, 70), "child_raised");
    assert_eq!(of(Sex::Male, 120, 1_411, 100, 78), "child_raised");
    assert_eq!(of(Sex::Female, 120, 1_412, 119, 70), "child_raised");
    assert_eq!(of(Sex::Female, 120, 1_412, 118, 78), "child_usual");
    // At seven the buckets of boys begin at 115.7 cm and end at 135.4 cm.
    assert_eq!(of(Sex::Male, 84, 1_156, 108, 60), "child_raised");
    assert_eq!(of(Sex::Male, 84, 1_157, 108, 60), "child_usual");
    assert_eq!(of(Sex::Male, 84, 1_353, 118, 60), "child_raised");
    assert_eq!(of(Sex::Male, 84, 1_354, 118, 60), "child_usual");
    // The whole year counts: on the last day of seven still the row of seven.
    assert_eq!(of(Sex::Male, 95, 1_255, 115, 60), "child_raised");
    let no_height = code(&app, &aged(Sex::Male, 120), &at(pressure(130, 85)), About::BloodPressure);
    assert_eq!(no_height, "", "without a height there is no band");
    assert_eq!(of(Sex::Male, 83, 1_255, 130, 85), "", "under seven there is none either");
}

async fn small_children_are_judged_by_weight_and_length(app: TestApp) {
    let of = |sex, months, weight_g, height_mm| {
        let values = Values { weight_g: Some(weight_g), height_mm: Some(height_mm), ..Values::default() };
        let measured = at(values);
        let subject = aged(sex, months);
        (
            code(&app, &subject, &measured, About::WeightForAge),
            code(&app, &subject, &measured, About::HeightForAge),
        )
    };
    let said = |weight: &str, height: &str| (weight.to_owned(), height.to_owned());
    // Medians of the standard.
    for (sex, months, weight_g, height_mm) in [
        (Sex::Male, 0, 3_500, 512),
        (Sex::Male, 6, 8_400, 687),
        (Sex::Male, 12, 10_100, 767),
        (Sex::Male, 24, 12_600, 882),
        (Sex::Male, 36, 14_600, 975),
        (Sex::Male, 60, 19_100, 1_120),
        (Sex::Female, 0, 3_300, 503),
        (Sex::Female, 12, 9_400, 752),
        (Sex::Female, 36, 14_100, 962),
        (Sex::Female, 60, 18_400, 1_108),
    ] {
        assert_eq!(of(sex, months, weight_g, height_mm), said("within", "within"), "{sex:?} {months}");
    }
    // At birth boys: -3SD 2.4, -2SD 2.7, +2SD 4.3 kg; 45.4, 47.3, 55.0 cm.
    assert_eq!(of(Sex::Male, 0, 2_399, 453), said("very_low", "very_low"));
    assert_eq!(of(Sex::Male, 0, 2_400, 454), said("low", "low"));
    assert_eq!(of(Sex::Male, 0, 2_699, 472), said("low", "low"));
    assert_eq!(of(Sex::Male, 0, 2_700, 473), said("within", "within"));
    assert_eq!(of(Sex::Male, 0, 4_300, 550), said("within", "within"));
    assert_eq!(of(Sex::Male, 0, 4_301, 551), said("above", "above"));
    assert_eq!(of(Sex::Male, 83, 23_400, 1_235), said("within", "within"), "the last row holds to the end");
    assert_eq!(of(Sex::Male, 84, 23_400, 1_235), said("", ""), "from seven on there is another standard");
}

async fn length_is_not_height(app: TestApp) {
    let of = |months, height_mm, stature| {
        let values = Values { height_mm: Some(height_mm), ..Values::default() };
        code(&app, &aged(Sex::Male, months), &Measured { stature, ..at(values) }, About::HeightForAge)
    };
    let bands = app.state.assessment.current();
    let limit = |months: i32| {
        let found = bands.all(Quantity::HeightForAge).iter().find(|band| {
            band.sex == Some(Sex::Male) && band.age_from_months == months && band.code == "within"
        });
        found.unwrap().limits.lower.unwrap()
    };
    for months in [12, 24] {
        let (own, other) = if months < 24 {
            (Stature::Lying, Stature::Standing)
        } else {
            (Stature::Standing, Stature::Lying)
        };
        let lower = limit(months);
        let months = u32::try_from(months).unwrap();
        assert_eq!(of(months, lower, None), "within");
        assert_eq!(of(months, lower, Some(own)), "within");
        // Lying is 0.7 cm longer.
        let shift = if other == Stature::Lying { 7 } else { -7 };
        assert_eq!(of(months, lower + shift, Some(other)), "within", "{months}");
        assert_eq!(of(months, lower + shift - 1, Some(other)), "low", "{months}");
    }
}

async fn what_has_no_table_is_not_judged(app: TestApp) {
    // Overweight under six needs weight by height, waist under 18 a table that was not found.
    assert_eq!(bmi_code(&app, Sex::Male, 71, 2_000), "");
    let waist = Values { waist_mm: Some(800), ..Values::default() };
    assert_eq!(code(&app, &aged(Sex::Male, 120), &at(waist), About::Waist), "");
    assert_eq!(bmi_code(&app, Sex::Unknown, 120, 2_500), "", "no band without a sex");
}
