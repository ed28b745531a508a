//! Weight gained in a pregnancy.

use entity::person::Sex;
use kangtu::assessment::{About, EarlierWeight, Measured, Pregnancy, Subject, Values};

use super::{assess, code, day, found, pressure};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_first_trimester_has_a_range_of_its_own,
    the_weekly_gain_depends_on_the_weight_before,
    the_whole_gain_is_judged_at_term_or_once_it_is_too_much,
    twins_and_what_was_not_told_have_no_band,
    nothing_that_changes_in_a_pregnancy_is_judged_by_other_limits,
);

const LAST_PERIOD: &str = "2026-03-01";

/// A woman of 1.6 m with this body mass index before, in 0.01 kg/m².
fn pregnant(bmi_before: i64) -> Pregnancy {
    Pregnancy {
        last_period: day(LAST_PERIOD),
        weight_before_g: Some(bmi_before * 256 / 10),
        height_mm: Some(1_600),
        singleton: true,
        ended_on: None,
        earlier: None,
    }
}

fn woman(pregnancy: Pregnancy) -> Subject {
    Subject { sex: Sex::Female, birth_date: Some(day("1998-01-01")), pregnancy: Some(pregnancy) }
}

/// After so many days, with so much more than before.
fn after(days: i64, pregnancy: &Pregnancy, gain_g: i64) -> Measured {
    let weight_g = pregnancy.weight_before_g.map(|before| before + gain_g);
    let on = day(LAST_PERIOD) + chrono::TimeDelta::days(days);
    Measured::on(on, Values { weight_g, height_mm: Some(1_600), ..Values::default() })
}

fn so_far(app: &TestApp, bmi_before: i64, days: i64, gain_g: i64) -> String {
    let pregnancy = pregnant(bmi_before);
    let measured = after(days, &pregnancy, gain_g);
    code(app, &woman(pregnancy), &measured, About::PregnancyGain)
}

async fn the_first_trimester_has_a_range_of_its_own(app: TestApp) {
    for (gain, expected) in [(-1, "below"), (0, "within"), (2_000, "within"), (2_001, "above")] {
        for bmi in [1_700, 2_000, 2_600, 3_000] {
            assert_eq!(so_far(&app, bmi, 97, gain), expected, "{bmi} {gain}");
        }
    }
    assert_eq!(so_far(&app, 2_000, 98, 2_001), "", "from week 14 on the weekly gain counts");
}

async fn the_weekly_gain_depends_on_the_weight_before(app: TestApp) {
    let weekly = |bmi: i64, from: i64, days: i64, gain: i64| {
        let mut pregnancy = pregnant(bmi);
        let before = pregnancy.weight_before_g.unwrap();
        let at = day(LAST_PERIOD) + chrono::TimeDelta::days(from);
        pregnancy.earlier = Some(EarlierWeight { day: at, weight_g: before + 3_000 });
        let measured = after(from + days, &pregnancy, 3_000 + gain);
        found(&app, &woman(pregnancy), &measured, About::PregnancyWeeklyGain)
    };
    let said = |bmi, gain| weekly(bmi, 140, 14, gain).unwrap().code;
    for (bmi, low, high) in
        [(1_849, 370, 560), (1_850, 260, 480), (2_399, 260, 480), (2_400, 220, 370), (2_800, 150, 300)]
    {
        assert_eq!(said(bmi, 2 * low - 1), "below", "{bmi}");
        assert_eq!(said(bmi, 2 * low), "within", "{bmi}");
        assert_eq!(said(bmi, 2 * high), "within", "{bmi}");
        assert_eq!(said(bmi, 2 * high + 1), "above", "{bmi}");
    }
    let ten_days = weekly(2_000, 140, 10, 500).unwrap();
    assert_eq!((ten_days.code.as_str(), ten_days.value), ("within", Some(350)));
    assert!(weekly(2_000, 140, 6, 500).is_none(), "less than a week says nothing");
    assert!(weekly(2_000, 97, 14, 500).is_none(), "not across the first trimester");
}

async fn the_whole_gain_is_judged_at_term_or_once_it_is_too_much(app: TestApp) {
    for (bmi, least, most) in
        [(1_700, 11_000, 16_000), (2_000, 8_000, 14_000), (2_600, 7_000, 11_000), (3_000, 5_000, 9_000)]
    {
        assert_eq!(so_far(&app, bmi, 258, least - 1), "", "not at term yet");
        assert_eq!(so_far(&app, bmi, 259, least - 1), "below", "{bmi}");
        assert_eq!(so_far(&app, bmi, 259, least), "within", "{bmi}");
        assert_eq!(so_far(&app, bmi, 259, most), "within", "{bmi}");
        assert_eq!(so_far(&app, bmi, 200, most + 1), "above", "{bmi}");
    }
}

async fn twins_and_what_was_not_told_have_no_band(app: TestApp) {
    let judged = |pregnancy: Pregnancy| {
        let measured = after(259, &pregnant(2_000), 20_000);
        code(&app, &woman(pregnancy), &measured, About::PregnancyGain)
    };
    assert_eq!(judged(pregnant(2_000)), "above");
    assert_eq!(judged(Pregnancy { singleton: false, ..pregnant(2_000) }), "");
    assert_eq!(judged(Pregnancy { height_mm: None, ..pregnant(2_000) }), "");
    assert_eq!(judged(Pregnancy { weight_before_g: None, ..pregnant(2_000) }), "");
    assert_eq!(judged(Pregnancy { last_period: day("2027-01-01"), ..pregnant(2_000) }), "");
    assert_eq!(judged(Pregnancy { last_period: day("2025-10-01"), ..pregnant(2_000) }), "", "long over");
    let ended = |on: &str| judged(Pregnancy { ended_on: Some(day(on)), ..pregnant(2_000) });
    assert_eq!(ended("2026-03-02"), "", "ended before it was measured");
}

async fn nothing_that_changes_in_a_pregnancy_is_judged_by_other_limits(app: TestApp) {
    let pregnancy = pregnant(2_000);
    let mut measured = after(150, &pregnancy, 5_000);
    measured.values = Values {
        waist_mm: Some(1_000),
        glucose_centi_mmol: Some(550),
        total_cholesterol_centi_mmol: Some(700),
        hba1c_centi_percent: Some(700),
        weight_g: measured.values.weight_g,
        height_mm: Some(1_600),
        ..pressure(145, 92)
    };
    let findings = assess(&app, &woman(pregnancy), &measured);
    let about: Vec<_> = findings.iter().map(|finding| finding.about).collect();
    assert_eq!(about, [About::BloodPressure]);
    let told = app.state.assessment.current().explain(&findings[0]);
    assert!(told.advice.contains("产检医院"), "{}", told.advice);
}
