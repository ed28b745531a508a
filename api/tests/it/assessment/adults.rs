//! Adults and elders.

use entity::person::Sex;
use kangtu::assessment::{About, Level, Meal, Measured, Pattern, Setting, Specimen, Subject, Values};

use super::{assess, bmi, born, code, day, found, man, pressure, today};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_higher_class_of_both_pressures_counts,
    a_home_and_a_hut_have_limits_of_their_own,
    a_pressure_of_180_or_110_is_urgent_for_everybody,
    body_mass_is_compared_without_rounding,
    elders_have_their_own_range_and_those_over_eighty_another,
    a_waist_is_judged_by_sex,
    glucose_from_a_finger_is_for_reference_only,
    lipids_are_judged_each_and_what_is_not_hdl_together,
    pulse_breath_and_warmth_have_a_usual_range,
    oxygen_below_94_is_to_be_measured_again_and_uric_acid_above_420_is_high,
    what_nobody_told_is_not_guessed,
    those_in_treatment_have_targets,
);

async fn the_higher_class_of_both_pressures_counts(app: TestApp) {
    for (systolic, diastolic, expected) in [
        (119, 79, "normal"),
        // Some public copies begin the next class at 130/85.
        (120, 79, "elevated"),
        (119, 80, "elevated"),
        (125, 84, "elevated"),
        // 130/80 was proposed in 2022; the national limit stayed 140/90.
        (139, 89, "elevated"),
        (140, 89, "grade_1"),
        (139, 90, "grade_1"),
        (159, 99, "grade_1"),
        (160, 80, "grade_2"),
        (120, 100, "grade_2"),
        (179, 109, "grade_2"),
        (180, 80, "grade_3"),
        (120, 110, "grade_3"),
        (89, 59, "low"),
        (89, 70, "low"),
        (100, 59, "low"),
        (90, 60, "normal"),
    ] {
        let measured = today(pressure(systolic, diastolic));
        assert_eq!(code(&app, &man(), &measured, About::BloodPressure), expected, "{systolic}/{diastolic}");
    }
    for (systolic, diastolic, pattern) in [
        (150, 85, Some(Pattern::IsolatedSystolic)),
        (135, 95, Some(Pattern::IsolatedDiastolic)),
        (150, 95, None),
        (135, 85, None),
    ] {
        let told = found(&app, &man(), &today(pressure(systolic, diastolic)), About::BloodPressure);
        assert_eq!(told.unwrap().pattern, pattern, "{systolic}/{diastolic}");
    }
    let only_one = Values { systolic_mmhg: Some(150), ..Values::default() };
    assert!(assess(&app, &man(), &today(only_one)).is_empty(), "half a pressure is none");
}

async fn a_home_and_a_hut_have_limits_of_their_own(app: TestApp) {
    let at = |setting, systolic, diastolic| Measured { setting, ..today(pressure(systolic, diastolic)) };
    for (setting, systolic, diastolic, expected) in [
        (Setting::Home, 134, 84, "home_usual"),
        (Setting::Home, 135, 84, "home_raised"),
        (Setting::Home, 134, 85, "home_raised"),
        (Setting::Home, 180, 84, "very_high"),
        (Setting::Hut, 135, 85, "elevated"),
        (Setting::Hut, 140, 85, "grade_1"),
        (Setting::Office, 140, 85, "grade_1"),
    ] {
        let told = code(&app, &man(), &at(setting, systolic, diastolic), About::BloodPressure);
        assert_eq!(told, expected, "{setting:?} {systolic}/{diastolic}");
    }
}

