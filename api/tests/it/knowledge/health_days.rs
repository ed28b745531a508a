use chrono::NaiveDate;
use entity::health_day_override;
use kangtu::knowledge::revision::{self, Changed};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::each;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_days_of_two_years_follow_their_rules,
    an_editor_knows_better_about_one_year,
    the_present_year_is_meant_where_none_is_named,
    a_wrong_year_is_named,
);

async fn the_days_of_two_years_follow_their_rules(app: TestApp) {
    // Each computed by hand from a calendar.
    let table = [
        ("leprosy_day", "2026-01-25", "2027-01-31"),
        ("kidney_day", "2026-03-12", "2027-03-11"),
        ("sleep_day", "2026-03-21", "2027-03-21"),
        ("patriotic_health_month", "2026-04-01..2026-04-30", "2027-04-01..2027-04-30"),
        ("cancer_week", "2026-04-15..2026-04-21", "2027-04-15..2027-04-21"),
        ("asthma_day", "2026-05-05", "2027-05-04"),
        ("disability_day", "2026-05-17", "2027-05-16"),
        ("nutrition_week", "2026-05-18..2026-05-24", "2027-05-17..2027-05-23"),
        ("salt_reduction_week", "2026-09-14..2026-09-20", "2027-09-13..2027-09-19"),
        ("copd_day", "2026-11-18", "2027-11-17"),
        ("healthy_lifestyle_month", "2026-09-01..2026-09-30", "2027-09-01..2027-09-30"),
    ];
    for (year, place) in [(2026, 0), (2027, 1)] {
        let list = app.get(&format!("/api/v1/health-days?year={year}")).await.ok();
        assert_eq!((list["items"].as_array().unwrap().len(), &list["year"]), (46, &year.into()));
        let mut dates = each(&list, "starts_on");
        assert!(dates.iter().all(|date| date.starts_with(&year.to_string())));
        dates.sort();
        assert_eq!(dates, each(&list, "starts_on"), "by date");
        for (id, in_2026, in_2027) in table {
            let expected = [in_2026, in_2027][place];
            let day = list["items"].as_array().unwrap().iter().find(|day| day["id"] == id);
            let day = day.unwrap_or_else(|| panic!("no {id} in {year}"));
            let (first, last) = expected.split_once("..").unwrap_or((expected, expected));
            assert_eq!((&day["starts_on"], &day["ends_on"]), (&first.into(), &last.into()), "{id}");
        }
    }
}

async fn an_editor_knows_better_about_one_year(app: TestApp) {
    let now = app.clock.now();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let known = health_day_override::Model {
        health_day_id: "sleep_day".to_owned(),
        year: 2027,
        theme: Some("睡得好，身体好".to_owned()),
        starts_on: Some(day("2027-03-19")),
        ends_on: Some(day("2027-03-20")),
        version: 1,
    };
    let written = app.state.database.write(move |transaction| {
        let known = known.clone();
        Box::pin(async move {
            health_day_override::Entity::insert(known.into_active_model())
                .exec_without_returning(transaction)
                .await?;
            revision::raise(transaction, Changed::Whole, now).await
        })
    });
    written.await.unwrap();
    app.state.knowledge.refresh(&app.state.database, now).await.unwrap();
    for (year, first, last, theme) in [
        (2026, "2026-03-21", "2026-03-21", serde_json::Value::Null),
        (2027, "2027-03-19", "2027-03-20", "睡得好，身体好".into()),
    ] {
        let list = app.get(&format!("/api/v1/health-days?year={year}")).await.ok();
        let day = list["items"].as_array().unwrap().iter().find(|day| day["id"] == "sleep_day").unwrap();
        assert_eq!(
            (&day["starts_on"], &day["ends_on"], &day["theme"]),
            (&first.into(), &last.into(), &theme)
        );
    }
}

async fn the_present_year_is_meant_where_none_is_named(app: TestApp) {
    assert_eq!(app.get("/api/v1/health-days").await.ok()["year"], 2026);
    // 00:30 on New Year's Day in 葵涌, still December in UTC.
    app.clock
        .advance("2026-12-31T16:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - app.clock.now());
    assert_eq!(app.get("/api/v1/health-days").await.ok()["year"], 2027);
}

async fn a_wrong_year_is_named(app: TestApp) {
    for year in ["1999", "2101", "x", "-1", "99999999999"] {
        let problem =
            app.get(&format!("/api/v1/health-days?year={year}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], "year");
    }
}
