//! A lecture's life, from the draft to the sheet in the office's folder.

use chrono::TimeDelta;
use kangtu::hex::lower_hex;
use kangtu::registrations::strikes;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::reports::cells;
use crate::activities::{alone, audit, id_of, lecture_with, publish, sign_up, status, told};
use crate::people::{add, child};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_lecture_lives_from_the_draft_to_the_sheet);

async fn named(app: &TestApp, login: &str, name: &str) -> Caller {
    let resident = app.resident(login).await;
    resident.patch("/api/v1/me", &json!({"name": name})).await.ok();
    resident
}

fn hash(id: &str) -> String {
    let id: Uuid = id.parse().unwrap();
    lower_hex(&Sha256::digest(id.as_bytes())[..16])
}

async fn a_lecture_lives_from_the_draft_to_the_sheet(app: TestApp) {
    // Drafted by one, reviewed by another, published; three seats, and more who want them.
    let content = lecture_with(app.clock.now(), &json!({"capacity": 3, "counts_no_shows": true}));
    let id = publish(&app, &content).await;
    let mut li = named(&app, "li", "李秀英").await;
    let mut wang = named(&app, "wang", "王建国").await;
    let mut zhao = named(&app, "zhao", "赵小梅").await;
    let mut chen = named(&app, "chen", "陈大文").await;
    let mut family = alone(&li);
    family.push(add(&li, &child()).await);
    let lis = id_of(&sign_up(&li, id, &family).await);
    let wangs = id_of(&sign_up(&wang, id, &alone(&wang)).await);
    let zhaos = id_of(&sign_up(&zhao, id, &alone(&zhao)).await);
    assert_eq!(status(&wang, &wangs).await, "confirmed");
    assert_eq!(status(&zhao, &zhaos).await, "waiting", "the lecture is full");
    zhao.get(&format!("/api/v1/registrations/{zhaos}/ticket")).await.problem(409, "still_waiting");

    // A family cancels: the next in line has a seat and is told, and one seat is left for somebody new.
    app.clock.advance(TimeDelta::minutes(1));
    let cancelled = li.delete(&format!("/api/v1/registrations/{lis}")).await.status;
    assert!(matches!(cancelled, 200 | 204), "{cancelled}");
    assert_eq!(status(&zhao, &zhaos).await, "confirmed");
    assert!(!told(&zhao).await.is_empty());
    let notices = zhao.get("/api/v1/me/notices").await.ok();
    assert!(notices["unread"].as_i64().unwrap() >= 1, "{notices}");
    let chens = id_of(&sign_up(&chen, id, &alone(&chen)).await);
    let numbers = audit(&app, id).await;
    assert_eq!((&numbers["taken"], &numbers["waiting"]), (&json!(3), &json!(0)));

    // The day: one phone at the door has a network, the other does not.
    app.clock.advance(TimeDelta::days(3) - TimeDelta::minutes(31));
    for caller in [&mut li, &mut wang, &mut zhao, &mut chen] {
        caller.refresh().await;
    }
    let host = app.staff("activity_host", super::HERE).await;
    let bundle = host.get(&format!("/api/v1/activities/{id}/gate-bundle")).await.ok();
    let entries: Vec<&Value> = bundle["entries"].as_array().unwrap().iter().collect();
    assert_eq!(entries.len(), 3);
    assert!(
        entries.iter().any(|entry| entry["hash"] == hash(&zhaos) && entry["people"][0]["name"] == "赵*梅")
    );
    let ticket = async |who: &Caller, registration: &str| {
        let ticket = who.get(&format!("/api/v1/registrations/{registration}/ticket")).await.ok();
        ticket["ticket"].as_str().unwrap().to_owned()
    };
    let shown = ticket(&wang, &wangs).await;
    let check_ins = format!("/api/v1/activities/{id}/check-ins");
    let scan = json!({"ticket": shown, "nonce": "door-1-0001"});
    assert_eq!(host.post(&check_ins, &scan).await.ok()["text"], "签到成功：王*国。");
    assert_eq!(host.post(&check_ins, &scan).await.ok()["status"], "checked_in", "sent again it is one");
    li.get(&format!("/api/v1/registrations/{lis}/ticket")).await.problem(409, "registration_cancelled");
    let scans = json!([
        {"ticket": ticket(&zhao, &zhaos).await, "nonce": "door-2-0001", "scanned_at": app.clock.now()},
        {"ticket": shown, "nonce": "door-2-0002", "scanned_at": app.clock.now()},
    ]);
    app.clock.advance(TimeDelta::minutes(20));
    let mut host = app.staff("activity_host", super::HERE).await;
    let body = json!({"device": "门口手机 2", "device_now": app.clock.now(), "scans": scans});
    let taken = host.post(&format!("{check_ins}/offline"), &body).await.ok();
    assert_eq!((&taken["checked_in"], &taken["conflicts"]), (&json!(1), &json!(1)), "{taken}");
    let listed = host.get(&format!("/api/v1/activities/{id}/check-in-conflicts")).await.ok();
    let conflict = &listed["items"][0];
    assert_eq!((&conflict["reason"], &conflict["people"][0]["name"]), (&json!("already"), &json!("王*国")));
    let settle =
        format!("/api/v1/activities/{id}/check-in-conflicts/{}/settle", conflict["id"].as_str().unwrap());
    assert_eq!(host.post(&settle, &json!({"decision": "dismissed"})).await.status, 204);
    wang.refresh().await;
    let there = wang.delete(&format!("/api/v1/registrations/{wangs}")).await;
    there.problem(409, "checked_in");

    // What they thought of it.
    for (who, registration, stars) in [(&mut wang, &wangs, 5), (&mut zhao, &zhaos, 4)] {
        who.refresh().await;
        let body = json!({"overall": stars});
        who.post(&format!("/api/v1/registrations/{registration}/feedback"), &body).await.ok();
    }
    chen.refresh().await;
    let body = json!({"overall": 1});
    let path = format!("/api/v1/registrations/{chens}/feedback");
    chen.post(&path, &body).await.problem(409, "not_checked_in");

    // The office: the sheet, the count, and a strike for whoever stayed away.
    app.clock.advance(TimeDelta::days(2));
    host = app.staff("activity_host", super::HERE).await;
    let xlsx = format!("/api/v1/activities/{id}/registrations?format=xlsx");
    let sheet = cells(&host.request(Method::GET, &xlsx).send().await);
    let of = |name: &str| sheet.iter().find(|row| row[1] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(sheet[0][0], "测试讲座 签到表");
    assert_eq!(sheet[3][0], "座位 3 个    名单 3 人    已签到 2 人");
    assert_eq!(of("王建国")[5..9], ["本人或家人", "已报名", "2026-11-28 09:30", "扫码"]);
    assert_eq!(of("赵小梅")[5..9], ["本人或家人", "已报名", "2026-11-28 09:30", "离线扫码"]);
    assert_eq!(of("陈大文")[5..9], ["本人或家人", "已报名", "", ""]);
    assert!(sheet.iter().all(|row| row[1] != "李秀英"), "who cancelled is not on it");
    let count = host.get(&format!("/api/v1/activities/{id}/attendance")).await.ok();
    assert_eq!((&count["checked_in"], &count["no_shows"]), (&json!(2), &json!(1)));
    strikes::give_due(&app.state, app.clock.now()).await.unwrap();
    let numbers = audit(&app, id).await;
    assert_eq!((&numbers["checked_in"], &numbers["no_shows"]), (&json!(2), &json!(1)));
    let ledger = host.get("/api/v1/activity-ledger?year=2026").await.ok();
    let lines = ledger["items"].as_array().unwrap();
    let line = lines.iter().find(|line| line["activity_id"] == id).unwrap();
    // Two opinions would tell who thought what.
    assert_eq!(
        (&line["state"], &line["came"], &line["answers"], &line["satisfaction"]),
        (&json!("held"), &json!(2), &json!(2), &json!(null))
    );
}