async fn a_pressure_of_180_or_110_is_urgent_for_everybody(app: TestApp) {
    let unknown = Subject { sex: Sex::Unknown, birth_date: None, pregnancy: None };
    let child = born(Sex::Female, "2017-05-01");
    for subject in [man(), unknown, child, born(Sex::Male, "2024-05-01"), born(Sex::Male, "1936-01-01")] {
        for setting in [Setting::Home, Setting::Hut, Setting::Office] {
            for (systolic, diastolic, urgent) in
                [(180, 80, true), (120, 110, true), (250, 140, true), (179, 109, false)]
            {
                let measured = Measured { setting, ..today(pressure(systolic, diastolic)) };
                let told = found(&app, &subject, &measured, About::BloodPressure);
                let is_urgent = told.is_some_and(|finding| finding.is_urgent());
                assert_eq!(is_urgent, urgent, "{subject:?} {setting:?} {systolic}/{diastolic}");
            }
        }
    }
    let told = found(&app, &man(), &today(pressure(182, 95)), About::BloodPressure).unwrap();
    let told = app.state.assessment.current().explain(&told);
    for needed in ["休息 5 到 10 分钟", "再量两次", "现在就去医院", "120"] {
        assert!(told.advice.contains(needed), "{}", told.advice);
    }
}

async fn body_mass_is_compared_without_rounding(app: TestApp) {
    for (centi, expected) in [
        (1_849, "low"),
        (1_850, "normal"),
        (2_399, "normal"),
        (2_400, "overweight"),
        (2_799, "overweight"),
        (2_800, "obese"),
    ] {
        assert_eq!(code(&app, &man(), &today(bmi(centi)), About::Bmi), expected, "{centi}");
    }
    // 23.996 would be 24.0 if it were rounded before.
    let just_under = Values { weight_g: Some(69_348), height_mm: Some(1_700), ..Values::default() };
    let told = found(&app, &man(), &today(just_under), About::Bmi).unwrap();
    assert_eq!((told.code.as_str(), told.value), ("normal", Some(2_400)));
    assert_eq!((told.standard.as_str(), told.edition.as_str()), ("WS/T 428", "2013"));
    assert_eq!(told.age_months, Some(50 * 12 + 8));
    let no_height = Values { weight_g: Some(69_348), ..Values::default() };
    assert!(assess(&app, &man(), &today(no_height)).is_empty());
}

async fn elders_have_their_own_range_and_those_over_eighty_another(app: TestApp) {
    let of = |born_on: &str, centi: i64| {
        let told = found(&app, &born(Sex::Female, born_on), &today(bmi(centi)), About::Bmi).unwrap();
        (told.code, told.standard)
    };
    let said = |code: &str, standard: &str| (code.to_owned(), standard.to_owned());
    // The day before the 65th birthday, and the day.
    assert_eq!(of("1961-11-26", 2_450), said("overweight", "WS/T 428"));
    assert_eq!(of("1961-11-25", 2_450), said("suitable", "体重管理指导原则"));
    assert_eq!(of("1961-11-25", 1_999), said("below_suitable", "体重管理指导原则"));
    assert_eq!(of("1961-11-25", 2_000), said("suitable", "体重管理指导原则"));
    assert_eq!(of("1961-11-25", 2_690), said("suitable", "体重管理指导原则"));
    assert_eq!(of("1961-11-25", 2_691), said("above_suitable", "体重管理指导原则"));
    assert_eq!(of("1946-11-26", 2_100), said("suitable", "体重管理指导原则"));
    assert_eq!(of("1946-11-25", 2_100), said("below_suitable", "WS/T 868"));
    assert_eq!(of("1946-11-25", 2_200), said("suitable", "WS/T 868"));
}

async fn a_waist_is_judged_by_sex(app: TestApp) {
    let waist = |millimetres| today(Values { waist_mm: Some(millimetres), ..Values::default() });
    let woman = born(Sex::Female, "1976-03-01");
    for (millimetres, of_man, of_woman) in [
        (799, "normal", "normal"),
        (800, "normal", "near_limit"),
        (849, "normal", "near_limit"),
        (850, "near_limit", "central_obesity"),
        (899, "near_limit", "central_obesity"),
        (900, "central_obesity", "central_obesity"),
    ] {
        assert_eq!(code(&app, &man(), &waist(millimetres), About::Waist), of_man, "{millimetres}");
        assert_eq!(code(&app, &woman, &waist(millimetres), About::Waist), of_woman, "{millimetres}");
    }
    let unknown = born(Sex::Unknown, "1976-03-01");
    assert_eq!(code(&app, &unknown, &waist(950), About::Waist), "", "no band without a sex");
}

