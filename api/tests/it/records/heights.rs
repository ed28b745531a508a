//! A height is judged at the age at which it was measured, and decides what a weight means whenever it comes.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{keep, keeper, of, own, pressure, reading, send, send_for, with};
use crate::people::{add, child};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_height_of_a_baby_is_judged_only_at_the_age_it_was_measured,
    a_weight_gets_its_body_mass_whichever_came_first,
    in_one_batch_a_height_counts_for_what_stands_before_it,
    the_pressure_of_a_child_is_judged_once_its_height_is_known,
    what_was_found_stays_when_another_height_comes,
    a_height_that_is_corrected_or_deleted_takes_along_what_was_found_by_it,
);

fn day(day: u32) -> String {
    format!("2026-11-{day:02}T08:00:00+08:00")
}

/// The finding about something in a reading.
fn found(measurement: &Value, about: &str) -> Option<Value> {
    let findings = measurement["assessment"].as_array().unwrap();
    findings.iter().find(|finding| finding["about"] == about).cloned()
}

/// Body mass indices of all weights of somebody, in hundredths, newest first.
async fn body_masses(caller: &Caller, person: &str) -> Vec<Value> {
    let listed = caller.get(&of(person, "measurements?metric=weight")).await.ok();
    let items = listed["items"].as_array().unwrap();
    items.iter().map(|item| found(item, "bmi").map_or(Value::Null, |bmi| bmi["value"].clone())).collect()
}

async fn own_body_masses(caller: &Caller) -> Vec<Value> {
    body_masses(caller, &caller.person_id.unwrap().to_string()).await
}

async fn adult(app: &TestApp) -> Caller {
    let li = keeper(app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1970-03-08", "sex": "female"})).await.ok();
    li
}

async fn the_height_of_a_baby_is_judged_only_at_the_age_it_was_measured(app: TestApp) {
    let li = app.resident("li").await;
    let baby = add(&li, &with(child(), &json!({"birth_date": "2026-05-30"}))).await;
    let length = send_for(&li, &baby, &[reading("height", "2026-08-10T10:00:00+08:00", 61.5)]).await;
    let of_height = found(&length[0]["measurement"], "height_for_age").unwrap();
    assert_eq!((&of_height["level"], &of_height["age_months"]), (&json!("usual"), &json!(2)));
    let weight = send_for(&li, &baby, &[reading("weight", "2026-11-25T08:00:00+08:00", 8.4)]).await;
    let weight = &weight[0]["measurement"];
    assert!(found(weight, "weight_for_age").is_some(), "{weight}");
    assert_eq!(found(weight, "height_for_age"), None, "it was not measured that day");
}

async fn a_weight_gets_its_body_mass_whichever_came_first(app: TestApp) {
    let li = adult(&app).await;
    keep(&li, reading("weight", &day(20), 75.0)).await;
    keep(&li, reading("weight", &day(18), 74.0)).await;
    assert_eq!(own_body_masses(&li).await, [Value::Null, Value::Null]);
    app.clock.advance(TimeDelta::minutes(1));
    keep(&li, reading("height", &day(19), 160.0)).await;
    assert_eq!(own_body_masses(&li).await, [json!(2_930), json!(2_891)], "an adult does not grow");
    let one = li.get(&own(&li, "measurements?metric=weight")).await.ok();
    let bmi = found(&one["items"][0], "bmi").unwrap();
    assert!(bmi["standard"].is_string() && bmi["meaning"].is_string() && bmi["age_months"].is_number());
}

async fn in_one_batch_a_height_counts_for_what_stands_before_it(app: TestApp) {
    let li = adult(&app).await;
    let batch = [reading("weight", &day(20), 75.0), reading("height", &day(20), 160.0)];
    let answers = send(&li, &batch).await;
    assert_eq!(answers[0]["uid"], batch[0]["uid"], "the answers are in the order of the batch");
    assert_eq!(found(&answers[0]["measurement"], "bmi").unwrap()["value"], 2_930);
}

async fn the_pressure_of_a_child_is_judged_once_its_height_is_known(app: TestApp) {
    let li = app.resident("li").await;
    let kid = add(&li, &child()).await;
    let judged = async || {
        let listed = li.get(&of(&kid, "measurements?metric=blood_pressure")).await.ok();
        let items = listed["items"].as_array().unwrap().clone();
        items.iter().map(|item| found(item, "blood_pressure").is_some()).collect::<Vec<_>>()
    };
    send_for(&li, &kid, &[pressure(&day(20), 121, 78), pressure("2026-06-01T08:00:00+08:00", 121, 78)]).await;
    assert_eq!(judged().await, [false, false]);
    send_for(&li, &kid, &[reading("height", &day(19), 135.0)]).await;
    assert_eq!(judged().await, [true, false], "half a year ago the child was smaller");
}

async fn what_was_found_stays_when_another_height_comes(app: TestApp) {
    let li = adult(&app).await;
    keep(&li, reading("height", &day(1), 160.0)).await;
    let weight = keep(&li, reading("weight", &day(20), 75.0)).await;
    keep(&li, reading("height", &day(10), 161.0)).await;
    assert_eq!(own_body_masses(&li).await, [json!(2_930)]);
    let listed = li.get(&own(&li, "measurements?metric=weight")).await.ok();
    assert_eq!(listed["items"], json!([weight]));
}

async fn a_height_that_is_corrected_or_deleted_takes_along_what_was_found_by_it(app: TestApp) {
    let li = adult(&app).await;
    let mistyped = keep(&li, reading("height", &day(10), 150.0)).await;
    keep(&li, reading("weight", &day(20), 75.0)).await;
    assert_eq!(own_body_masses(&li).await, [json!(3_333)]);
    let told = json!({"replaces": mistyped["id"], "confirmed": true});
    let meant = keep(&li, with(reading("height", &day(10), 160.0), &told)).await;
    assert_eq!(own_body_masses(&li).await, [json!(2_930)]);
    let path = own(&li, &format!("measurements/{}", meant["id"].as_str().unwrap()));
    assert_eq!(li.delete(&path).await.status, 200);
    assert_eq!(own_body_masses(&li).await, [Value::Null], "nothing tells of it any more");
}
