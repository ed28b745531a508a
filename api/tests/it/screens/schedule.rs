//! What plays when, and why.

use serde_json::{Value, json};

use super::{Player, card_playlist, created, id, local, new_screen, new_slot, playing, slot, worker};
use crate::access::HERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    conflicts_are_decided_by_priority_then_directness_then_age_and_explained,
    a_manifest_and_its_explanation_agree,
    a_slot_whose_playlist_has_nothing_to_show_yields,
    a_night_belongs_to_the_day_it_begins_on,
    an_edited_slot_keeps_its_age,
);

async fn explained(worker: &Caller, screen: &str, at: &str) -> Value {
    worker.get(&format!("/api/v1/screens/{screen}/schedule?at={at}%2B08:00")).await.ok()
}

async fn conflicts_are_decided_by_priority_then_directness_then_age_and_explained(app: TestApp) {
    let worker = worker(&app).await;
    let playlist = card_playlist(&worker, "列表", &[1]).await;
    let screen = new_screen(&worker, None).await;
    let group = json!({"region_code": HERE, "name": "全部大堂", "screen_ids": [screen]});
    let group = id(&created(&worker.post("/api/v1/screen-groups", &group).await));
    let noon = "2026-11-27T12:00:00";

    let nothing = explained(&worker, &screen, noon).await;
    assert_eq!(nothing["plays"]["kind"], "built_in");

    let mut through_group = slot("分组", &playlist, &screen, "08:00", "20:00");
    through_group["screen_ids"] = json!([]);
    through_group["group_ids"] = json!([group]);
    new_slot(&worker, &through_group).await;
    assert_eq!(explained(&worker, &screen, noon).await["plays"]["name"], "分组");

    new_slot(&worker, &slot("直接", &playlist, &screen, "08:00", "20:00")).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let told = explained(&worker, &screen, noon).await;
    assert_eq!(told["plays"]["name"], "直接");
    assert_eq!(told["candidates"][1]["yields_because"], "group");
    assert!(told["reason"].as_str().unwrap().contains("直接指定"), "{told}");

    new_slot(&worker, &slot("更新", &playlist, &screen, "08:00", "20:00")).await;
    let told = explained(&worker, &screen, noon).await;
    assert_eq!(told["plays"]["name"], "更新");
    assert_eq!(told["candidates"][1]["yields_because"], "older");

    through_group["name"] = json!("要紧");
    through_group["priority"] = json!(50);
    through_group["ends"] = json!("12:30");
    new_slot(&worker, &through_group).await;
    let told = explained(&worker, &screen, noon).await;
    assert_eq!((&told["plays"]["kind"], &told["plays"]["name"]), (&json!("slot"), &json!("要紧")));
    assert_eq!(told["candidates"][1]["yields_because"], "priority");
    assert!(told["reason"].as_str().unwrap().contains("50"), "{told}");
    assert_eq!(told["until"].as_str().unwrap(), "2026-11-27T04:30:00Z");
    assert_eq!(explained(&worker, &screen, "2026-11-27T12:30:00").await["plays"]["name"], "更新");
    worker.get(&format!("/api/v1/screens/{screen}/schedule?at=noon")).await.problem(400, "bad_parameter");
}

async fn a_manifest_and_its_explanation_agree(app: TestApp) {
    let worker = worker(&app).await;
    let (morning, night, usual) = (
        card_playlist(&worker, "早上", &[1]).await,
        card_playlist(&worker, "夜里", &[2]).await,
        card_playlist(&worker, "平时", &[3]).await,
    );
    let screen = new_screen(&worker, Some(&usual)).await;
    new_slot(&worker, &slot("早上", &morning, &screen, "08:00", "11:00")).await;
    let mut nightly = slot("夜里", &night, &screen, "22:00", "09:00");
    nightly["priority"] = json!(5);
    new_slot(&worker, &nightly).await;
    let manifest = Player::paired(&worker, &screen).await.manifest().await;
    for at in ["2026-11-25T10:30:00", "2026-11-25T11:00:00", "2026-11-26T07:59:59", "2026-11-26T08:30:00"] {
        let told = explained(&worker, &screen, at).await;
        let name = playing(&manifest, local(at));
        assert_eq!(told["plays"]["name"].as_str(), name.as_deref(), "{at}: {told}");
    }
    assert_eq!(explained(&worker, &screen, "2026-11-25T15:00:00").await["plays"]["kind"], "fallback");
}

async fn a_slot_whose_playlist_has_nothing_to_show_yields(app: TestApp) {
    let worker = worker(&app).await;
    let (empty, usual) =
        (card_playlist(&worker, "空的", &[]).await, card_playlist(&worker, "平时", &[3]).await);
    let screen = new_screen(&worker, Some(&usual)).await;
    let mut urgent = slot("空的", &empty, &screen, "00:00", "24:00");
    urgent["priority"] = json!(90);
    new_slot(&worker, &urgent).await;
    let manifest = Player::paired(&worker, &screen).await.manifest().await;
    assert_eq!(playing(&manifest, app.clock.now()).as_deref(), Some("平时"));
    let told = explained(&worker, &screen, "2026-11-25T12:00:00").await;
    assert_eq!(told["plays"]["kind"], "fallback");
    assert_eq!(told["candidates"][0]["yields_because"], "empty_playlist");
}

async fn a_night_belongs_to_the_day_it_begins_on(app: TestApp) {
    let worker = worker(&app).await;
    let night = card_playlist(&worker, "夜里", &[2]).await;
    let screen = new_screen(&worker, None).await;
    let mut wednesday = slot("周三夜", &night, &screen, "22:00", "06:00");
    wednesday["weekdays"] = json!([3]);
    new_slot(&worker, &wednesday).await;
    let manifest = Player::paired(&worker, &screen).await.manifest().await;
    for (at, name) in [
        ("2026-11-25T21:59:59", None),
        ("2026-11-25T22:00:00", Some("夜里")),
        ("2026-11-26T05:59:59", Some("夜里")),
        ("2026-11-26T06:00:00", None),
        ("2026-11-26T23:00:00", None),
    ] {
        assert_eq!(playing(&manifest, local(at)).as_deref(), name, "{at}");
    }
}

async fn an_edited_slot_keeps_its_age(app: TestApp) {
    let worker = worker(&app).await;
    let playlist = card_playlist(&worker, "列表", &[1]).await;
    let screen = new_screen(&worker, None).await;
    let first = slot("先建", &playlist, &screen, "08:00", "20:00");
    let first_id = new_slot(&worker, &first).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    new_slot(&worker, &slot("后建", &playlist, &screen, "08:00", "20:00")).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let mut change = first.clone();
    change["name"] = json!("先建，改过");
    let path = format!("/api/v1/screen-slots/{first_id}");
    let edit = worker.request(reqwest::Method::PUT, &path).header("if-match", "\"1\"").json(&change);
    assert_eq!(edit.send().await.ok()["version"], 2);
    assert_eq!(explained(&worker, &screen, "2026-11-27T12:00:00").await["plays"]["name"], "后建");
}
