//! Hundreds want a few seats in the same second.

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use serde_json::{Value, json};

use super::{alone, audit, lecture_with, publish_at_once, sign_up_under};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_burst_gives_each_seat_once_and_the_line_in_the_order_of_the_numbers);

const CALLERS: usize = 200;
const SEATS: usize = 20;

async fn a_burst_gives_each_seat_once_and_the_line_in_the_order_of_the_numbers(app: TestApp) {
    let callers: Vec<Caller> = stream::iter(0..CALLERS)
        .map(|number| {
            let app = app.clone();
            async move { app.resident(&format!("burst-{number}")).await }
        })
        .buffer_unordered(8)
        .collect()
        .await;
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": SEATS}))).await;
    let wanted = callers.iter().map(|caller| async move {
        let body = json!({"person_ids": alone(caller)});
        let mut answers = Vec::new();
        // Each asks again with the same key, as a phone does that lost the answer.
        while answers.len() < 3 {
            let answer = sign_up_under(caller, id, &body, &format!("burst-{}", caller.id)).await;
            match answer.status {
                201 => answers.push(answer),
                // Told to come back.
                409 | 503 => assert!(answer.header("retry-after").is_some(), "{}", answer.text()),
                other => panic!("{other} {}", answer.text()),
            }
        }
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        answers.remove(0).json()
    });
    let answers: Vec<Value> = join_all(wanted).await;
    let of = |status: &str| answers.iter().filter(|answer| answer["status"] == status).count();
    assert_eq!((of("confirmed"), of("waiting")), (SEATS, CALLERS - SEATS));
    let mut places: Vec<usize> = answers
        .iter()
        .filter_map(|answer| answer["place_in_line"].as_u64())
        .map(|place| usize::try_from(place).unwrap())
        .collect();
    places.sort_unstable();
    assert!(places.into_iter().eq(1..=CALLERS - SEATS));
    let after = audit(&app, id).await;
    assert_eq!((&after["taken"], &after["waiting"]), (&json!(SEATS), &json!(CALLERS - SEATS)));
}
