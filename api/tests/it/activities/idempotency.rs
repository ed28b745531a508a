//! The same request sent twice has one effect.

use chrono::TimeDelta;
use entity::idempotency_key;
use futures_util::future::join_all;
use kangtu::idempotency::sweep;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{alone, audit, id_of, lecture_with, publish_at_once, sign_up_under};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_repeat_gets_the_same_bytes_and_changes_nothing,
    many_copies_at_once_have_one_effect,
    who_was_refused_may_ask_again_under_the_same_key,
    a_key_is_demanded_and_belongs_to_whoever_made_it,
    keys_are_swept_after_their_time,
);

async fn a_repeat_gets_the_same_bytes_and_changes_nothing(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let li = app.resident("li").await;
    let body = json!({"person_ids": alone(&li)});
    let first = sign_up_under(&li, id, &body, "made-when-the-form-opened").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None), "{}", first.text());
    let spelled = json!({"answers": [], "person_ids": alone(&li)});
    for (key, body) in [("made-when-the-form-opened", &body), ("\"made-when-the-form-opened\"", &spelled)] {
        let again = sign_up_under(&li, id, body, key).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("location"), first.header("location"));
    }
    let other = json!({"person_ids": [li.person_id, li.person_id]});
    let refused = sign_up_under(&li, id, &other, "made-when-the-form-opened").await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "idempotency_key_reused");
    assert_eq!(audit(&app, id).await["taken"], 1);
}

async fn many_copies_at_once_have_one_effect(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let li = app.resident("li").await;
    let body = json!({"person_ids": alone(&li)});
    let answers = join_all((0..16).map(|_| sign_up_under(&li, id, &body, "one-key-for-all"))).await;
    let mut bodies: Vec<&[u8]> = Vec::new();
    for answer in &answers {
        match answer.status {
            201 => bodies.push(&answer.body),
            409 => {
                answer.problem(409, "in_progress");
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
            other => panic!("{other} {}", answer.text()),
        }
    }
    assert!(!bodies.is_empty() && bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(audit(&app, id).await["taken"], 1);
}

async fn who_was_refused_may_ask_again_under_the_same_key(app: TestApp) {
    let content = lecture_with(app.clock.now(), &json!({"capacity": 1, "waiting_list": "off"}));
    let id = publish_at_once(&app, &content).await;
    let (a, b) = (app.resident("a").await, app.resident("b").await);
    let held = id_of(&sign_up_under(&a, id, &json!({"person_ids": alone(&a)}), "key-of-a").await);
    let body = json!({"person_ids": alone(&b)});
    let first = sign_up_under(&b, id, &body, "key-of-b").await;
    first.problem(409, "capacity_exhausted");
    sign_up_under(&b, id, &body, "key-of-b").await.problem(409, "capacity_exhausted");
    a.delete(&format!("/api/v1/registrations/{held}")).await;
    let again = sign_up_under(&b, id, &body, "key-of-b").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, None));
    let repeated = sign_up_under(&b, id, &body, "key-of-b").await;
    assert_eq!((repeated.status, repeated.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(audit(&app, id).await["taken"], 1);
}

async fn a_key_is_demanded_and_belongs_to_whoever_made_it(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    let (a, b) = (app.resident("a").await, app.resident("b").await);
    let path = format!("/api/v1/activities/{id}/registrations");
    let keyless = a.request(reqwest::Method::POST, &path).json(&json!({"person_ids": alone(&a)}));
    keyless.send().await.problem(400, "idempotency_key_required");
    sign_up_under(&a, id, &json!({"person_ids": alone(&a)}), "short")
        .await
        .problem(400, "bad_idempotency_key");
    sign_up_under(&a, id, &json!({"person_ids": alone(&a)}), "the-same-key").await;
    let of_b = sign_up_under(&b, id, &json!({"person_ids": alone(&b)}), "the-same-key").await;
    assert_eq!((of_b.status, of_b.header("idempotent-replayed")), (201, None));
}

async fn keys_are_swept_after_their_time(app: TestApp) {
    let content = lecture_with(app.clock.now(), &json!({"capacity": 9}));
    let id = publish_at_once(&app, &content).await;
    let li = app.resident("li").await;
    sign_up_under(&li, id, &json!({"person_ids": alone(&li)}), "the-key-of-li").await;
    let kept = async || idempotency_key::Entity::find().count(app.state.database.reader()).await.unwrap();
    // Until a week after the end, which is in three days and two hours.
    for (days, left) in [(9, 1), (2, 0)] {
        app.clock.advance(TimeDelta::days(days));
        sweep(&app.state, app.clock.now()).await.unwrap();
        assert_eq!(kept().await, left);
    }
}
