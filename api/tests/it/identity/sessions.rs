//! People see where they are logged in and end it, at once and on every replica.

use chrono::TimeDelta;
use kangtu::clock::Clock;
use kangtu::database::Engine;
use kangtu::identity::session::{self, EndReason, SessionOwner};
use serde_json::json;

use crate::support::world::{World, in_world, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    one_sees_where_one_is_logged_in,
    a_log_out_is_over_at_once,
    one_ends_a_session_of_ones_own_and_no_other,
    logging_out_everywhere_ends_all_and_nobody_elses,
    staff_have_sessions_too,
    whoever_is_disabled_is_out_at_once,
);

const SESSIONS: &str = "/api/v1/me/sessions";

async fn one_sees_where_one_is_logged_in(app: TestApp) {
    let phone = app.resident("li").await;
    app.clock.advance(TimeDelta::minutes(1));
    let tablet = app.resident("li").await;
    app.resident("wang").await;
    let list = phone.get(SESSIONS).await.ok();
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, [json!(tablet.session_id.to_string()), json!(phone.session_id.to_string())]);
    assert_eq!(list["items"][0]["is_current"], false);
    assert_eq!(list["items"][1]["is_current"], true);
    app.clock.advance(TimeDelta::days(365));
    let later = app.resident("li").await;
    assert_eq!(later.get(SESSIONS).await.ok()["items"].as_array().unwrap().len(), 1, "old sessions are gone");
}

async fn a_log_out_is_over_at_once(app: TestApp) {
    let li = app.resident("li").await;
    let other = app.resident("li").await;
    assert_eq!(li.post("/api/v1/auth/logout", &json!({})).await.status, 204);
    li.get(SESSIONS).await.problem(401, "session_ended");
    let refresh = json!({"refresh_token": li.refresh_token});
    app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "session_ended");
    other.get(SESSIONS).await.ok();
}

async fn one_ends_a_session_of_ones_own_and_no_other(app: TestApp) {
    let (phone, tablet, wang) =
        (app.resident("li").await, app.resident("li").await, app.resident("wang").await);
    let of = |caller: &crate::support::callers::Caller| format!("{SESSIONS}/{}", caller.session_id);
    phone.delete(&of(&wang)).await.problem(404, "not_found");
    wang.get(SESSIONS).await.ok();
    assert_eq!(phone.delete(&of(&tablet)).await.status, 204);
    tablet.get(SESSIONS).await.problem(401, "session_ended");
    phone.delete(&of(&tablet)).await.problem(404, "not_found");
    phone.delete(&format!("{SESSIONS}/1")).await.problem(404, "not_found");
}

async fn logging_out_everywhere_ends_all_and_nobody_elses(app: TestApp) {
    let (phone, tablet, wang) =
        (app.resident("li").await, app.resident("li").await, app.resident("wang").await);
    assert_eq!(phone.delete(SESSIONS).await.status, 204);
    for caller in [&phone, &tablet] {
        caller.get(SESSIONS).await.problem(401, "session_ended");
        let refresh = json!({"refresh_token": caller.refresh_token});
        app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "session_ended");
    }
    wang.get(SESSIONS).await.ok();
    app.resident("li").await.get(SESSIONS).await.ok();
}

async fn staff_have_sessions_too(app: TestApp) {
    let editor = app.staff("editor", "440307009000").await;
    let without_factor = app.staff_with(&[("admin", "440000000000")], false).await;
    assert_eq!(editor.get(SESSIONS).await.ok()["items"][0]["is_current"], true);
    without_factor.get(SESSIONS).await.ok();
    assert_eq!(editor.delete(SESSIONS).await.status, 204);
    editor.get(SESSIONS).await.problem(401, "session_ended");
}

async fn whoever_is_disabled_is_out_at_once(app: TestApp) {
    let editor = app.staff("editor", "440307009000").await;
    let (owner, random, now) = (SessionOwner::Staff(editor.id), app.state.random.clone(), app.clock.now());
    let ended = app.state.database.write(move |transaction| {
        let random = random.clone();
        Box::pin(async move {
            session::end_all(transaction, &random, owner, None, EndReason::Disabled, now).await
        })
    });
    assert_eq!(ended.await.unwrap(), 1);
    editor.get(SESSIONS).await.problem(401, "session_ended");
}

#[test]
fn a_log_out_counts_on_every_replica_at_once() {
    in_world(Engine::Postgres, async |world: &World| {
        let clock = Clock::fixed(wednesday_morning());
        let one = TestApp::start(world.settings(), clock.clone()).await;
        let two = TestApp::start(world.settings(), clock).await;
        let li = one.resident("li").await;
        li.on(&two).get(SESSIONS).await.ok();
        assert_eq!(li.delete(SESSIONS).await.status, 204);
        li.on(&two).get(SESSIONS).await.problem(401, "session_ended");
        one.stop().await;
        two.stop().await;
    });
}
