//! Refresh tokens work once.

use chrono::TimeDelta;
use entity::{refresh_token, session};
use futures_util::future::join_all;
use kangtu::database::Engine;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::callers::Caller;
use crate::support::world::{World, in_world, wednesday_morning};
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    a_refresh_gives_the_next_pair,
    a_repeated_refresh_within_the_grace_gives_the_same_successor,
    a_later_replay_ends_the_whole_session,
    many_refreshes_at_once_get_one_successor,
    a_session_ends_when_it_idles_and_when_it_is_old,
    staff_idle_no_longer_than_half_an_hour_and_work_twelve,
    refresh_tokens_are_nothing_else_than_refresh_tokens,
);

async fn exchange(app: &TestApp, token: &str) -> TestResponse {
    app.post("/api/v1/auth/refresh", &json!({"refresh_token": token})).await
}

async fn a_refresh_gives_the_next_pair(app: TestApp) {
    let li = app.resident("li").await;
    app.clock.advance(TimeDelta::minutes(16));
    li.get("/api/v1/me/sessions").await.problem(401, "token_expired");
    let next = exchange(&app, &li.refresh_token).await.ok();
    assert_ne!(next["refresh_token"], json!(li.refresh_token));
    assert_eq!(next["session_id"], json!(li.session_id.to_string()));
    let access_token = next["access_token"].as_str().unwrap().to_owned();
    let li = Caller { access_token, ..li };
    let sessions = li.get("/api/v1/me/sessions").await.ok();
    assert_eq!(sessions["items"][0]["last_used_at"], "2026-11-25T02:16:00Z");
}

async fn a_repeated_refresh_within_the_grace_gives_the_same_successor(app: TestApp) {
    let li = app.resident("li").await;
    let first = exchange(&app, &li.refresh_token).await.ok();
    app.clock.advance(TimeDelta::seconds(20));
    let second = exchange(&app, &li.refresh_token).await.ok();
    assert_eq!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(second["refresh_expires_at"], first["refresh_expires_at"]);
    let third = exchange(&app, first["refresh_token"].as_str().unwrap()).await.ok();
    assert_ne!(third["refresh_token"], first["refresh_token"]);
}

async fn a_later_replay_ends_the_whole_session(app: TestApp) {
    let li = app.resident("li").await;
    let other_phone = app.resident("li").await;
    let next = exchange(&app, &li.refresh_token).await.ok();
    app.clock.advance(TimeDelta::milliseconds(20_001));
    exchange(&app, &li.refresh_token).await.problem(401, "session_ended");
    exchange(&app, next["refresh_token"].as_str().unwrap()).await.problem(401, "session_ended");
    let owner = Caller { access_token: next["access_token"].as_str().unwrap().to_owned(), ..li };
    owner.get("/api/v1/me/sessions").await.problem(401, "session_ended");
    let row = session::Entity::find_by_id(owner.session_id).one(app.state.database.reader()).await.unwrap();
    assert_eq!(row.unwrap().end_reason.as_deref(), Some("token_reused"));
    other_phone.get("/api/v1/me/sessions").await.ok();
}

async fn many_refreshes_at_once_get_one_successor(app: TestApp) {
    let li = app.resident("li").await;
    let answers = join_all((0..10).map(|_| exchange(&app, &li.refresh_token))).await;
    one_successor(&answers);
    let rows = refresh_token::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(rows.len(), 2, "the first token and one successor");
}

fn one_successor(answers: &[TestResponse]) {
    let successors: Vec<Value> = answers.iter().map(|answer| answer.ok()["refresh_token"].clone()).collect();
    assert!(successors.iter().all(|successor| *successor == successors[0]), "{} differ", successors.len());
}

#[test]
fn two_replicas_that_race_give_one_successor() {
    in_world(Engine::Postgres, async |world: &World| {
        let clock = kangtu::clock::Clock::fixed(wednesday_morning());
        let one = TestApp::start(world.settings(), clock.clone()).await;
        let two = TestApp::start(world.settings(), clock).await;
        for name in ["li", "wang", "chen", "zhao"] {
            let resident = one.resident(name).await;
            let apps = [&one, &two, &one, &two];
            let answers = join_all(apps.map(|app| exchange(app, &resident.refresh_token))).await;
            one_successor(&answers);
        }
        one.stop().await;
        two.stop().await;
    });
}

async fn a_session_ends_when_it_idles_and_when_it_is_old(app: TestApp) {
    let idle = app.resident("idle").await;
    app.clock.advance(TimeDelta::days(90));
    exchange(&app, &idle.refresh_token).await.problem(401, "session_ended");

    let mut faithful = app.resident("faithful").await;
    for _ in 0..4 {
        app.clock.advance(TimeDelta::days(89));
        faithful.refresh().await;
    }
    app.clock.advance(TimeDelta::days(9));
    exchange(&app, &faithful.refresh_token).await.problem(401, "session_ended");
}

async fn staff_idle_no_longer_than_half_an_hour_and_work_twelve(app: TestApp) {
    let idle = app.staff("editor", "440307009000").await;
    app.clock.advance(TimeDelta::minutes(30));
    exchange(&app, &idle.refresh_token).await.problem(401, "session_ended");

    let mut busy = app.staff("editor", "440307009000").await;
    for _ in 0..24 {
        app.clock.advance(TimeDelta::minutes(29));
        busy.refresh().await;
    }
    app.clock.advance(TimeDelta::minutes(10));
    busy.refresh().await;
    app.clock.advance(TimeDelta::minutes(14));
    busy.get("/api/v1/me/sessions").await.problem(401, "session_ended");
    exchange(&app, &busy.refresh_token).await.problem(401, "session_ended");
}

async fn refresh_tokens_are_nothing_else_than_refresh_tokens(app: TestApp) {
    let li = app.resident("li").await;
    for token in [li.access_token.as_str(), "", "x", &"x".repeat(100_000), "' OR 1=1 --"] {
        exchange(&app, token).await.problem(401, "session_ended");
    }
    let as_access = Caller { access_token: li.refresh_token.clone(), ..li };
    as_access.get("/api/v1/me/sessions").await.problem(401, "token_invalid");
}
