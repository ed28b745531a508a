//! What is told helps, names its source and is never a diagnosis.

use std::collections::BTreeSet;

use kangtu::assessment::{Finding, Level, Purpose, Quantity};

use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_band_is_told_in_words_that_help_and_never_as_a_diagnosis);

/// Words that only a doctor may say.
const DIAGNOSES: [&str; 7] = ["您患", "您得了", "确诊为", "诊断为", "属于高血压", "属于糖尿病", "您有高血压"];

async fn every_band_is_told_in_words_that_help_and_never_as_a_diagnosis(app: TestApp) {
    let bands = app.state.assessment.current();
    let mut told = BTreeSet::new();
    for quantity in Quantity::ALL {
        let of_quantity = bands.all(quantity).iter().filter(|band| band.purpose == Purpose::Band);
        let mut seen = 0;
        for band in of_quantity {
            seen += 1;
            let standard = bands.standard(band).unwrap();
            let finding = Finding {
                about: quantity.about(),
                code: band.code.clone(),
                level: band.level,
                pattern: None,
                value: None,
                limits: band.limits,
                standard: standard.code.clone(),
                edition: standard.edition.clone(),
                age_months: Some(600),
                reference_only: false,
                pregnant: false,
            };
            let explained = bands.explain(&finding);
            let text = format!("{}{}{}", explained.label, explained.meaning, explained.advice);
            assert!(!text.contains("需要留意") && !text.contains("偏离较多"), "{quantity:?} {}", band.code);
            for diagnosis in DIAGNOSES {
                assert!(!text.contains(diagnosis), "{diagnosis} in {text}");
            }
            assert_eq!(text.contains("不是诊断"), band.level > Level::Usual, "{text}");
            assert!(explained.source.contains(&standard.title), "{}", explained.source);
            assert!(explained.source.contains(&standard.edition), "{}", explained.source);
            assert!(explained.rule.contains("未经四舍五入"), "{}", explained.rule);
            assert!(explained.advice.ends_with('。') && explained.meaning.ends_with('。'));
            told.insert((explained.title, explained.label));
        }
        assert!(seen > 0, "{quantity:?} has no band");
    }
    assert!(told.len() > 50, "{}", told.len());
}
