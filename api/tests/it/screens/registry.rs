//! Screens, groups, playlists and slots as workers keep them.

use chrono::TimeDelta;
use serde_json::json;

use super::{Player, card_playlist, created, id, local, new_screen, new_slot, slot, worker};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_screen_is_made_edited_and_retired_and_each_step_is_audited,
    an_edit_of_a_stale_version_changes_nothing,
    a_worker_next_door_does_not_know_of_it,
    everything_wrong_with_a_slot_is_told_at_once,
    a_playlist_that_something_plays_cannot_be_deleted,
    a_group_holds_only_screens_of_its_region,
    a_screen_is_offline_after_five_minutes_of_silence,
    workers_are_told_once_in_working_hours_of_a_screen_that_went_silent,
    a_screen_that_nobody_expects_to_play_is_no_alarm,
    lists_are_paged,
);

/// What the job told by now, and the names of the silent screens that a worker here sees.
async fn alarms(app: &TestApp) -> (usize, Vec<String>) {
    let told = kangtu::screens::tell_silence(&app.state, app.clock.now()).await.unwrap();
    let list = worker(app).await.get("/api/v1/screen-alarms").await.ok();
    let names = list["items"].as_array().unwrap().iter();
    (told, names.map(|item| item["name"].as_str().unwrap().to_owned()).collect())
}

fn later(app: &TestApp, local_time: &str) {
    app.clock.advance(local(local_time) - app.clock.now());
}

async fn workers_are_told_once_in_working_hours_of_a_screen_that_went_silent(app: TestApp) {
    later(&app, "2026-11-25T17:50:00");
    let screen = new_screen(&worker(&app).await, None).await;
    let player = Player::paired(&worker(&app).await, &screen).await;
    assert_eq!(player.beat().await.status, 204);
    let nothing = (0, Vec::new());
    later(&app, "2026-11-25T17:55:00");
    assert_eq!(alarms(&app).await, nothing);
    later(&app, "2026-11-25T18:00:01");
    assert_eq!(alarms(&app).await, nothing, "nobody works any more");
    later(&app, "2026-11-26T08:59:00");
    assert_eq!(alarms(&app).await, nothing);
    later(&app, "2026-11-26T09:00:00");
    assert_eq!(alarms(&app).await, (1, vec!["大堂".to_owned()]));
    later(&app, "2026-11-26T10:00:00");
    assert_eq!(alarms(&app).await, (0, vec!["大堂".to_owned()]), "once");
    let list = worker(&app).await.get("/api/v1/screen-alarms").await.ok();
    assert_eq!(list["items"][0]["text"], "“大堂”从11月25日17:50起没有消息，请看看电源和网络。");
    let next_door = app.staff("editor", ELSEWHERE).await;
    assert_eq!(next_door.get("/api/v1/screen-alarms").await.ok()["items"], json!([]));

    // It is back, and then silent again: that is another alarm.
    assert_eq!(player.beat().await.status, 204);
    assert_eq!(alarms(&app).await, nothing);
    later(&app, "2026-11-26T10:05:01");
    assert_eq!(alarms(&app).await, (1, vec!["大堂".to_owned()]));
    worker(&app).await.delete(&format!("/api/v1/screens/{screen}/token")).await.ok();
    assert_eq!(alarms(&app).await, nothing, "no player is paired any more");
}

async fn a_screen_that_nobody_expects_to_play_is_no_alarm(app: TestApp) {
    let worker = worker(&app).await;
    new_screen(&worker, None).await;
    let paired = new_screen(&worker, None).await;
    Player::paired(&worker, &paired).await;
    later(&app, "2026-11-25T11:00:00");
    assert_eq!(alarms(&app).await.0, 1, "paired and never heard of");
    later(&app, "2026-11-28T11:00:00");
    let other = new_screen(&self::worker(&app).await, None).await;
    Player::paired(&self::worker(&app).await, &other).await;
    later(&app, "2026-11-29T11:00:00");
    assert_eq!(alarms(&app).await.0, 0, "a Sunday");
}

