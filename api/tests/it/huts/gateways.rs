//! Gateways: keys, signatures, numbers.

use chrono::TimeDelta;
use entity::{audit_event, hut_gateway};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{Gateway, Hut, READINGS, created, each, text};
use crate::access::HERE;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_key_is_shown_once_and_kept_sealed,
    a_message_that_was_recorded_counts_once,
    readings_are_sent_again_under_a_new_number,
    numbers_may_arrive_out_of_order_but_not_from_long_ago,
    a_signature_covers_path_body_and_gateway,
    a_stolen_key_ends_at_once,
    a_new_key_takes_over_when_it_arrives,
    a_revoked_gateway_is_refused_from_the_next_message_on,
    a_closed_hut_hears_nobody,
);

async fn row(app: &TestApp, gateway: &Gateway) -> hut_gateway::Model {
    let id: uuid::Uuid = gateway.id.parse().unwrap();
    hut_gateway::Entity::find_by_id(id).one(app.state.database.reader()).await.unwrap().unwrap()
}

async fn a_key_is_shown_once_and_kept_sealed(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    assert_eq!(gateway.key.len(), 43);
    let told = hut.keeper.get(&hut.path("")).await;
    assert!(!told.text().contains(&gateway.key));
    let cell = row(&app, &gateway).await.key_cell.unwrap();
    assert!(!String::from_utf8_lossy(&cell).contains(&gateway.key));
    let issued = audit_event::Column::Action.eq("gateway.key_issued");
    let issued = audit_event::Entity::find().filter(issued).count(app.state.database.reader());
    assert_eq!(issued.await.unwrap(), 1);
}

async fn a_message_that_was_recorded_counts_once(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let now = app.clock.now();
    let reading = hut.pressure("1", 131, now);
    let body = json!({"gateway_id": gateway.id, "seq": 5, "sent_at": now, "readings": [reading]}).to_string();
    let signature = gateway.signature(READINGS, &body);
    let first = gateway.send_signed(READINGS, &body, &signature).await.ok();
    assert_eq!(first["items"][0]["status"], "unclaimed");
    let replay = gateway.send_signed(READINGS, &body, &signature).await;
    let problem = replay.problem(409, "seq_used");
    assert!(problem["detail"].as_str().unwrap().contains("新序号"), "{problem}");
    app.clock.advance(TimeDelta::days(3));
    gateway.send_signed(READINGS, &body, &signature).await.problem(409, "seq_used");
}

async fn readings_are_sent_again_under_a_new_number(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let readings = [hut.pressure("1", 131, app.clock.now()), hut.weight("2", 70.0, app.clock.now())];
    let first = gateway.deliver(&readings).await;
    assert_eq!(each(&first, "status"), ["unclaimed", "unclaimed"]);
    app.clock.advance(TimeDelta::hours(1));
    let mut renamed = readings.clone();
    renamed[0]["uid"] = json!("another name");
    let again = gateway.deliver(&renamed).await;
    assert_eq!(each(&again, "claim_code"), each(&first, "claim_code"), "the slip can be printed after all");
    assert_eq!(again[0]["uid"], "another name");
    let twice = gateway.deliver(&[readings[0].clone(), readings[0].clone()]).await;
    assert_eq!(twice[0]["claim_code"], twice[1]["claim_code"]);
    let fresh = hut.pressure("3", 132, app.clock.now());
    let fresh = gateway.deliver(&[fresh.clone(), fresh]).await;
    assert_eq!(fresh[0], fresh[1], "the same reading twice in one batch is one");
}

async fn numbers_may_arrive_out_of_order_but_not_from_long_ago(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let send = async |seq: i64| {
        let body = json!({"gateway_id": gateway.id, "seq": seq, "sent_at": app.clock.now(), "readings": []});
        let body = body.to_string();
        gateway.send_signed(READINGS, &body, &gateway.signature(READINGS, &body)).await
    };
    send(100).await.ok();
    send(98).await.ok();
    send(99).await.ok();
    send(98).await.problem(409, "seq_used");
    send(36).await.problem(409, "seq_too_old");
    send(0).await.problem(409, "seq_too_old");
}

