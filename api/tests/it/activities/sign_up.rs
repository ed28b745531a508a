//! Who may sign up whom, and what is said to those who may not.

use std::slice;

use chrono::TimeDelta;
use entity::person;
use kangtu::people::profile;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::{alone, audit, id_of, lecture_with, publish_at_once, sign_up, sign_up_under, told};
use crate::people::{add, appoint, born, child};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_family_is_signed_up_all_or_nobody,
    who_may_not_come_is_named_with_the_reason,
    a_child_needs_a_guardian_and_strangers_find_nobody,
    a_proxy_signs_up_with_the_scope_for_it,
    what_tells_of_health_needs_consent,
    questions_are_answered,
    nobody_signs_up_before_or_after_the_window,
    the_reminder_comes_a_day_before_and_not_after_a_cancellation,
);

async fn a_family_is_signed_up_all_or_nobody(app: TestApp) {
    let now = app.clock.now();
    let id = publish_at_once(&app, &lecture_with(now, &json!({"capacity": 3, "family_limit": 3}))).await;
    let li = app.resident("li").await;
    let boy = add(&li, &child()).await;
    let family = vec![alone(&li).remove(0), boy.clone()];
    let first = sign_up(&li, id, &family).await;
    assert_eq!((first.status, &first.json()["status"]), (201, &json!("confirmed")), "{}", first.text());
    assert_eq!(first.json()["people"][1]["name"], "李小明");
    assert_eq!(first.header("location").unwrap(), format!("/api/v1/registrations/{}", id_of(&first)));
    // Once more: the same registration, and no other seat.
    let again = sign_up(&li, id, &family).await;
    assert_eq!((again.status, id_of(&again)), (200, id_of(&first)));
    // One of them with somebody new is refused and named.
    let mother = add(&li, &born("1956-03-08", "parent")).await;
    let mixed = sign_up(&li, id, &[boy.clone(), mother.clone()]).await.problem(422, "invalid");
    assert_eq!(
        (&mixed["errors"][0]["pointer"], &mixed["errors"][0]["code"]),
        (&json!("/person_ids/0"), &json!("already_signed_up"))
    );
    let father = add(&li, &born("1955-03-08", "parent")).await;
    sign_up(&li, id, &[mother.clone(), father]).await.problem(409, "family_limit");
    assert_eq!(audit(&app, id).await["taken"], 2);
    // Two do not fit, and nobody gets the one seat that is left.
    let wang = app.resident("wang").await;
    let wife = add(&wang, &born("1980-03-08", "spouse")).await;
    let couple = sign_up(&wang, id, &[alone(&wang).remove(0), wife]).await;
    assert_eq!((&couple.json()["status"], &couple.json()["place_in_line"]), (&json!("waiting"), &json!(1)));
    assert_eq!(audit(&app, id).await["taken"], 2);
    // One of the family stays at home: the couple still does not fit; both stay: it does.
    let path = format!("/api/v1/registrations/{}/people/{boy}", id_of(&first));
    assert_eq!(li.delete(&path).await.status, 204);
    let after = audit(&app, id).await;
    assert_eq!((&after["taken"], &after["waiting"]), (&json!(3), &json!(0)));
    assert_eq!(told(&wang).await, ["seat_freed"]);
    let mine = li.get("/api/v1/me/registrations").await.ok();
    assert_eq!(mine["items"][0]["people"][1]["status"], "cancelled");
}

async fn who_may_not_come_is_named_with_the_reason(app: TestApp) {
    let now = app.clock.now();
    let content =
        lecture_with(now, &json!({"min_age": 60, "capacity": 9, "eligible_region_code": "440307009001"}));
    let id = publish_at_once(&app, &content).await;
    let li = app.resident("li").await;
    let mut old = born("1956-03-08", "parent");
    old["region_code"] = json!("440307009001");
    let mut young = born("1986-03-08", "spouse");
    young["region_code"] = json!("440307009001");
    let (old, young) = (add(&li, &old).await, add(&li, &young).await);
    let elsewhere = add(&li, &born("1950-03-08", "parent")).await;
    let refused = sign_up(&li, id, &[old.clone(), young, elsewhere, alone(&li).remove(0)]).await;
    let errors = refused.problem(422, "invalid")["errors"].clone();
    let named: Vec<(&str, &str)> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        named,
        [
            ("/person_ids/1", "too_young"),
            ("/person_ids/2", "region_missing"),
            ("/person_ids/3", "birth_date_missing"),
        ]
    );
    assert_eq!(sign_up(&li, id, &[old]).await.status, 201);
    let many: Vec<String> = (0..1000).map(|_| Uuid::now_v7().to_string()).collect();
    sign_up(&li, id, &many).await.problem(422, "invalid");
    sign_up(&li, id, &[]).await.problem(422, "invalid");
    let twice = vec![alone(&li).remove(0); 2];
    sign_up(&li, id, &twice).await.problem(422, "invalid");
}

