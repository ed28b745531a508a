//! How a television becomes a screen, and stops being one.

use chrono::TimeDelta;
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use kangtu::screens;
use serde_json::json;

use super::{Player, created, new_screen, worker};
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_code_pairs_one_player_once,
    a_code_dies_after_ten_minutes,
    a_token_is_worth_nothing_before_its_code_was_typed_in,
    pairing_again_and_revoking_stop_the_player_at_once,
    a_screen_sees_nothing_of_another,
);

mod limited {
    use super::*;

    on_both_databases!(in world: codes_cannot_be_guessed_quickly);
}

async fn a_code_pairs_one_player_once(app: TestApp) {
    let worker = worker(&app).await;
    let (first, second) = (new_screen(&worker, None).await, new_screen(&worker, None).await);
    let pairing = created(&app.post("/api/v1/screens/pairings", &json!({})).await);
    let code = pairing["code"].as_str().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
    let claim = json!({"code": code, "token": pairing["token"]});
    let waiting = json!({"state": "waiting", "screen_id": null});
    assert_eq!(app.post("/api/v1/screens/pair", &claim).await.ok(), waiting);

    // As it is shown, with a space in the middle.
    let typed = json!({"code": format!("{} {}", &code[..3], &code[3..])});
    let paired = worker.post(&format!("/api/v1/screens/{first}/pair"), &typed).await.ok();
    assert!(paired["paired_device"].is_string() && paired["version"] == 2, "{paired}");
    let again = worker.post(&format!("/api/v1/screens/{second}/pair"), &typed).await.problem(422, "invalid");
    assert_eq!(again["errors"][0]["code"], "unknown_code");

    // An answer that was lost is given again.
    for _ in 0..2 {
        let progress = app.post("/api/v1/screens/pair", &claim).await.ok();
        assert_eq!(progress, json!({"state": "paired", "screen_id": first}));
    }
    // The code alone opens nothing.
    let without_token = json!({"code": code, "token": "guessed-token-of-somebody"});
    app.post("/api/v1/screens/pair", &without_token).await.problem(410, "pairing_over");
}

async fn a_code_dies_after_ten_minutes(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let pairing = created(&app.post("/api/v1/screens/pairings", &json!({})).await);
    app.clock.advance(TimeDelta::minutes(10));
    let path = format!("/api/v1/screens/{screen}/pair");
    let refused = worker.post(&path, &json!({"code": pairing["code"]})).await.problem(422, "invalid");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("6 位数字"), "{refused}");
    let claim = json!({"code": pairing["code"], "token": pairing["token"]});
    app.post("/api/v1/screens/pair", &claim).await.problem(410, "pairing_over");
    assert!(screens::forget(&app.state, app.clock.now()).await.unwrap() >= 1);
}

async fn a_token_is_worth_nothing_before_its_code_was_typed_in(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let pairing = created(&app.post("/api/v1/screens/pairings", &json!({})).await);
    let token = pairing["token"].as_str().unwrap().to_owned();
    let early = Player { app: app.clone(), screen_id: screen.clone(), token };
    early.get("manifest").await.problem(401, "screen_not_paired");
    app.get(&format!("/api/v1/screens/{screen}/manifest")).await.problem(401, "screen_not_paired");
    // Nor is the token of a person that of a screen, or the other way round.
    worker.get(&format!("/api/v1/screens/{screen}/manifest")).await.problem(401, "screen_not_paired");
    let player = Player::paired(&worker, &screen).await;
    let as_staff =
        app.request(reqwest::Method::GET, "/api/v1/screens").header("authorization", &player.bearer());
    as_staff.send().await.problem(401, "token_invalid");
}

async fn pairing_again_and_revoking_stop_the_player_at_once(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let old = Player::paired(&worker, &screen).await;
    old.beat().await;
    let new = Player::paired(&worker, &screen).await;
    old.get("manifest").await.problem(401, "screen_not_paired");
    new.manifest().await;
    let revoked = worker.delete(&format!("/api/v1/screens/{screen}/token")).await.ok();
    assert_eq!((&revoked["connection"], &revoked["heartbeat"]), (&json!("unpaired"), &json!(null)));
    for what in ["manifest", "playlist.m3u"] {
        new.get(what).await.problem(401, "screen_not_paired");
    }
    new.beat().await.problem(401, "screen_not_paired");
    new.post("plays", &json!([])).await.problem(401, "screen_not_paired");
    // Revoking what is revoked is no error and no event.
    assert_eq!(worker.delete(&format!("/api/v1/screens/{screen}/token")).await.ok(), revoked);
}

async fn a_screen_sees_nothing_of_another(app: TestApp) {
    let worker = worker(&app).await;
    let one = Player::paired(&worker, &new_screen(&worker, None).await).await;
    let other = new_screen(&worker, None).await;
    let curious = Player { screen_id: other, ..one };
    curious.get("manifest").await.problem(404, "not_found");
    curious.beat().await.problem(404, "not_found");
}

async fn codes_cannot_be_guessed_quickly(world: &World) {
    let settings = Settings { rate_limits: Switch::On, ..world.settings() };
    let app = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let mut tries = 0;
    let refusal = loop {
        let code = json!({"code": format!("{tries:06}")});
        let answer = worker.post(&format!("/api/v1/screens/{screen}/pair"), &code).await;
        if answer.status == 429 {
            break answer;
        }
        answer.problem(422, "invalid");
        tries += 1;
        assert!(tries < 50, "nobody stops the guessing");
    };
    assert_eq!(tries, 10);
    assert!(refusal.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    app.stop().await;
}