async fn a_signature_covers_path_body_and_gateway(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let other = Gateway::new(&hut).await;
    let body = json!({"gateway_id": gateway.id, "seq": 1, "sent_at": app.clock.now(), "readings": []});
    let body = body.to_string();
    let unknown = async |gateway: &Gateway, body: &str, signature: &str| {
        gateway.send_signed(READINGS, body, signature).await.problem(401, "gateway_unknown");
    };
    unknown(&gateway, &body, &gateway.signature("/api/v1/gateway/sessions", &body)).await;
    unknown(&gateway, &body.replace("\"seq\":1", "\"seq\":2"), &gateway.signature(READINGS, &body)).await;
    unknown(&gateway, &body, &other.signature(READINGS, &body)).await;
    unknown(&gateway, &body, "").await;
    unknown(&gateway, &body, "zz").await;
    // Signed by another gateway, which says that it is this one.
    unknown(&other, &body, &other.signature(READINGS, &body)).await;
    let nobody = Gateway::with(&app, &app.state.random.stamp().to_string(), &gateway.key);
    unknown(&nobody, &body, &nobody.signature(READINGS, &body)).await;
    gateway.send_signed(READINGS, &body, &gateway.signature(READINGS, &body).to_uppercase()).await.ok();
    let unsigned = app.post(READINGS, &json!({})).await;
    unsigned.problem(401, "gateway_unknown");
    let odd = json!({"gateway_id": gateway.id, "seq": 9, "sent_at": app.clock.now(), "readings": [], "x": 1});
    let odd = odd.to_string();
    gateway.send_signed(READINGS, &odd, &gateway.signature(READINGS, &odd)).await.problem(400, "bad_json");
    let odd =
        json!({"gateway_id": gateway.id, "seq": "71.93kg", "sent_at": "赵小花", "readings": []}).to_string();
    let refused = gateway.send_signed(READINGS, &odd, &gateway.signature(READINGS, &odd)).await;
    assert!(!refused.text().contains("71.93") && !refused.text().contains("赵小花"), "{}", refused.text());
    refused.problem(400, "bad_json");
}

async fn rotated(hut: &mut Hut, gateway: &Gateway, at_once: bool) -> (Gateway, Value) {
    let path = hut.path(&format!("/gateways/{}/key", gateway.id));
    hut.keeper = hut.app.staff("hut_keeper", HERE).await;
    let key = created(&hut.keeper.post(&path, &json!({"at_once": at_once})).await);
    let new = Gateway::with(&hut.app, &gateway.id, &text(&key["key"]));
    for _ in 0..10 {
        new.next_seq();
    }
    (new, key)
}

async fn a_stolen_key_ends_at_once(app: TestApp) {
    let mut hut = Hut::new(&app).await;
    let stolen = Gateway::new(&hut).await;
    stolen.deliver(&[]).await;
    let (new, key) = rotated(&mut hut, &stolen, true).await;
    assert_eq!(key["former_key_until"], json!(null));
    let answer = stolen.send(READINGS, &json!({"readings": []}), app.clock.now()).await;
    answer.problem(401, "gateway_unknown");
    new.deliver(&[]).await;
}

async fn a_new_key_takes_over_when_it_arrives(app: TestApp) {
    let mut hut = Hut::new(&app).await;
    let old = Gateway::new(&hut).await;
    let (new, key) = rotated(&mut hut, &old, false).await;
    assert!(key["former_key_until"].is_string());
    old.deliver(&[]).await;
    app.clock.advance(TimeDelta::hours(23));
    old.deliver(&[]).await;
    new.deliver(&[]).await;
    let late = old.send(READINGS, &json!({"readings": []}), app.clock.now()).await;
    late.problem(401, "gateway_unknown");
    assert_eq!(row(&app, &new).await.former_key_cell, None);

    let (newest, _) = rotated(&mut hut, &new, false).await;
    app.clock.advance(TimeDelta::hours(25));
    let late = new.send(READINGS, &json!({"readings": []}), app.clock.now()).await;
    late.problem(401, "gateway_unknown");
    for _ in 0..10 {
        newest.next_seq();
    }
    newest.deliver(&[]).await;
}

async fn a_revoked_gateway_is_refused_from_the_next_message_on(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    gateway.deliver(&[]).await;
    let path = hut.path(&format!("/gateways/{}", gateway.id));
    for _ in 0..2 {
        assert_eq!(hut.keeper.delete(&path).await.status, 204);
    }
    let answer = gateway.send(READINGS, &json!({"readings": []}), app.clock.now()).await;
    answer.problem(401, "gateway_unknown");
    let path = format!("{path}/key");
    hut.keeper.post(&path, &json!({"at_once": true})).await.problem(409, "gateway_revoked");
    let told = hut.keeper.get(&hut.path("")).await.ok();
    assert_eq!(told["gateways"][0]["revoked"], true);
}

async fn a_closed_hut_hears_nobody(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    hut.keeper.patch_version(&hut.path(""), 1, &json!({"status": "closed"})).await.ok();
    let answer = gateway.send(READINGS, &json!({"readings": []}), app.clock.now()).await;
    answer.problem(409, "hut_closed");
}