async fn a_child_needs_a_guardian_and_strangers_find_nobody(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let boy = add(&li, &child()).await;
    sign_up(&wang, id, slice::from_ref(&boy)).await.problem(404, "no_such_person");
    sign_up(&wang, id, &[Uuid::now_v7().to_string()]).await.problem(404, "no_such_person");
    become_a_child(&wang).await;
    sign_up(&wang, id, &alone(&wang)).await.problem(403, "guardian_required");
    let entry = id_of(&sign_up(&li, id, &[boy]).await);
    wang.delete(&format!("/api/v1/registrations/{entry}")).await.problem(404, "no_such_registration");
    wang.get(&format!("/api/v1/registrations/{entry}")).await.problem(404, "no_such_registration");
    sign_up(&li, 999_999, &alone(&li)).await.problem(404, "no_such_activity");
}

/// As if the account had been made before anybody told the age: the phone of an eleven-year-old.
async fn become_a_child(caller: &Caller) {
    let (state, person_id) = (caller.app.state.clone(), caller.person_id.unwrap());
    let written = caller.app.state.database.write(move |transaction| {
        let state = state.clone();
        Box::pin(async move {
            let born = "2015-05-01".parse().unwrap();
            let cell = profile::seal_birth_date(transaction, &state.vault, person_id, born).await?;
            person::Entity::update_many()
                .set(person::ActiveModel {
                    birth_date_cell: ActiveValue::Set(Some(cell)),
                    ..Default::default()
                })
                .filter(person::Column::Id.eq(person_id))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    written.await.unwrap();
}

async fn a_proxy_signs_up_with_the_scope_for_it(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let boy = add(&li, &child()).await;
    appoint(&li, &wang, &boy, &["records.read"], 30).await;
    sign_up(&wang, id, slice::from_ref(&boy)).await.problem(403, "scope_missing");
    appoint(&li, &wang, &boy, &["activities"], 30).await;
    assert_eq!(sign_up(&wang, id, &[boy]).await.status, 201);
}

async fn what_tells_of_health_needs_consent(app: TestApp) {
    let content = lecture_with(app.clock.now(), &json!({"capacity": 9, "key_groups": ["chronic"]}));
    let id = publish_at_once(&app, &content).await;
    let li = app.resident("li").await;
    let silent = sign_up(&li, id, &alone(&li)).await.problem(422, "invalid");
    assert_eq!(silent["errors"][0]["code"], "not_in_group");
    let said = json!({
        "person_ids": alone(&li), "declarations": [{"person_id": li.person_id, "key_groups": ["chronic"]}],
    });
    sign_up_under(&li, id, &said, "key-number-1").await.problem(403, "consent_required");
    li.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await;
    assert_eq!(sign_up_under(&li, id, &said, "key-number-2").await.status, 201);
}

async fn questions_are_answered(app: TestApp) {
    let questions =
        json!([{"kind": "one_of", "label": "几点到？", "options": ["早", "晚"], "required": true}]);
    let content = lecture_with(app.clock.now(), &json!({"capacity": 9, "questions": questions}));
    let id = publish_at_once(&app, &content).await;
    let li = app.resident("li").await;
    let question = app.get(&format!("/api/v1/activities/{id}")).await.ok()["questions"][0]["id"].clone();
    let missing = sign_up(&li, id, &alone(&li)).await.problem(422, "invalid");
    assert_eq!(missing["errors"][0]["code"], "answer_missing");
    let wrong = json!({"person_ids": alone(&li), "answers": [{"question_id": question, "value": "中午"}]});
    sign_up_under(&li, id, &wrong, "key-number-1").await.problem(422, "invalid");
    let right = json!({"person_ids": alone(&li), "answers": [{"question_id": question, "value": "早"}]});
    assert_eq!(sign_up_under(&li, id, &right, "key-number-2").await.status, 201);
}

async fn nobody_signs_up_before_or_after_the_window(app: TestApp) {
    let now = app.clock.now();
    let content = lecture_with(
        now,
        &json!({
            "capacity": 9,
            "sign_up_opens_at": now + TimeDelta::hours(1), "sign_up_closes_at": now + TimeDelta::hours(5),
        }),
    );
    let id = publish_at_once(&app, &content).await;
    let mut li = app.resident("li").await;
    sign_up(&li, id, &alone(&li)).await.problem(409, "sign_up_not_open");
    app.clock.advance(TimeDelta::hours(1));
    li.refresh().await;
    let entry = id_of(&sign_up(&li, id, &alone(&li)).await);
    app.clock.advance(TimeDelta::hours(4));
    let mut wang = app.resident("wang").await;
    sign_up(&wang, id, &alone(&wang)).await.problem(409, "sign_up_closed");
    app.clock.advance(TimeDelta::days(3));
    li.refresh().await;
    wang.refresh().await;
    li.delete(&format!("/api/v1/registrations/{entry}")).await.problem(409, "has_started");
}

async fn the_reminder_comes_a_day_before_and_not_after_a_cancellation(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    sign_up(&li, id, &alone(&li)).await;
    let entry = id_of(&sign_up(&wang, id, &alone(&wang)).await);
    for _ in 0..2 {
        assert_eq!(wang.delete(&format!("/api/v1/registrations/{entry}")).await.status, 204);
    }
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(told(&li).await, ["activity_reminder", "registration_confirmed"]);
    assert_eq!(told(&wang).await, ["registration_confirmed"]);
}