async fn glucose_from_a_finger_is_for_reference_only(app: TestApp) {
    let glucose = |meal, specimen, centi| Measured {
        meal,
        specimen,
        ..today(Values { glucose_centi_mmol: Some(centi), ..Values::default() })
    };
    for (meal, centi, expected) in [
        (Meal::Fasting, 389, "low"),
        (Meal::Fasting, 390, "normal"),
        (Meal::Fasting, 609, "normal"),
        (Meal::Fasting, 610, "raised"),
        (Meal::Fasting, 699, "raised"),
        (Meal::Fasting, 700, "high"),
        (Meal::AfterMeal, 779, "normal"),
        (Meal::AfterMeal, 780, "raised"),
        (Meal::AfterMeal, 1_109, "raised"),
        (Meal::AfterMeal, 1_110, "high"),
        (Meal::Random, 1_109, "normal"),
        (Meal::Random, 1_110, "high"),
        (Meal::Random, 389, "low"),
    ] {
        let told = code(&app, &man(), &glucose(meal, Specimen::VenousPlasma, centi), About::Glucose);
        assert_eq!(told, expected, "{meal:?} {centi}");
    }
    for (meal, specimen, reference_only) in [
        (Meal::Fasting, Specimen::VenousPlasma, false),
        (Meal::Fasting, Specimen::Capillary, true),
        (Meal::AfterMeal, Specimen::VenousPlasma, true),
        (Meal::Random, Specimen::Capillary, true),
    ] {
        let told = found(&app, &man(), &glucose(meal, specimen, 720), About::Glucose).unwrap();
        assert_eq!(told.reference_only, reference_only, "{meal:?} {specimen:?}");
        let told = app.state.assessment.current().explain(&told);
        assert_eq!(told.meaning.contains("只供参考"), reference_only);
    }
    let hba1c = |centi| today(Values { hba1c_centi_percent: Some(centi), ..Values::default() });
    assert_eq!(code(&app, &man(), &hba1c(649), About::Hba1c), "usual");
    assert_eq!(code(&app, &man(), &hba1c(650), About::Hba1c), "high");
}

async fn lipids_are_judged_each_and_what_is_not_hdl_together(app: TestApp) {
    let values = Values {
        total_cholesterol_centi_mmol: Some(519),
        triglycerides_centi_mmol: Some(170),
        ldl_centi_mmol: Some(340),
        hdl_centi_mmol: Some(99),
        ..Values::default()
    };
    let findings = assess(&app, &man(), &today(values));
    let codes: Vec<_> = findings.iter().map(|finding| (finding.about, finding.code.as_str())).collect();
    for expected in [
        (About::TotalCholesterol, "suitable"),
        (About::Triglycerides, "borderline"),
        (About::LdlCholesterol, "borderline"),
        (About::HdlCholesterol, "low"),
        (About::NonHdlCholesterol, "borderline"),
    ] {
        assert!(codes.contains(&expected), "{expected:?} in {codes:?}");
    }
    let non_hdl = findings.iter().find(|finding| finding.about == About::NonHdlCholesterol).unwrap();
    assert_eq!(non_hdl.value, Some(420));
    assert_eq!(codes.last(), Some(&(About::TotalCholesterol, "suitable")), "what matters comes first");
    for (centi, expected) in [(259, "ideal"), (260, "suitable"), (409, "borderline"), (410, "high")] {
        let measured = today(Values { ldl_centi_mmol: Some(centi), ..Values::default() });
        assert_eq!(code(&app, &man(), &measured, About::LdlCholesterol), expected, "{centi}");
    }
}

