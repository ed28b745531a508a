//! A phone at the door without a network, and what it brings back.

use chrono::TimeDelta;
use entity::registration::Status;
use entity::{check_in, check_in_conflict};
use kangtu::hex::lower_hex;
use sea_orm::{ActiveValue, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{announce, family, lecture, scan, seated, sign_up, ticket};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_a_phone_takes_along_names_nobody_and_lets_nobody_in,
    scans_without_a_network_count_at_the_time_they_were_made,
    nothing_that_does_not_fit_is_dropped,
    the_clock_of_a_phone_may_be_wrong,
    a_conflict_is_settled_once_by_a_person,
    uploads_that_cannot_be_read_are_refused_field_by_field,
);

fn hash(id: Uuid) -> String {
    lower_hex(&Sha256::digest(id.as_bytes())[..16])
}

async fn upload(host: &Caller, activity_id: i32, scans: Value) -> Value {
    let body = json!({"device": "门口手机", "device_now": host.app.clock.now(), "scans": scans});
    host.post(&format!("/api/v1/activities/{activity_id}/check-ins/offline"), &body).await.ok()
}

async fn conflicts(host: &Caller, activity_id: i32) -> Vec<Value> {
    let list = host.get(&format!("/api/v1/activities/{activity_id}/check-in-conflicts")).await.ok();
    list["items"].as_array().unwrap().clone()
}

async fn what_a_phone_takes_along_names_nobody_and_lets_nobody_in(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let (waiting, people) = family(&app, "wang").await;
    sign_up(&waiting, activity_id, &people, Status::Waiting).await;
    let answer = host.get(&format!("/api/v1/activities/{activity_id}/gate-bundle")).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let bundle = answer.ok();
    assert_eq!(bundle["entries"].as_array().unwrap().len(), 1, "those without a seat are not on it");
    assert_eq!(bundle["entries"][0]["hash"], hash(signed_up.id));
    assert_eq!(bundle["entries"][0]["people"][0]["name"], "李*英");
    for personal in ["李秀英", &signed_up.id.to_string(), &resident.person_id.unwrap().to_string()] {
        assert!(!answer.text().contains(personal), "{personal}");
    }
    let events = entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(events.iter().any(|event| event.action == "gate_bundle.fetched"));
}

async fn scans_without_a_network_count_at_the_time_they_were_made(app: TestApp) {
    let (_, resident, activity_id, signed_up) = seated(&app).await;
    let (other, people) = family(&app, "wang").await;
    let others = sign_up(&other, activity_id, &people, Status::Confirmed).await;
    let scanned_at = app.clock.now();
    let scans = json!([
        {"ticket": ticket(&resident, signed_up.id).await, "nonce": "offline-1", "scanned_at": scanned_at},
        {"hash": hash(others.id), "people": [others.people[0]], "nonce": "offline-2", "scanned_at": scanned_at},
    ]);
    app.clock.advance(TimeDelta::hours(8));
    let host = app.staff("activity_host", super::HERE).await;
    for _ in 0..2 {
        let answer = upload(&host, activity_id, scans.clone()).await;
        assert_eq!((&answer["checked_in"], &answer["conflicts"]), (&json!(2), &json!(0)), "{answer}");
    }
    let rows = check_in::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(rows.len(), 3, "the same scans sent twice are one");
    assert!(rows.iter().all(|row| *row.checked_in_at == scanned_at && *row.recorded_at == app.clock.now()));
    assert!(conflicts(&host, activity_id).await.is_empty());
}

async fn nothing_that_does_not_fit_is_dropped(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let now = app.clock.now();
    let (waiting, people) = family(&app, "waiting").await;
    let in_line = sign_up(&waiting, activity_id, &people, Status::Waiting).await;
    let (gone, people) = family(&app, "gone").await;
    let cancelled = sign_up(&gone, activity_id, &people, Status::Cancelled).await;
    let elsewhere = announce(&app, lecture(&app)).await;
    let (lost, people) = family(&app, "lost").await;
    let other = sign_up(&lost, elsewhere, &people, Status::Confirmed).await;
    let shown = ticket(&resident, signed_up.id).await;
    let theirs = ticket(&lost, other.id).await;
    host.post(&format!("/api/v1/activities/{activity_id}/check-ins"), &scan(&shown, "online-1")).await.ok();
    let old = now - TimeDelta::hours(3);
    let scans = json!([
        {"ticket": shown, "nonce": "offline-1", "scanned_at": now},
        {"ticket": "KT1:NOT OURS", "nonce": "offline-2", "scanned_at": now},
        {"ticket": theirs, "nonce": "offline-3", "scanned_at": now},
        {"hash": hash(in_line.id), "nonce": "offline-4", "scanned_at": now},
        {"hash": hash(cancelled.id), "nonce": "offline-5", "scanned_at": now},
        {"hash": "00000000000000000000000000000000", "nonce": "offline-6", "scanned_at": now},
        {"ticket": shown, "nonce": "offline-7", "scanned_at": now + TimeDelta::minutes(20)},
        {"ticket": shown, "nonce": "offline-8", "scanned_at": old},
    ]);
    app.clock.advance(TimeDelta::hours(1));
    let host = app.staff("activity_host", super::HERE).await;
    let answer = upload(&host, activity_id, scans.clone()).await;
    assert_eq!((&answer["checked_in"], &answer["conflicts"]), (&json!(0), &json!(8)), "{answer}");
    let reasons: Vec<&str> =
        answer["items"].as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        ["already", "forged", "wrong_activity", "waiting", "cancelled", "unknown_ticket", "stale", "stale"]
    );
    let again = upload(&host, activity_id, scans).await;
    assert_eq!(again["items"], answer["items"]);
    let listed = conflicts(&host, activity_id).await;
    assert_eq!(listed.len(), 8);
    let twice = listed.iter().find(|conflict| conflict["reason"] == "already").unwrap();
    assert_eq!(twice["people"][0]["name"], "李*英");
    assert_eq!((&twice["by"], &twice["device"]), (&json!("测试员"), &json!("门口手机")));
    assert_eq!(check_in::Entity::find().count(app.state.database.reader()).await.unwrap(), 2);
}

