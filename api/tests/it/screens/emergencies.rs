//! Messages that stand before everything.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Player, card_playlist, created, id, new_screen, worker};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_message_is_in_the_next_manifest_and_out_of_the_one_after_its_withdrawal,
    a_message_ends_by_itself,
    the_gravest_message_is_shown_then_the_newest,
    a_message_reaches_the_screens_of_its_region_and_below_or_the_one_it_names,
    a_message_without_text_or_end_is_refused,
);

fn message(app: &TestApp, region: &str, level: &str, text: &str) -> Value {
    let ends_at = app.clock.now() + TimeDelta::hours(2);
    json!({"region_code": region, "level": level, "message": text, "ends_at": ends_at})
}

async fn a_message_is_in_the_next_manifest_and_out_of_the_one_after_its_withdrawal(app: TestApp) {
    let (worker, reviewer) = (worker(&app).await, app.staff("reviewer", HERE).await);
    let list = card_playlist(&worker, "平时", &[1]).await;
    let screen = new_screen(&worker, Some(&list)).await;
    let player = Player::paired(&worker, &screen).await;
    let before = player.get("manifest").await;
    let body = message(&app, HERE, "red", "台风来了，请待在室内。");
    worker.post("/api/v1/screen-emergencies", &body).await.problem(403, "not_permitted");
    let sent = created(&reviewer.post("/api/v1/screen-emergencies", &body).await);
    let manifest = player.manifest().await;
    assert_eq!(manifest["emergency"]["message"], "台风来了，请待在室内。");
    assert_eq!((&manifest["emergency"]["level"], &manifest["emergency"]["id"]), (&json!("red"), &sent["id"]));
    let told = worker.get(&format!("/api/v1/screens/{screen}/schedule")).await.ok();
    assert_eq!((&told["plays"]["kind"], &told["plays"]["emergency_id"]), (&json!("emergency"), &sent["id"]));
    let listed = reviewer.get("/api/v1/screen-emergencies?shown=true").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let path = format!("/api/v1/screen-emergencies/{}/withdraw", id(&sent));
    for _ in 0..2 {
        assert_eq!(reviewer.post(&path, &json!({})).await.ok()["state"], "withdrawn");
    }
    assert_eq!(player.get("manifest").await.body, before.body, "it left something behind");
    let listed = reviewer.get("/api/v1/screen-emergencies?shown=true").await.ok();
    assert!(listed["items"].as_array().unwrap().is_empty());
    let log = app.staff("auditor", HERE).await.get("/api/v1/audit?limit=100").await.ok();
    let count = |action: &str| {
        log["items"].as_array().unwrap().iter().filter(|item| item["action"] == action).count()
    };
    assert_eq!((count("screens.emergency_sent"), count("screens.emergency_withdrawn")), (1, 1));
    assert!(!log.to_string().contains("台风"));
}

async fn a_message_ends_by_itself(app: TestApp) {
    let (worker, reviewer) = (worker(&app).await, app.staff("reviewer", HERE).await);
    let player = Player::paired(&worker, &new_screen(&worker, None).await).await;
    let body = message(&app, HERE, "blue", "停水两小时。");
    created(&reviewer.post("/api/v1/screen-emergencies", &body).await);
    app.clock.advance(TimeDelta::hours(2) - TimeDelta::seconds(1));
    assert!(player.manifest().await["emergency"].is_object());
    app.clock.advance(TimeDelta::seconds(1));
    assert!(player.manifest().await["emergency"].is_null());
}

async fn the_gravest_message_is_shown_then_the_newest(app: TestApp) {
    let (worker, reviewer) = (worker(&app).await, app.staff("reviewer", HERE).await);
    let player = Player::paired(&worker, &new_screen(&worker, None).await).await;
    for (level, text, shown) in
        [("yellow", "一", "一"), ("orange", "二", "二"), ("blue", "三", "二"), ("orange", "四", "四")]
    {
        created(&reviewer.post("/api/v1/screen-emergencies", &message(&app, HERE, level, text)).await);
        assert_eq!(player.manifest().await["emergency"]["message"], shown);
        app.clock.advance(TimeDelta::seconds(1));
    }
}

async fn a_message_reaches_the_screens_of_its_region_and_below_or_the_one_it_names(app: TestApp) {
    let street = app.staff("region_admin", "440307009000").await;
    let (one, other) = (new_screen(&street, None).await, new_screen(&street, None).await);
    let (one_player, other_player) =
        (Player::paired(&street, &one).await, Player::paired(&street, &other).await);
    let elsewhere = message(&app, ELSEWHERE, "red", "隔壁的事");
    created(&street.post("/api/v1/screen-emergencies", &elsewhere).await);
    assert!(one_player.manifest().await["emergency"].is_null());
    let mut only_one = message(&app, "440307009000", "blue", "电梯检修");
    only_one["screen_id"] = json!(one);
    created(&street.post("/api/v1/screen-emergencies", &only_one).await);
    assert_eq!(one_player.manifest().await["emergency"]["message"], "电梯检修");
    assert!(other_player.manifest().await["emergency"].is_null());
    let all = message(&app, "440307009000", "yellow", "全街道停电");
    created(&street.post("/api/v1/screen-emergencies", &all).await);
    for player in [one_player, other_player] {
        assert_eq!(player.manifest().await["emergency"]["message"], "全街道停电");
    }
    let here = app.staff("reviewer", HERE).await;
    here.post("/api/v1/screen-emergencies", &all).await.problem(422, "invalid");
}

async fn a_message_without_text_or_end_is_refused(app: TestApp) {
    let reviewer = app.staff("reviewer", HERE).await;
    let (now, fine) = (app.clock.now(), message(&app, HERE, "red", "好"));
    for (member, value) in [
        ("message", json!("  ")),
        ("message", json!("长".repeat(121))),
        ("ends_at", json!(now)),
        ("ends_at", json!(now + TimeDelta::days(8))),
        ("screen_id", json!("019a5b3c-0000-7000-8000-000000000000")),
    ] {
        let mut wrong = fine.clone();
        wrong[member] = value;
        let problem = reviewer.post("/api/v1/screen-emergencies", &wrong).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
    }
}
