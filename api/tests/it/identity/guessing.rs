//! Guessing of passwords gets nowhere, and locks nobody out.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join_all;
use kangtu::audit::Action;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::identity::password::rules::PasswordRules;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{KUICHONG, PASSWORD, ROOT, hire, log_in};
use crate::support::callers::Caller;
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(in world:
    unknown_disabled_and_mistyped_are_told_the_same_after_the_same_work,
    five_failures_make_an_address_wait_longer_each_time,
    the_owner_elsewhere_gets_in_while_somebody_guesses,
    of_a_thousand_guesses_from_one_address_few_are_looked_at,
    guesses_from_everywhere_at_one_name_are_few_and_do_not_lock_out_its_office,
    where_levels_are_assessed_a_password_lasts_90_days,
);

/// A server behind a proxy, so that tests can come from anywhere.
async fn behind_proxy(world: &World) -> TestApp {
    let mut settings = world.settings();
    settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    TestApp::start(settings, Clock::fixed(wednesday_morning())).await
}

async fn unknown_disabled_and_mistyped_are_told_the_same_after_the_same_work(world: &World) {
    let app = behind_proxy(world).await;
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "li.si", "editor", KUICHONG).await;
    let gone = hire(&admin, "gone", "editor", KUICHONG).await;
    let path = format!("/api/v1/staff/{}", gone["id"].as_str().unwrap());
    assert_eq!(admin.patch_version(&path, 1, &json!({"status": "disabled"})).await.status, 200);
    let mut told = BTreeSet::new();
    for (username, password) in
        [("nobody", PASSWORD), ("li.si", "wrong-password"), ("gone", PASSWORD), ("gone", "wrong-password")]
    {
        let (before, noted) = (app.state.passwords.evaluated(), audit_rows(&app).await);
        let answer = log_in(&app, "203.0.113.1", username, password, None).await;
        assert_eq!(audit_rows(&app).await - noted, 1, "{username}: another amount of work");
        let problem = answer.problem(401, "login_failed");
        told.insert(problem["detail"].as_str().unwrap().to_owned());
        assert_eq!(app.state.passwords.evaluated() - before, 1, "{username}: another amount of work");
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(log_in(&app, "203.0.113.1", " LI.SI ", PASSWORD, None).await.status, 200);
    app.stop().await;
}

async fn five_failures_make_an_address_wait_longer_each_time(world: &World) {
    let app = behind_proxy(world).await;
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "li.si", "editor", KUICHONG).await;
    let from = "203.0.113.1";
    for _ in 0..5 {
        log_in(&app, from, "li.si", "wrong-password", None).await.problem(401, "login_failed");
    }
    for minutes in [1, 2, 4, 8, 15, 15] {
        let refused = log_in(&app, from, "li.si", PASSWORD, None).await;
        refused.problem(429, "login_locked");
        let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((minutes * 60..=minutes * 60 + 1).contains(&wait), "{minutes}: {wait}");
        app.clock.advance(TimeDelta::minutes(minutes));
        log_in(&app, from, "li.si", "wrong-password", None).await.problem(401, "login_failed");
    }
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(log_in(&app, from, "li.si", PASSWORD, None).await.status, 200);
    for _ in 0..4 {
        log_in(&app, from, "li.si", "wrong-password", None).await.problem(401, "login_failed");
    }
    assert_eq!(log_in(&app, from, "li.si", PASSWORD, None).await.status, 200, "success starts anew");
    let locked = entity::audit_event::Entity::find()
        .filter(entity::audit_event::Column::Action.eq(Action::LoginLocked.as_str()));
    assert!(locked.count(app.state.database.reader()).await.unwrap() > 0);
    app.stop().await;
}