async fn a_screen_is_made_edited_and_retired_and_each_step_is_audited(app: TestApp) {
    let worker = worker(&app).await;
    let body = json!({
        "region_code": HERE, "name": " 大堂 ", "place": "一楼服务台旁", "volume": 30,
        "quiet_hours": {"from": "21:00", "until": "07:00"},
    });
    let made = worker.post("/api/v1/screens", &body).await;
    let screen = created(&made);
    let path = format!("/api/v1/screens/{}", id(&screen));
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!((&screen["name"], &screen["connection"]), (&json!("大堂"), &json!("unpaired")));
    assert_eq!(screen["quiet_hours"], json!({"from": "21:00", "until": "07:00"}));

    let change = json!({"name": "二楼候诊区", "place": null, "quiet_hours": null});
    let edited = worker.patch_version(&path, 1, &change).await.ok();
    assert_eq!((&edited["name"], &edited["place"]), (&json!("二楼候诊区"), &json!(null)));
    assert_eq!((&edited["volume"], &edited["version"]), (&json!(30), &json!(2)));
    assert_eq!(worker.get(&path).await.ok(), edited);

    let player = Player::paired(&worker, &id(&screen)).await;
    player.manifest().await;
    let retire = worker.request(reqwest::Method::POST, &format!("{path}/retire")).header("if-match", "\"3\"");
    assert_eq!(retire.send().await.ok()["status"], "retired");
    player.get("manifest").await.problem(401, "screen_not_paired");
    worker.patch_version(&path, 4, &json!({"name": "大堂"})).await.problem(409, "screen_retired");
    worker.post(&format!("{path}/token"), &json!({})).await.problem(409, "screen_retired");

    let auditor = app.staff("auditor", HERE).await;
    let log = auditor.get("/api/v1/audit?limit=100").await.ok();
    let actions: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    for (action, count) in [("screens.changed", 3), ("screens.paired", 1)] {
        assert_eq!(actions.iter().filter(|told| **told == action).count(), count, "{actions:?}");
    }
}

async fn an_edit_of_a_stale_version_changes_nothing(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let playlist = card_playlist(&worker, "早上", &[1]).await;
    let slot_body = slot("早上", &playlist, &screen, "08:00", "12:00");
    let slot = new_slot(&worker, &slot_body).await;
    let paths = [
        (reqwest::Method::PATCH, format!("/api/v1/screens/{screen}"), json!({"name": "别处"})),
        (reqwest::Method::PUT, format!("/api/v1/playlists/{playlist}"), json!({"name": "空", "items": []})),
        (reqwest::Method::PUT, format!("/api/v1/screen-slots/{slot}"), slot_body.clone()),
        (reqwest::Method::DELETE, format!("/api/v1/screen-slots/{slot}"), json!({})),
    ];
    for (method, path, body) in paths {
        worker.request(method.clone(), &path).json(&body).send().await.problem(428, "version_required");
        let stale = worker.request(method, &path).header("if-match", "\"7\"").json(&body).send().await;
        stale.problem(412, "stale_version");
        assert_eq!(worker.get(&path).await.ok()["version"], 1, "{path}");
    }
}

async fn a_worker_next_door_does_not_know_of_it(app: TestApp) {
    let here = worker(&app).await;
    let next_door = app.staff("editor", ELSEWHERE).await;
    let screen = new_screen(&here, None).await;
    let playlist = card_playlist(&here, "早上", &[1]).await;
    let slot_id = new_slot(&here, &slot("早上", &playlist, &screen, "08:00", "12:00")).await;
    for path in [
        format!("/api/v1/screens/{screen}"),
        format!("/api/v1/screens/{screen}/schedule"),
        format!("/api/v1/screens/{screen}/statistics"),
        format!("/api/v1/playlists/{playlist}"),
        format!("/api/v1/screen-slots/{slot_id}"),
    ] {
        here.get(&path).await.ok();
        next_door.get(&path).await.problem(404, "not_found");
    }
    for list in ["screens", "playlists", "screen-slots", "screen-groups"] {
        let items = next_door.get(&format!("/api/v1/{list}")).await.ok()["items"].clone();
        assert!(!items.to_string().contains(HERE), "{list}: {items}");
    }
    next_door.delete(&format!("/api/v1/screens/{screen}/token")).await.problem(404, "not_found");
    // Nor may they play something on it, or play something of here.
    let own = new_screen_elsewhere(&next_door).await;
    let mut foreign = slot("借用", &playlist, &own, "08:00", "12:00");
    foreign["region_code"] = json!(ELSEWHERE);
    let refused = next_door.post("/api/v1/screen-slots", &foreign).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "unknown_playlist");
}

async fn new_screen_elsewhere(worker: &crate::support::callers::Caller) -> String {
    let body = json!({"region_code": ELSEWHERE, "name": "隔壁"});
    id(&created(&worker.post("/api/v1/screens", &body).await))
}

