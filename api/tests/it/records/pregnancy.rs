//! A pregnancy that a woman tells, and what is measured in it.

use entity::pregnancy;
use kangtu::privacy::holdings::{HOLDINGS, Subject};
use sea_orm::{DatabaseExecutor, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{keep, keeper, own, reading};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    weight_is_judged_by_the_pregnancy_while_it_lasts,
    a_pregnancy_that_cannot_be_is_refused,
    a_man_is_not_pregnant,
    a_pregnancy_goes_along_in_an_export_and_away_with_the_consent,
);

/// Wednesday, 25 November 2026: in the 21st week, twenty of them full.
const LAST_PERIOD: &str = "2026-07-08";

async fn mother(app: &TestApp) -> Caller {
    let li = keeper(app, "li").await;
    li.patch("/api/v1/me", &json!({"sex": "female", "birth_date": "1996-05-04"})).await.ok();
    li
}

fn told() -> Value {
    json!({"last_period_on": LAST_PERIOD, "weight_before_kg": 54.5, "height_cm": 162})
}

/// What a weight was found to be, as pairs of what it is about and the band.
fn found(reading: &Value) -> Vec<(String, String)> {
    let findings = reading["assessment"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|finding| (text(&finding["about"]), text(&finding["code"]))).collect()
}

fn speaks_of(reading: &Value, about: &str) -> bool {
    found(reading).iter().any(|(each, _)| each == about)
}

async fn weight_is_judged_by_the_pregnancy_while_it_lasts(app: TestApp) {
    let li = mother(&app).await;
    let path = own(&li, "pregnancy");
    li.get(&path).await.problem(404, "no_pregnancy");
    keep(&li, reading("height", "2026-11-01T07:00:00+08:00", 162.0)).await;
    let before = keep(&li, reading("weight", "2026-11-10T07:00:00+08:00", 58.0)).await;
    assert!(speaks_of(&before, "bmi"), "{before}");

    let answer = li.put(&path, &told()).await.ok();
    assert_eq!((&answer["due_on"], &answer["full_weeks"]), (&json!("2027-04-14"), &json!(20)));
    let weight = keep(&li, reading("weight", "2026-11-24T07:00:00+08:00", 59.8)).await;
    assert!(!speaks_of(&weight, "bmi"), "the usual limits do not hold: {weight}");
    assert!(
        found(&weight).contains(&("pregnancy_weekly_gain".into(), "above".into())),
        "1.8 kg in two weeks is more than 0.48 kg a week: {weight}"
    );
    let trend = li.get(&own(&li, "trends?metric=bmi&from=2026-11-01&to=2026-11-25")).await.ok();
    assert_eq!(trend["bands"], json!({}), "a chart is not shaded by limits that do not hold");

    let mut ended = told();
    ended["ended_on"] = json!("2026-11-24");
    assert_eq!(li.put(&path, &ended).await.ok()["full_weeks"], Value::Null);
    let after = keep(&li, reading("weight", "2026-11-25T07:30:00+08:00", 59.0)).await;
    assert!(speaks_of(&after, "bmi") && !speaks_of(&after, "pregnancy_weekly_gain"), "{after}");
    let listed = li.get(&own(&li, "measurements?metric=weight")).await.ok();
    assert!(speaks_of(&listed["items"][1], "pregnancy_weekly_gain"), "what was found stays: {listed}");

    for _ in 0..2 {
        assert_eq!(li.delete(&path).await.status, 204);
    }
    li.get(&path).await.problem(404, "no_pregnancy");
}

async fn a_pregnancy_that_cannot_be_is_refused(app: TestApp) {
    let li = mother(&app).await;
    for wrong in [
        json!({}),
        json!({"last_period_on": LAST_PERIOD, "due_on": "2027-04-14"}),
        json!({"last_period_on": "2026-11-26"}),
        json!({"last_period_on": "2025-11-26"}),
        json!({"last_period_on": LAST_PERIOD, "ended_on": "2026-07-07"}),
        json!({"last_period_on": LAST_PERIOD, "ended_on": "2026-11-26"}),
        json!({"due_on": "2027-10-01"}),
        json!({"last_period_on": LAST_PERIOD, "weight_before_kg": 5450}),
        json!({"last_period_on": LAST_PERIOD, "height_cm": -1.62}),
    ] {
        li.put(&own(&li, "pregnancy"), &wrong).await.problem(422, "invalid");
    }
    let wang = app.resident("wang").await;
    wang.put(&own(&wang, "pregnancy"), &told()).await.problem(403, "consent_required");
    wang.get(&own(&li, "pregnancy")).await.problem(404, "no_such_person");
}

async fn a_man_is_not_pregnant(app: TestApp) {
    let wang = keeper(&app, "wang").await;
    wang.patch("/api/v1/me", &json!({"sex": "male", "birth_date": "1990-01-01"})).await.ok();
    wang.put(&own(&wang, "pregnancy"), &told()).await.problem(422, "invalid");
}

async fn a_pregnancy_goes_along_in_an_export_and_away_with_the_consent(app: TestApp) {
    let li = mother(&app).await;
    li.put(&own(&li, "pregnancy"), &told()).await.ok();
    let holding = HOLDINGS.iter().find(|holding| holding.name == "pregnancy").unwrap();
    let executor = DatabaseExecutor::from(app.state.database.reader());
    let subject = Subject { person_id: li.person_id.unwrap(), account_id: Some(li.id) };
    let table = (holding.collect)(&app.state, &executor, subject).await.unwrap();
    assert_eq!((table.rows.len(), &table.rows[0][0]), (1, &json!(LAST_PERIOD)));
    assert_eq!(li.delete("/api/v1/me/consents/records").await.status, 204);
    assert_eq!(pregnancy::Entity::find().count(app.state.database.reader()).await.unwrap(), 0);
}