async fn the_owner_elsewhere_gets_in_while_somebody_guesses(world: &World) {
    let app = behind_proxy(world).await;
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "li.si", "editor", KUICHONG).await;
    for _ in 0..8 {
        log_in(&app, "203.0.113.66", "li.si", "wrong-password", None).await;
    }
    log_in(&app, "203.0.113.66", "li.si", PASSWORD, None).await.problem(429, "login_locked");
    assert_eq!(log_in(&app, "198.51.100.7", "li.si", PASSWORD, None).await.status, 200);
    // All addresses of one subscriber count as one.
    for host in 1..=5 {
        log_in(&app, &format!("2001:db8:1:1::{host}"), "li.si", "wrong-password", None).await;
    }
    log_in(&app, "2001:db8:1:1::99", "li.si", PASSWORD, None).await.problem(429, "login_locked");
    app.stop().await;
}

async fn of_a_thousand_guesses_from_one_address_few_are_looked_at(world: &World) {
    let app = behind_proxy(world).await;
    let names: Vec<String> = (0..100).map(|number| format!("name-{number}")).collect();
    for _ in 0..10 {
        let guesses = names.iter().map(|name| log_in(&app, "203.0.113.66", name, "wrong-password", None));
        let answers = join_all(guesses).await;
        assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429 | 503)));
    }
    let evaluated = app.state.passwords.evaluated();
    assert!((1..=20).contains(&evaluated), "{evaluated} of 1,000 guesses were looked at");
    app.stop().await;
}

async fn guesses_from_everywhere_at_one_name_are_few_and_do_not_lock_out_its_office(world: &World) {
    let app = behind_proxy(world).await;
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "li.si", "editor", KUICHONG).await;
    assert_eq!(log_in(&app, "198.51.100.7", "li.si", PASSWORD, None).await.status, 200);
    let before = app.state.passwords.evaluated();
    for number in 0..60 {
        let from = format!("203.0.{number}.1");
        log_in(&app, &from, "li.si", "wrong-password", None).await;
    }
    let evaluated = app.state.passwords.evaluated() - before;
    assert!((1..=20).contains(&evaluated), "{evaluated} guesses were looked at");
    log_in(&app, "192.0.2.1", "li.si", PASSWORD, None).await.problem(429, "login_locked");
    assert_eq!(log_in(&app, "198.51.100.7", "li.si", PASSWORD, None).await.status, 200);
    app.clock.advance(TimeDelta::hours(13));
    assert_eq!(log_in(&app, "192.0.2.1", "li.si", PASSWORD, None).await.status, 200, "it is forgotten");
    app.stop().await;
}

async fn audit_rows(app: &TestApp) -> u64 {
    entity::audit_event::Entity::find().count(app.state.database.reader()).await.unwrap()
}

async fn where_levels_are_assessed_a_password_lasts_90_days(world: &World) {
    let settings = Settings { password_rules: PasswordRules::LevelProtection, ..world.settings() };
    let app = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
    let admin = app.staff("admin", ROOT).await;
    let (first, second) = ("Mx7-lantern-rope", "Kx9-lantern-road");
    let mut new = super::new_staff("li.si", "editor", KUICHONG);
    new["password"] = json!(first);
    assert_eq!(admin.post("/api/v1/staff", &new).await.status, 201);
    app.clock.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    let here = "203.0.113.1";
    assert_eq!(log_in(&app, here, "li.si", first, None).await.ok()["must_change_password"], false);
    app.clock.advance(TimeDelta::seconds(1));
    let session = log_in(&app, here, "li.si", first, None).await.ok();
    assert_eq!(session["must_change_password"], true);
    let token = session["access_token"].as_str().unwrap();
    let editor = Caller { access_token: token.to_owned(), ..admin.clone() };
    editor.get("/api/v1/staff").await.problem(403, "password_expired");
    let change = json!({"current_password": first, "new_password": second});
    assert_eq!(editor.put("/api/v1/me/staff/password", &change).await.status, 204);
    let session = log_in(&app, here, "li.si", second, None).await.ok();
    assert_eq!(session["must_change_password"], false);
    let token = session["access_token"].as_str().unwrap();
    let editor = Caller { access_token: token.to_owned(), ..editor };
    editor.get("/api/v1/staff").await.problem(403, "not_permitted");
    app.stop().await;
}