async fn everything_wrong_with_a_slot_is_told_at_once(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let playlist = card_playlist(&worker, "早上", &[1]).await;
    let mut wrong = slot("", &playlist, &screen, "8点", "25:00");
    wrong["weekdays"] = json!([0, 8]);
    wrong["priority"] = json!(101);
    wrong["first_day"] = json!("2026-12-01");
    wrong["last_day"] = json!("2026-11-01");
    wrong["region_code"] = json!("990000000000");
    let problem = worker.post("/api/v1/screen-slots", &wrong).await.problem(422, "invalid");
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    for pointer in ["/region_code", "/name", "/begins", "/ends", "/weekdays", "/last_day", "/priority"] {
        assert!(pointers.contains(&pointer), "{pointer} is missing in {pointers:?}");
    }
    let items = json!([
        {"article_id": 999_999}, {"media_id": screen}, {}, {"article_id": 1, "duration_s": 2},
        {"article_id": 1, "media_id": screen},
    ]);
    let body = json!({"region_code": HERE, "name": "列表", "items": items});
    let problem = worker.post("/api/v1/playlists", &body).await.problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 5, "{problem}");
}

async fn a_playlist_that_something_plays_cannot_be_deleted(app: TestApp) {
    let worker = worker(&app).await;
    let playlist = card_playlist(&worker, "默认", &[1]).await;
    let screen = new_screen(&worker, Some(&playlist)).await;
    let path = format!("/api/v1/playlists/{playlist}");
    let delete = || worker.request(reqwest::Method::DELETE, &path).header("if-match", "\"1\"").send();
    let refusal = delete().await.problem(409, "playlist_in_use");
    assert!(refusal["detail"].as_str().unwrap().contains("大堂"), "{refusal}");
    let other = card_playlist(&worker, "另一个", &[2]).await;
    let change = json!({"default_playlist_id": other});
    worker.patch_version(&format!("/api/v1/screens/{screen}"), 1, &change).await.ok();
    assert_eq!(delete().await.status, 204);
    worker.get(&path).await.problem(404, "not_found");
}

async fn a_group_holds_only_screens_of_its_region(app: TestApp) {
    let street = app.staff("editor", "440307009000").await;
    let here = new_screen(&street, None).await;
    let elsewhere = new_screen_elsewhere(&street).await;
    let group =
        |region: &str| json!({"region_code": region, "name": "大堂们", "screen_ids": [here, elsewhere]});
    let refused = street.post("/api/v1/screen-groups", &group(HERE)).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "unknown_screen");
    let made = created(&street.post("/api/v1/screen-groups", &group("440307009000")).await);
    let path = format!("/api/v1/screen-groups/{}", id(&made));
    let change = json!({"name": "大堂们", "screen_ids": [here]});
    let replace = street.request(reqwest::Method::PUT, &path).header("if-match", "\"1\"").json(&change);
    assert_eq!(replace.send().await.ok()["screen_ids"], json!([here]));
    let delete = street.request(reqwest::Method::DELETE, &path).header("if-match", "\"2\"");
    assert_eq!(delete.send().await.status, 204);
    street.get(&path).await.problem(404, "not_found");
}

async fn a_screen_is_offline_after_five_minutes_of_silence(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let connection = async || {
        let screen = worker.get(&format!("/api/v1/screens/{screen}")).await.ok();
        screen["connection"].as_str().unwrap().to_owned()
    };
    let player = Player::paired(&worker, &screen).await;
    assert_eq!(connection().await, "waiting");
    assert_eq!(player.beat().await.status, 204);
    assert_eq!(connection().await, "online");
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(connection().await, "online");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(connection().await, "offline");
    let listed = worker.get("/api/v1/screens?limit=100").await.ok();
    let told = listed["items"].as_array().unwrap().iter().find(|item| item["id"] == screen.as_str()).unwrap();
    assert_eq!(told["heartbeat"]["item"], "article-1");
    assert_eq!(told["heartbeat"]["clock_offset_ms"], -320);
    player.beat().await;
    assert_eq!(connection().await, "online");
    let wrong = json!({"player_version": "", "showing": "schedule", "free_bytes": -1});
    player.post("heartbeat", &wrong).await.problem(422, "invalid");
}

async fn lists_are_paged(app: TestApp) {
    let worker = worker(&app).await;
    for _ in 0..3 {
        new_screen(&worker, None).await;
    }
    let first = worker.get("/api/v1/screens?limit=2").await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/screens?limit=100&cursor={}", first["next"].as_str().unwrap());
    let rest = worker.get(&path).await.ok();
    assert!(!rest["items"].as_array().unwrap().is_empty() && rest["next"].is_null());
    worker.get("/api/v1/screens?cursor=x").await.problem(400, "bad_parameter");
    worker.get("/api/v1/screens?limit=0").await.problem(400, "bad_parameter");
}