async fn the_clock_of_a_phone_may_be_wrong(app: TestApp) {
    let (_, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let behind = TimeDelta::hours(26);
    let scanned_at = app.clock.now() + TimeDelta::minutes(1);
    app.clock.advance(TimeDelta::minutes(30));
    let host = app.staff("activity_host", super::HERE).await;
    let body = json!({
        "device_now": app.clock.now() - behind,
        "scans": [{"ticket": shown, "nonce": "offline-1", "scanned_at": scanned_at - behind}],
    });
    let path = format!("/api/v1/activities/{activity_id}/check-ins/offline");
    assert_eq!(host.post(&path, &body).await.ok()["checked_in"], 1);
    let row = check_in::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    assert_eq!(*row.checked_in_at, scanned_at);
    // A date that no clock shows changes nothing about what is known.
    let body = json!({
        "device_now": "0001-01-01T00:00:00Z",
        "scans": [{"ticket": shown, "nonce": "offline-2", "scanned_at": "9999-01-01T00:00:00Z"}],
    });
    assert_eq!(host.post(&path, &body).await.ok()["conflicts"], 1);
}

async fn a_conflict_is_settled_once_by_a_person(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let early = entity::activity::ActiveModel {
        id: ActiveValue::Unchanged(activity_id),
        check_in_opens_at: ActiveValue::Set((app.clock.now() + TimeDelta::minutes(30)).into()),
        ..Default::default()
    };
    let changed = app.state.database.write(move |transaction| {
        let early = early.clone();
        Box::pin(async move {
            entity::activity::Entity::update(early).exec(transaction).await?;
            Ok(())
        })
    });
    changed.await.unwrap();
    let scanned_at = app.clock.now();
    let scans = json!([
        {"ticket": ticket(&resident, signed_up.id).await, "nonce": "offline-1", "scanned_at": scanned_at},
        {"ticket": "KT1:NOT OURS", "nonce": "offline-2", "scanned_at": scanned_at},
    ]);
    upload(&host, activity_id, scans).await;
    let listed = conflicts(&host, activity_id).await;
    assert_eq!((&listed[0]["reason"], &listed[1]["reason"]), (&json!("out_of_time"), &json!("forged")));
    let settle = |conflict: &Value| {
        let id = conflict["id"].as_str().unwrap();
        format!("/api/v1/activities/{activity_id}/check-in-conflicts/{id}/settle")
    };
    let (admit, dismiss) = (json!({"decision": "admitted"}), json!({"decision": "dismissed"}));
    host.post(&settle(&listed[1]), &admit).await.problem(409, "no_registration");
    assert_eq!(host.post(&settle(&listed[1]), &dismiss).await.status, 204);
    assert_eq!(host.post(&settle(&listed[0]), &admit).await.status, 204);
    host.post(&settle(&listed[0]), &dismiss).await.problem(409, "already_settled");
    let rows = check_in::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| *row.checked_in_at == scanned_at));
    assert!(conflicts(&host, activity_id).await.is_empty());
    let all = format!("/api/v1/activities/{activity_id}/check-in-conflicts?settled=true");
    assert_eq!(host.get(&all).await.ok()["items"][0]["decision"], "admitted");
    let kept = check_in_conflict::Entity::find().count(app.state.database.reader()).await.unwrap();
    assert_eq!(kept, 2);
    let nobody = json!({"id": "0193f000-0000-7000-8000-000000000000"});
    host.post(&settle(&nobody), &dismiss).await.problem(404, "not_found");
}

async fn uploads_that_cannot_be_read_are_refused_field_by_field(app: TestApp) {
    let (host, _, activity_id, _) = seated(&app).await;
    let now = app.clock.now();
    let path = format!("/api/v1/activities/{activity_id}/check-ins/offline");
    let one = |scan: Value| json!({"device_now": now, "scans": [scan]});
    for (body, pointer) in [
        (json!({"device_now": now, "scans": []}), "/scans"),
        (one(json!({"nonce": "offline-1", "scanned_at": now})), "/scans/0/ticket"),
        (
            one(json!({"ticket": "x", "hash": "y", "nonce": "offline-1", "scanned_at": now})),
            "/scans/0/ticket",
        ),
        (one(json!({"ticket": "x", "nonce": "short", "scanned_at": now})), "/scans/0/nonce"),
        (
            one(json!({"ticket": "x", "nonce": "offline-1", "people": [], "scanned_at": now})),
            "/scans/0/people",
        ),
    ] {
        let problem = host.post(&path, &body).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    let many = vec![json!({"ticket": "x", "nonce": "offline-1", "scanned_at": now}); 201];
    host.post(&path, &json!({"device_now": now, "scans": many})).await.problem(422, "invalid");
}
