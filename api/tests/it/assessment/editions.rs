//! A new edition changes nothing that was found before.

use chrono::NaiveDate;
use entity::person::Sex;
use entity::{assessment_band, assessment_standard};
use kangtu::assessment::{self, About, Finding, Measured};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{bmi, born, day, found, man, today};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_new_edition_counts_from_its_first_day_and_changes_no_history,
    a_standard_that_was_withdrawn_ends_on_its_last_day,
    the_oldest_have_their_standard_since_february_2026,
    before_the_first_edition_nothing_is_said,
    what_is_planted_once_stays,
    the_database_refuses_bands_that_make_no_sense,
);

fn judged_on(app: &TestApp, on: NaiveDate, centi: i64) -> Option<Finding> {
    found(app, &man(), &Measured::on(on, bmi(centi)), About::Bmi)
}

/// An edition of the adults' standard that begins overweight at 23.
async fn publish(app: &TestApp, edition: &str, valid_from: &str, valid_to: Option<&str>) {
    let id = format!("ws_t_428_{edition}");
    let standard = assessment_standard::ActiveModel {
        id: ActiveValue::Set(id.clone()),
        code: ActiveValue::Set("WS/T 428".to_owned()),
        edition: ActiveValue::Set(edition.to_owned()),
        title: ActiveValue::Set("成人体重判定".to_owned()),
        valid_from: ActiveValue::Set(day(valid_from)),
        valid_to: ActiveValue::Set(valid_to.map(day)),
        precedence: ActiveValue::Set(0),
        provenance: ActiveValue::Set("测试".to_owned()),
        planted_at: ActiveValue::Set(app.clock.now().into()),
    };
    let band = |code: &str, lower: Option<i32>, upper: Option<i32>| assessment_band::ActiveModel {
        standard_id: ActiveValue::Set(id.clone()),
        quantity: ActiveValue::Set("bmi".to_owned()),
        purpose: ActiveValue::Set(assessment_band::Purpose::Band),
        context: ActiveValue::Set(None),
        sex: ActiveValue::Set(None),
        age_from_months: ActiveValue::Set(216),
        age_to_months: ActiveValue::Set(None),
        key_from: ActiveValue::Set(None),
        key_to: ActiveValue::Set(None),
        lower_limit: ActiveValue::Set(lower),
        lower_included: ActiveValue::Set(true),
        upper_limit: ActiveValue::Set(upper),
        upper_included: ActiveValue::Set(false),
        code: ActiveValue::Set(code.to_owned()),
        level: ActiveValue::Set(assessment_band::Level::Attention),
        position: ActiveValue::Set(1),
        ..Default::default()
    };
    let bands = [band("normal", None, Some(2_300)), band("overweight", Some(2_300), None)];
    app.state
        .database
        .write(move |transaction| {
            let (standard, bands) = (standard.clone(), bands.clone());
            Box::pin(async move {
                assessment_standard::Entity::insert(standard).exec_without_returning(transaction).await?;
                assessment_band::Entity::insert_many(bands).exec_without_returning(transaction).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    assessment::follow(&app.state).await.unwrap();
}

async fn a_new_edition_counts_from_its_first_day_and_changes_no_history(app: TestApp) {
    let before = judged_on(&app, day("2026-11-25"), 2_350).unwrap();
    let kept = serde_json::to_value(&before).unwrap();
    let told_before = app.state.assessment.current().explain(&before);

    publish(&app, "2027", "2027-07-01", None).await;

    assert_eq!(judged_on(&app, day("2026-11-25"), 2_350).unwrap(), before, "entered late, it is the same");
    assert_eq!(judged_on(&app, day("2027-06-30"), 2_350).unwrap().edition, "2013");
    let after = judged_on(&app, day("2027-07-01"), 2_350).unwrap();
    assert_eq!((after.code.as_str(), after.edition.as_str()), ("overweight", "2027"));
    // What was kept with the reading still tells the same.
    let read: Finding = serde_json::from_value(kept).unwrap();
    assert_eq!(read, before);
    assert_eq!(app.state.assessment.current().explain(&read), told_before);
    assert_eq!(told_before.source, "WS/T 428—2013《成人体重判定》");
    assert_eq!(told_before.rule, "按未经四舍五入的数值比较：≥18.5 且 <24 kg/m²");
}

async fn a_standard_that_was_withdrawn_ends_on_its_last_day(app: TestApp) {
    publish(&app, "2027", "2027-07-01", Some("2027-12-31")).await;
    assert_eq!(judged_on(&app, day("2027-12-31"), 2_350).unwrap().edition, "2027");
    assert_eq!(judged_on(&app, day("2028-01-01"), 2_350).unwrap().edition, "2013", "the one before is back");
}

async fn the_oldest_have_their_standard_since_february_2026(app: TestApp) {
    let woman = born(Sex::Female, "1940-01-01");
    let on = |on: &str| found(&app, &woman, &Measured::on(day(on), bmi(2_500)), About::Bmi).unwrap();
    let (before, after) = (on("2026-01-31"), on("2026-02-01"));
    assert_eq!((before.code.as_str(), before.standard.as_str()), ("overweight", "WS/T 428"));
    assert_eq!((after.code.as_str(), after.standard.as_str()), ("suitable", "WS/T 868"));
    assert_eq!((before.age_months, after.age_months), (Some(86 * 12), Some(86 * 12 + 1)));
}

async fn before_the_first_edition_nothing_is_said(app: TestApp) {
    assert_eq!(judged_on(&app, day("2013-09-30"), 2_500), None);
    assert!(judged_on(&app, day("2013-10-01"), 2_500).is_some());
}

async fn what_is_planted_once_stays(app: TestApp) {
    let state = &app.state;
    let count = async || assessment_band::Entity::find().count(state.database.reader()).await.unwrap();
    let before = count().await;
    assert!(before > 1_000, "{before}");
    assert!(!assessment::plant_missing(&state.database, &app.clock).await.unwrap());
    assert_eq!(count().await, before);
    // An edition that the database does not hold yet is added; the others are left alone.
    state
        .database
        .write(|transaction| {
            Box::pin(async move {
                let of = assessment_band::Column::StandardId.eq("ws_t_868_2025");
                assessment_band::Entity::delete_many().filter(of).exec(transaction).await?;
                assessment_standard::Entity::delete_by_id("ws_t_868_2025").exec(transaction).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    assert_eq!(count().await, before - 3);
    assert!(assessment::plant_missing(&state.database, &app.clock).await.unwrap());
    assert_eq!(count().await, before);
    for standard in assessment_standard::Entity::find().all(state.database.reader()).await.unwrap() {
        assert!(!standard.provenance.is_empty(), "{} names no provenance", standard.id);
    }
    assert!(found(&app, &man(), &today(bmi(2_350)), About::Bmi).is_some());
}

async fn the_database_refuses_bands_that_make_no_sense(app: TestApp) {
    let band = |change: fn(&mut assessment_band::ActiveModel)| {
        let mut row = assessment_band::ActiveModel {
            standard_id: ActiveValue::Set("ws_t_428_2013".to_owned()),
            quantity: ActiveValue::Set("bmi".to_owned()),
            purpose: ActiveValue::Set(assessment_band::Purpose::Band),
            context: ActiveValue::Set(None),
            sex: ActiveValue::Set(None),
            age_from_months: ActiveValue::Set(0),
            age_to_months: ActiveValue::Set(None),
            key_from: ActiveValue::Set(None),
            key_to: ActiveValue::Set(None),
            lower_limit: ActiveValue::Set(Some(1)),
            lower_included: ActiveValue::Set(true),
            upper_limit: ActiveValue::Set(Some(2)),
            upper_included: ActiveValue::Set(false),
            code: ActiveValue::Set("test".to_owned()),
            level: ActiveValue::Set(assessment_band::Level::Usual),
            position: ActiveValue::Set(0),
            ..Default::default()
        };
        change(&mut row);
        let database = app.state.database.clone();
        async move {
            database
                .write(move |transaction| {
                    let row = row.clone();
                    Box::pin(async move {
                        assessment_band::Entity::insert(row).exec_without_returning(transaction).await?;
                        Ok(())
                    })
                })
                .await
        }
    };
    band(|_| {}).await.unwrap();
    let wrong: [fn(&mut assessment_band::ActiveModel); 6] = [
        |row| row.upper_limit = ActiveValue::Set(Some(0)),
        |row| (row.lower_limit, row.upper_limit) = (ActiveValue::Set(None), ActiveValue::Set(None)),
        |row| row.age_to_months = ActiveValue::Set(Some(0)),
        |row| row.context = ActiveValue::Set(Some("moon".to_owned())),
        |row| row.sex = ActiveValue::Set(Some(Sex::Unknown)),
        |row| row.standard_id = ActiveValue::Set("unknown".to_owned()),
    ];
    for change in wrong {
        band(change).await.unwrap_err();
    }
}
