//! What was played.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{media, screen_play};
use kangtu::screens;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{Player, local, medium, new_screen, worker};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_play_is_counted_once_however_often_it_is_sent,
    one_wrong_play_does_not_stop_the_others,
    times_in_the_future_are_taken_as_now,
    two_batches_at_once_count_every_play_once,
    single_plays_are_forgotten_after_ninety_days_and_their_sums_stay,
);

fn play(number: u32, started_at: DateTime<Utc>, seconds: i64) -> Value {
    json!({
        "play_uuid": format!("019a5b3c-0000-7000-8000-{number:012}"),
        "asset": "article-1",
        "started_at": started_at,
        "ended_at": started_at + TimeDelta::seconds(seconds),
        "completed": true,
    })
}

async fn a_play_is_counted_once_however_often_it_is_sent(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let player = Player::paired(&worker, &screen).await;
    // The hour ends at 10:00; the day at midnight there.
    let batch = json!([
        play(1, local("2026-11-25T09:59:40"), 20),
        play(2, local("2026-11-25T09:30:00"), 20),
        play(3, local("2026-11-24T23:59:59"), 20),
        play(2, local("2026-11-25T09:30:00"), 20),
    ]);
    let taken = player.post("plays", &batch).await.ok();
    assert_eq!(taken, json!({"counted": 3, "known": 1, "rejected": []}));
    let again = player.post("plays", &batch).await.ok();
    assert_eq!(again, json!({"counted": 0, "known": 4, "rejected": []}));

    let path = format!("/api/v1/screens/{screen}/statistics");
    let days = worker.get(&path).await.ok();
    assert_eq!((&days["from"], &days["until"]), (&json!("2026-11-19"), &json!("2026-11-25")));
    let told = |list: &Value, at: usize| {
        let item = &list["items"][at];
        (item["day"].clone(), item["plays"].clone(), item["completed"].clone(), item["played_s"].clone())
    };
    assert_eq!(told(&days, 0), (json!("2026-11-24"), json!(1), json!(1), json!(20)));
    assert_eq!(told(&days, 1), (json!("2026-11-25"), json!(2), json!(2), json!(40)));
    assert!(days["items"][0]["title"].is_string());
    let hours = worker.get(&format!("{path}?by=hour&from=2026-11-25&until=2026-11-25")).await.ok();
    assert_eq!(hours["items"].as_array().unwrap().len(), 1);
    assert_eq!((&hours["items"][0]["hour"], &hours["items"][0]["plays"]), (&json!(9), &json!(2)));
    for wrong in ["from=2026-11-26&until=2026-11-25", "from=2020-01-01", "from=x", "until=99999-01-01"] {
        worker.get(&format!("{path}?{wrong}")).await.problem(400, "bad_parameter");
    }
}

async fn one_wrong_play_does_not_stop_the_others(app: TestApp) {
    let worker = worker(&app).await;
    let player = Player::paired(&worker, &new_screen(&worker, None).await).await;
    let now = app.clock.now();
    let mut foreign_key = play(5, now, 5);
    foreign_key["asset"] = json!("<script>");
    let film = medium(&app, media::Kind::Video, b"film").await;
    let of = |asset: &str, number: u32| {
        let mut play = play(number, now - TimeDelta::minutes(1), 5);
        play["asset"] = json!(asset);
        play
    };
    let batch = json!([
        play(1, now, -1),
        play(2, now - TimeDelta::days(91), 5),
        {"play_uuid": "no"},
        play(3, now - TimeDelta::hours(30), 25 * 3_600),
        foreign_key,
        play(4, now - TimeDelta::minutes(1), 5),
        of("nope", 6),
        of("article-999999", 7),
        of("019a5b3c-0000-7000-8000-000000000000", 8),
        of(&film.to_string(), 9),
        play(10, now, 0),
        play(11, now - TimeDelta::hours(3), 9_000),
    ]);
    let taken = player.post("plays", &batch).await.ok();
    assert_eq!(taken["counted"], 2);
    let rejected: Vec<(u64, &str)> = taken["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rejected| (rejected["index"].as_u64().unwrap(), rejected["code"].as_str().unwrap()))
        .collect();
    let expected = [
        (0, "ends_before_it_begins"),
        (1, "too_old"),
        (2, "unreadable"),
        (3, "too_long"),
        (4, "bad_asset"),
        (6, "unknown_asset"),
        (7, "unknown_asset"),
        (8, "unknown_asset"),
        (10, "no_time"),
        (11, "too_long"),
    ];
    assert_eq!(rejected, expected);
    let many: Vec<Value> = (0..501).map(|number| play(number, now, 1)).collect();
    player.post("plays", &json!(many)).await.problem(400, "too_many_plays");
}

async fn times_in_the_future_are_taken_as_now(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let player = Player::paired(&worker, &screen).await;
    let batch = json!([play(1, app.clock.now() + TimeDelta::days(400), 20)]);
    assert_eq!(player.post("plays", &batch).await.ok()["counted"], 1);
    let days = worker.get(&format!("/api/v1/screens/{screen}/statistics")).await.ok();
    assert_eq!((&days["items"][0]["day"], &days["items"][0]["played_s"]), (&json!("2026-11-25"), &json!(0)));
}

async fn two_batches_at_once_count_every_play_once(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let player = Player::paired(&worker, &screen).await;
    let begin = local("2026-11-25T09:00:00");
    let plays: Vec<Value> = (0..40).map(|number| play(number, begin, 10)).collect();
    let (forward, backward) = (json!(plays), json!(plays.iter().rev().collect::<Vec<_>>()));
    let sent = [forward.clone(), backward.clone(), forward, backward];
    let answers = futures_util::future::join_all(sent.iter().map(|batch| player.post("plays", batch))).await;
    let counted: u64 = answers.iter().map(|answer| answer.ok()["counted"].as_u64().unwrap()).sum();
    assert_eq!(counted, 40);
    let days = worker.get(&format!("/api/v1/screens/{screen}/statistics")).await.ok();
    assert_eq!(days["items"][0]["plays"], 40);
}

async fn single_plays_are_forgotten_after_ninety_days_and_their_sums_stay(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let player = Player::paired(&worker, &screen).await;
    player.post("plays", &json!([play(1, app.clock.now(), 10)])).await.ok();
    let kept = async || screen_play::Entity::find().count(app.state.database.reader()).await.unwrap();
    let first_day = app.clock.now();
    screens::forget(&app.state, first_day + TimeDelta::days(90)).await.unwrap();
    assert_eq!(kept().await, 1);
    screens::forget(&app.state, first_day + TimeDelta::days(91)).await.unwrap();
    assert_eq!(kept().await, 0);
    let days = worker.get(&format!("/api/v1/screens/{screen}/statistics")).await.ok();
    assert_eq!(days["items"][0]["plays"], 1);
}
