//! Corrections never overwrite; what the owner deletes is gone.

use std::slice;

use chrono::TimeDelta;
use entity::measurement;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{keep, keeper, own, pressure, reading, send, statuses, with};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_correction_takes_the_place_of_a_reading_that_stays,
    what_cannot_be_corrected_says_so,
    what_the_owner_deletes_is_empty_with_all_before_it_and_never_comes_back,
);

const NOON: &str = "2026-11-24T12:00:00+08:00";

async fn listed(caller: &Caller) -> Vec<Value> {
    caller.get(&own(caller, "measurements")).await.ok()["items"].as_array().unwrap().clone()
}

fn id(measurement: &Value) -> &str {
    measurement["id"].as_str().unwrap()
}

async fn a_correction_takes_the_place_of_a_reading_that_stays(app: TestApp) {
    let li = keeper(&app, "li").await;
    let first = keep(&li, pressure(NOON, 182, 82)).await;
    app.clock.advance(TimeDelta::minutes(3));
    let mended = pressure(NOON, 128, 82);
    let second = keep(&li, with(mended.clone(), &json!({"replaces": id(&first)}))).await;
    let third = keep(&li, with(pressure(NOON, 128, 80), &json!({"replaces": id(&second)}))).await;
    assert_eq!(listed(&li).await, slice::from_ref(&third));
    let told = li.get(&own(&li, &format!("measurements/{}", id(&third)))).await.ok();
    let history = told["history"].as_array().unwrap();
    let texts: Vec<&Value> = history.iter().map(|item| &item["text"]).collect();
    assert_eq!(texts, ["128/82 mmHg", "182/82 mmHg"], "newest first, and as they were");
    assert_eq!((&history[1]["validity"], &history[1]["replaced_by"]), (&json!("replaced"), &second["id"]));
    let again = send(&li, &[with(mended, &json!({"replaces": id(&first)}))]).await;
    assert_eq!(statuses(&again), ["already_recorded"], "a correction may be repeated, too");
}

async fn what_cannot_be_corrected_says_so(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, keeper(&app, "wang").await);
    let first = keep(&li, pressure(NOON, 128, 82)).await;
    keep(&li, with(pressure(NOON, 126, 82), &json!({"replaces": id(&first)}))).await;
    let others = keep(&wang, pressure(NOON, 128, 82)).await;
    for (what, correction) in [
        ("corrected before", with(pressure(NOON, 120, 80), &json!({"replaces": id(&first)}))),
        ("somebody else's", with(pressure(NOON, 120, 80), &json!({"replaces": id(&others)}))),
        (
            "of another metric",
            with(reading("weight", NOON, 60.0), &json!({"replaces": id(&listed(&li).await[0])})),
        ),
        ("nowhere", with(pressure(NOON, 120, 80), &json!({"replaces": Uuid::new_v4()}))),
    ] {
        let answer = send(&li, &[correction]).await.remove(0);
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!("conflict"), &json!("not_replaceable")),
            "{what}"
        );
    }
    let last = listed(&li).await[0].clone();
    let both = [
        with(pressure(NOON, 121, 80), &json!({"replaces": id(&last)})),
        with(pressure(NOON, 122, 80), &json!({"replaces": id(&last)})),
    ];
    assert_eq!(statuses(&send(&li, &both).await), ["recorded", "conflict"]);
    assert_eq!(listed(&wang).await[0]["text"], "128/82 mmHg");
}

async fn what_the_owner_deletes_is_empty_with_all_before_it_and_never_comes_back(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, keeper(&app, "wang").await);
    let first = pressure(NOON, 182, 82);
    let kept = keep(&li, first.clone()).await;
    let mended = pressure(NOON, 128, 82);
    let second = keep(&li, with(mended.clone(), &json!({"replaces": id(&kept)}))).await;
    let path = own(&li, &format!("measurements/{}", id(&second)));
    wang.delete(&path).await.problem(404, "no_such_person");
    wang.delete(&own(&wang, &format!("measurements/{}", id(&second))))
        .await
        .problem(404, "no_such_measurement");
    let receipt = li.delete(&path).await.ok();
    assert_eq!((&receipt["id"], &receipt["earlier_versions"]), (&second["id"], &json!(1)));
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(li.delete(&path).await.ok(), receipt, "asking again gives the same receipt");
    assert!(listed(&li).await.is_empty());
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(li.person_id.unwrap()))
        .all(app.state.database.reader())
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.value_cell.is_none()), "nothing of the values is left");
    let again = send(&li, &[first, mended]).await;
    assert_eq!(statuses(&again), ["deleted", "deleted"], "a late repeat does not bring it back");
    let gone = li.get(&path).await.ok();
    assert_eq!((&gone["validity"], &gone["values"]), (&json!("deleted"), &json!({})));
}
