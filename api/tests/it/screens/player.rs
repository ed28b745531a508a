//! The player in a real browser: it pairs, plays, survives the server's end, shows what is urgent.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use entity::media;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::database::Engine;
use reqwest::Method;
use serde_json::{Value, json};

use super::{card_playlist, created, id, medium, new_screen, new_slot, slot, worker};
use crate::access::HERE;
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::callers::Caller;
use crate::support::world::{World, in_world};

#[test]
fn a_player_pairs_plays_without_its_server_and_shows_what_is_urgent() {
    in_world(Engine::Sqlite, async |world| {
        if let Some(browser) = Browser::start_if_installed().await {
            Box::pin(live(world, browser)).await;
        }
    });
}

/// The browser's clock is the machine's, so the server's is too.
async fn serve(world: &World, listen: Option<SocketAddr>) -> TestApp {
    let settings = world.settings();
    let listen = listen.unwrap_or(settings.listen);
    TestApp::start(Settings { listen, ..settings }, Clock::system()).await
}

async fn live(world: &World, mut browser: Browser) {
    let app = serve(world, None).await;
    let address: SocketAddr = app.base_url.trim_start_matches("http://").parse().unwrap();
    let (keeper, reviewer) = (worker(&app).await, app.staff("reviewer", HERE).await);
    let list = card_playlist(&keeper, "全天", &[1]).await;
    let usual = card_playlist(&keeper, "平时", &[2]).await;
    let screen = new_screen(&keeper, Some(&usual)).await;
    new_slot(&keeper, &slot("全天", &list, &screen, "00:00", "24:00")).await;

    // It shows a code until a worker types it in, and then plays what its time is.
    browser.open(&format!("{}/screen?poll_s=0.3&heartbeat_s=0.5", app.base_url)).await;
    let code = browser.until("document.getElementById('code').textContent").await;
    keeper.post(&format!("/api/v1/screens/{screen}/pair"), &json!({"code": code})).await.ok();
    let title = browser.until("document.querySelector('.card h1')?.textContent").await;
    let article = app.get("/api/v1/articles/daily-salt").await.ok();
    assert_eq!(title, article["title"]);
    assert_eq!(browser.value("document.documentElement.dataset.view").await, "playing");
    browser.until("navigator.serviceWorker.controller !== null").await;
    until_told(&keeper, &screen, "offline_ready", true).await;

    // A programme of which a file cannot be had does not begin: the one before goes on.
    let never_uploaded = medium(&app, media::Kind::Image, b"never uploaded").await;
    replace_items(&keeper, &list, 1, json!([{"media_id": never_uploaded}])).await;
    until_told(&keeper, &screen, "waits_for_files", true).await;
    assert_eq!(browser.value("document.querySelector('.card h1')?.textContent").await, title);
    replace_items(&keeper, &list, 2, json!([{"article_id": 1}])).await;
    until_told(&keeper, &screen, "waits_for_files", false).await;
    let title = until_replaced(&mut browser, &keeper, &list, &title).await;

    // What is urgent comes over everything and leaves nothing behind.
    let warning = json!({
        "region_code": HERE, "level": "red", "message": "台风来了，请待在室内。",
        "ends_at": app.clock.now() + TimeDelta::hours(1),
    });
    let sent = created(&reviewer.post("/api/v1/screen-emergencies", &warning).await);
    let shown = "!document.getElementById('emergency').hidden && \
                 document.querySelector('#emergency .message').textContent";
    assert_eq!(browser.until(shown).await, "台风来了，请待在室内。");
    let path = format!("/api/v1/screen-emergencies/{}/withdraw", id(&sent));
    reviewer.post(&path, &json!({})).await.ok();
    browser.until("document.getElementById('emergency').hidden").await;
    browser.until("document.documentElement.dataset.view === 'playing'").await;

    // The interrupted play is told and counted.
    let statistics = format!("/api/v1/screens/{screen}/statistics");
    let mut counted = Value::Null;
    while counted["items"][0]["plays"].is_null() {
        browser.until("document.documentElement.dataset.online === 'yes'").await;
        counted = keeper.get(&statistics).await.ok();
    }
    let told = &counted["items"][0];
    assert_eq!(told["asset"], "article-1");
    assert!(told["completed"].as_i64() < told["plays"].as_i64(), "{told}");

    // Without its server it begins anew, from nothing but what it has kept.
    app.stop().await;
    browser.reload().await;
    browser.until("document.documentElement.dataset.online === 'no'").await;
    assert_eq!(browser.until("document.querySelector('.card h1')?.textContent").await, title);
    assert_eq!(browser.value("document.documentElement.dataset.view").await, "playing");

    // A box whose clock was reset believes neither it nor the schedule, and plays its default list.
    let reset = browser.run_before("Date.now = () => 946_684_800_000").await;
    browser.reload().await;
    let other = format!("document.querySelector('.card h1')?.textContent !== '{}'", title.as_str().unwrap());
    browser.until(&format!("document.querySelector('.card h1') && {other}")).await;
    browser.no_longer_run(&reset).await;
    browser.reload().await;
    browser.until("document.documentElement.dataset.online === 'no'").await;

    // The server is back; the screen is taken away and shows a code again.
    let app = serve(world, Some(address)).await;
    browser.until("document.documentElement.dataset.online === 'yes'").await;
    let keeper = worker(&app).await;
    keeper.delete(&format!("/api/v1/screens/{screen}/token")).await.ok();
    let shown = "document.documentElement.dataset.view === 'pairing' && \
                 document.getElementById('code').textContent";
    let next = browser.until(shown).await;
    assert_ne!(next, code);
    drop(browser);
    app.stop().await;
}

/// Replaces what plays, and waits until the player shows the new item; tells its title.
async fn until_replaced(browser: &mut Browser, keeper: &Caller, playlist: &str, title: &Value) -> Value {
    let before = browser.value("document.documentElement.dataset.manifest").await;
    replace_items(keeper, playlist, 3, json!([{"article_id": 3}])).await;
    browser.until(&format!("document.documentElement.dataset.manifest !== {before}")).await;
    assert_eq!(browser.value("document.documentElement.dataset.problem ?? null").await, Value::Null);
    let cards =
        "[...document.querySelectorAll('.slide.card:not(.leaving) h1')].map((card) => card.textContent)";
    let other = format!("{cards}.find((shown) => shown !== {title})");
    browser.until(&other).await
}

/// Waits until the player tells something of itself.
async fn until_told(keeper: &Caller, screen: &str, member: &str, value: bool) {
    for _ in 0..450 {
        let told = keeper.get(&format!("/api/v1/screens/{screen}")).await.ok();
        if told["heartbeat"][member] == value {
            assert_eq!(
                (&told["connection"], &told["heartbeat"]["showing"]),
                (&json!("online"), &json!("schedule"))
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the player never tells {member} = {value}");
}

async fn replace_items(keeper: &Caller, playlist: &str, version: u32, items: Value) {
    let path = format!("/api/v1/playlists/{playlist}");
    let request = keeper.request(Method::PUT, &path).header("if-match", &format!("\"{version}\""));
    request.json(&json!({"name": "全天", "items": items})).send().await.ok();
}
