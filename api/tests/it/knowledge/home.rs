use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::Value;

use super::{always, draft, publish};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_first_screen_has_what_a_resident_needs,
    the_first_screen_changes_at_midnight,
    an_opening_hour_changes_the_first_screen,
    the_first_screen_is_not_sent_twice_and_shows_what_is_new,
    an_unknown_region_is_named,
);

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn the_first_screen_has_what_a_resident_needs(app: TestApp) {
    let home = app.get("/api/v1/home?region=440307009001").await.ok();
    assert_eq!(home["region"]["code"], "440307009001");
    assert_eq!(home["date"], "2026-11-25");
    assert_eq!(ids(&home["hotlines"])[..2], ["emergency-120", "psychological-12356"]);
    assert_eq!(ids(&home["officers"]), ["officer-01"]);
    assert_eq!(home["articles"].as_array().unwrap().len(), 6);
    assert_eq!(ids(&home["next_health_days"])[0], "aids_day");
    assert_eq!(ids(&home["topics"])[0], "reduce_add_healthy");
    assert_eq!(home["app_links"], Value::Array(Vec::new()), "nobody has said where they lead");
    let anywhere = app.get("/api/v1/home").await.ok();
    assert_eq!((&anywhere["region"], ids(&anywhere["officers"]).len()), (&Value::Null, 0));
}

async fn the_first_screen_changes_at_midnight(app: TestApp) {
    let midnight: DateTime<Utc> = "2026-11-30T16:00:00Z".parse().unwrap();
    app.clock.advance(midnight - app.clock.now() - TimeDelta::milliseconds(1));
    let before = app.get("/api/v1/home").await.ok();
    assert_eq!((&before["date"], ids(&before["health_days"]).len()), (&"2026-11-30".into(), 0));
    app.clock.advance(TimeDelta::milliseconds(1));
    let after = app.get("/api/v1/home").await.ok();
    assert_eq!((&after["date"], ids(&after["health_days"])), (&"2026-12-01".into(), vec!["aids_day"]));
}

async fn an_opening_hour_changes_the_first_screen(app: TestApp) {
    let state = async || {
        let home = app.get("/api/v1/home?region=440307009001").await.ok();
        home["officers"][0]["opening"]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "open");
    app.clock.advance(TimeDelta::hours(2) - TimeDelta::milliseconds(1));
    assert_eq!(state().await, "open", "before noon");
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(state().await, "closed", "at noon");
}

async fn the_first_screen_is_not_sent_twice_and_shows_what_is_new(app: TestApp) {
    let first = app.get("/api/v1/home").await;
    let tag = first.header("etag").unwrap().to_owned();
    let ask = || app.request(Method::GET, "/api/v1/home").header("if-none-match", &tag).send();
    assert_eq!(ask().await.status, 304);
    app.clock.advance(TimeDelta::seconds(1));
    publish(&app, draft("fresh", "刚发布的文章", "内容"), always(&app)).await;
    assert_eq!(ask().await.ok()["articles"][0]["slug"], "fresh");
}

async fn an_unknown_region_is_named(app: TestApp) {
    let problem = app.get("/api/v1/home?region=1").await.problem(400, "bad_parameter");
    assert_eq!(problem["parameter"], "region");
}