async fn pulse_breath_and_warmth_have_a_usual_range(app: TestApp) {
    let pulse = |value| today(Values { heart_rate_per_min: Some(value), ..Values::default() });
    let breath = |value| today(Values { breaths_per_min: Some(value), ..Values::default() });
    let warmth = |value| today(Values { temperature_centi_celsius: Some(value), ..Values::default() });
    for (measured, about, expected) in [
        (pulse(59), About::HeartRate, "low"),
        (pulse(60), About::HeartRate, "usual"),
        (pulse(100), About::HeartRate, "usual"),
        (pulse(101), About::HeartRate, "high"),
        (breath(16), About::Respiration, "usual"),
        (breath(21), About::Respiration, "high"),
        (warmth(3_700), About::Temperature, "usual"),
        (warmth(3_701), About::Temperature, "high"),
        (warmth(3_599), About::Temperature, "low"),
    ] {
        assert_eq!(code(&app, &man(), &measured, about), expected, "{measured:?}");
    }
}

async fn oxygen_below_94_is_to_be_measured_again_and_uric_acid_above_420_is_high(app: TestApp) {
    let oxygen = |value| today(Values { oxygen_saturation_centi_percent: Some(value), ..Values::default() });
    let uric_acid = |value| today(Values { uric_acid_micromol: Some(value), ..Values::default() });
    for (measured, about, expected) in [
        (oxygen(9_500), About::OxygenSaturation, "usual"),
        (oxygen(9_499), About::OxygenSaturation, "near_limit"),
        (oxygen(9_400), About::OxygenSaturation, "near_limit"),
        (oxygen(9_399), About::OxygenSaturation, "low"),
        (uric_acid(420), About::UricAcid, "usual"),
        (uric_acid(421), About::UricAcid, "high"),
    ] {
        assert_eq!(code(&app, &man(), &measured, about), expected, "{measured:?}");
    }
    let told = found(&app, &man(), &oxygen(9_300), About::OxygenSaturation).unwrap();
    let told = app.state.assessment.current().explain(&told);
    assert!(told.advice.contains("再测一次") && told.advice.contains("120"), "{}", told.advice);
    assert!(told.source.contains("不是国家标准"), "{}", told.source);
    let unknown = Subject { sex: Sex::Unknown, birth_date: None, pregnancy: None };
    assert_eq!(code(&app, &unknown, &oxygen(9_300), About::OxygenSaturation), "low", "at any age");
}

async fn what_nobody_told_is_not_guessed(app: TestApp) {
    let unknown = Subject { sex: Sex::Unknown, birth_date: None, pregnancy: None };
    let everything = Values {
        weight_g: Some(90_000),
        height_mm: Some(1_600),
        waist_mm: Some(1_000),
        glucose_centi_mmol: Some(1_500),
        hdl_centi_mmol: Some(50),
        ..pressure(150, 95)
    };
    assert!(assess(&app, &unknown, &today(everything)).is_empty());
    let not_born = born(Sex::Male, "2026-11-26");
    assert!(assess(&app, &not_born, &today(everything)).is_empty());
    assert!(assess(&app, &man(), &today(Values::default())).is_empty());
    let nonsense = Values { weight_g: Some(i64::MAX), height_mm: Some(i64::MIN), ..Values::default() };
    assert!(assess(&app, &man(), &today(nonsense)).is_empty());
}

async fn those_in_treatment_have_targets(app: TestApp) {
    use kangtu::assessment::Quantity;

    let bands = app.state.assessment.current();
    let upper = |subject: &Subject| {
        let targets = bands.targets(subject, day("2026-11-25"), Quantity::Systolic, Setting::Office);
        targets.iter().map(|band| band.limits.upper).collect::<Vec<_>>()
    };
    assert_eq!(upper(&man()), [Some(140)]);
    assert_eq!(upper(&born(Sex::Male, "1961-11-25")), [Some(150)]);
    let shades = bands.shading(&man(), day("2026-11-25"), Quantity::Systolic, Setting::Home);
    let codes: Vec<_> = shades.iter().map(|band| band.code.as_str()).collect();
    assert_eq!(codes, ["low", "home_usual", "home_raised", "very_high"]);
    assert!(shades.iter().all(|band| band.level <= Level::Urgent));
}
