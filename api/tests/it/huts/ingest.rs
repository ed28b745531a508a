//! Readings as gateways send them: payloads, values, clocks.

use chrono::TimeDelta;
use entity::hut_reading::{self, Clock, State};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{CUFF, Gateway, Hut, READINGS, component, each, pressures, record, resident, seconds};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_bad_reading_never_keeps_the_others_out,
    a_reading_that_repeats_another_of_its_batch_is_answered_by_its_own_name,
    a_payload_goes_into_the_record_as_the_device_told_it,
    a_scale_that_tells_the_height_makes_two_readings,
    what_is_no_value_is_kept_sealed_for_three_days_and_answered_again,
    a_batch_two_days_late_finds_whose_each_reading_is,
    a_gateway_that_is_hours_wrong_is_corrected,
    what_a_device_kept_from_days_ago_is_nobodys,
    the_future_is_refused,
    a_batch_that_is_too_large_is_refused_whole,
    a_device_that_was_retired_or_belongs_elsewhere_is_unknown,
);

async fn rows(app: &TestApp) -> Vec<hut_reading::Model> {
    hut_reading::Entity::find().all(app.state.database.reader()).await.unwrap()
}

async fn a_bad_reading_never_keeps_the_others_out(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let now = app.clock.now();
    let with = |uid: &str, change: Value| {
        let mut reading = hut.pressure(uid, 131, now - seconds(9));
        reading.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        reading
    };
    let failed = json!({
        "uid": "failed", "device_id": hut.cuff, "kind": "blood_pressure", "clock": "synced",
        "raw_hex": "00FF07FF07FF07", "taken_at": now,
    });
    let answers = gateway
        .deliver(&[
            json!("no reading at all"),
            with("unknown", json!({"device_id": app.state.random.stamp()})),
            failed,
            with("good", json!({})),
            with("kind", json!({"kind": "glucose", "unit": "mmol/L", "values": {"glucose": 5.6}})),
            with("field", json!({"person": "李秀英"})),
            with("unit", json!({"unit": "kg"})),
        ])
        .await;
    let statuses = ["refused", "unknown_device", "refused", "unclaimed", "refused", "refused", "refused"];
    assert_eq!(each(&answers, "status"), statuses);
    let reasons: Vec<Value> = vec![
        json!("bad_item"),
        json!(null),
        json!("measurement_failed"),
        json!(null),
        json!("wrong_kind"),
        json!("bad_item"),
        json!("bad_unit"),
    ];
    assert_eq!(each(&answers, "reason"), reasons);
    let uids = [json!(null), json!("unknown"), json!("failed"), json!("good"), json!("kind"), json!("field")];
    assert_eq!(each(&answers, "uid")[..6], uids, "each is answered by its name, where it has one");
    assert_eq!(answers[3]["claim_code"].as_str().unwrap().len(), 6);
}

async fn a_reading_that_repeats_another_of_its_batch_is_answered_by_its_own_name(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let now = app.clock.now();
    let answers = gateway.deliver(&[hut.pressure("1", 131, now), hut.pressure("2", 131, now)]).await;
    assert_eq!(each(&answers, "uid"), ["1", "2"]);
    assert_eq!(each(&answers, "status"), ["unclaimed", "unclaimed"]);
    assert_eq!(answers[0]["claim_code"], answers[1]["claim_code"], "it is one reading with one slip");
    assert_eq!(rows(&app).await.len(), 1);
}

async fn a_payload_goes_into_the_record_as_the_device_told_it(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    hut.scanned_by(&li).await;
    app.clock.advance(seconds(40));
    let reading = json!({
        "uid": "1", "device_id": hut.cuff, "kind": "blood_pressure", "clock": "synced", "raw_hex": CUFF,
        "taken_at": app.clock.now(),
    });
    assert_eq!(each(&gateway.deliver(&[reading]).await, "status"), ["recorded"]);
    let kept = record(&li, &li.person_id.unwrap().to_string(), "blood_pressure").await.remove(0);
    assert_eq!(
        [component(&kept, "systolic"), component(&kept, "diastolic"), component(&kept, "pulse")],
        [120, 80, 72]
    );
    assert_eq!(kept["source"], "hut");
    assert_eq!(kept["measured_at"], "2026-11-25T10:00:40+08:00");
    assert_eq!(kept["device_id"], json!(hut.cuff));
}

async fn a_scale_that_tells_the_height_makes_two_readings(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    hut.scanned_by(&li).await;
    let reading = json!({
        "uid": "1", "device_id": hut.scale, "kind": "weight", "clock": "synced",
        "raw_hex": "0EB036E807060F081E0001F200A406", "taken_at": app.clock.now(),
    });
    assert_eq!(each(&gateway.deliver(std::slice::from_ref(&reading)).await, "status"), ["recorded"]);
    let person_id = li.person_id.unwrap().to_string();
    assert_eq!(component(&record(&li, &person_id, "weight").await[0], "value"), 70);
    assert_eq!(component(&record(&li, &person_id, "height").await[0], "value"), 170);
    assert_eq!(
        each(&gateway.deliver(&[reading]).await, "status"),
        ["recorded"],
        "sent again, it is the same"
    );
    assert_eq!(record(&li, &person_id, "weight").await.len(), 1);
}

async fn what_is_no_value_is_kept_sealed_for_three_days_and_answered_again(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let failed = json!({
        "uid": "1", "device_id": hut.scale, "kind": "weight", "clock": "unknown", "raw_hex": "00FFFF",
    });
    let first = gateway.deliver(std::slice::from_ref(&failed)).await;
    assert_eq!(each(&first, "reason"), ["measurement_failed"]);
    assert_eq!(gateway.deliver(std::slice::from_ref(&failed)).await, first);
    let kept = rows(&app).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].state, kept[0].reason.as_deref()), (State::Refused, Some("measurement_failed")));
    let cell = kept[0].values_cell.clone().unwrap();
    assert!(!String::from_utf8_lossy(&cell).contains("00FFFF"), "it is sealed");
    let later = app.clock.now() + TimeDelta::hours(72);
    assert_eq!(kangtu::huts::forget(&app.state, later - seconds(1)).await.unwrap(), 0);
    assert_eq!(kangtu::huts::forget(&app.state, later).await.unwrap(), 1);
    let forgotten = rows(&app).await.remove(0);
    assert_eq!((forgotten.state, forgotten.values_cell), (State::Forgotten, None));
    assert_eq!(each(&gateway.deliver(&[failed]).await, "status"), ["forgotten"]);
}

async fn a_batch_two_days_late_finds_whose_each_reading_is(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let (mut li, mut wang) = (resident(&app, "li").await, resident(&app, "wang").await);
    let began = app.clock.now();
    // The network of the hut fails as Li sits down; the phones still have theirs.
    hut.scanned_by(&li).await;
    app.clock.advance(seconds(200));
    hut.scanned_by(&wang).await;
    app.clock.advance(TimeDelta::days(2));
    let at = |after| began + seconds(after);
    let answers = gateway
        .deliver(&[
            hut.pressure("wang", 151, at(250)),
            hut.pressure("nobody", 161, at(1_000)),
            hut.pressure("li", 141, at(50)),
            hut.pressure("li again", 142, at(100)),
        ])
        .await;
    assert_eq!(each(&answers, "status"), ["recorded", "unclaimed", "recorded", "unclaimed"]);
    li.refresh().await;
    wang.refresh().await;
    assert_eq!(pressures(&li).await, [141]);
    assert_eq!(pressures(&wang).await, [151]);
    let kept = record(&li, &li.person_id.unwrap().to_string(), "blood_pressure").await.remove(0);
    assert_eq!(kept["measured_at"], "2026-11-25T10:00:50+08:00");
    assert_eq!(kept["received_at"], "2026-11-27T02:03:20Z");
}

async fn a_gateway_that_is_hours_wrong_is_corrected(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    hut.scanned_by(&li).await;
    app.clock.advance(seconds(60));
    let wrong = TimeDelta::hours(-8);
    let by_gateway = app.clock.now() + wrong;
    let answers =
        gateway.deliver_by_clock(&[hut.pressure("1", 141, by_gateway - seconds(20))], by_gateway).await;
    assert_eq!(each(&answers, "status"), ["recorded"]);
    let kept = record(&li, &li.person_id.unwrap().to_string(), "blood_pressure").await.remove(0);
    assert_eq!(
        (&kept["measured_at"], &kept["clock"]),
        (&json!("2026-11-25T10:00:40+08:00"), &json!("corrected"))
    );
    let row = rows(&app).await.remove(0);
    assert_eq!(row.clock, Clock::Corrected);
    assert_eq!(*row.taken_at - *row.measured_at, wrong, "both times are kept");
    let told = hut.keeper.get(&hut.path("")).await.ok();
    assert_eq!(told["gateways"][0]["clock_offset_ms"], 8 * 3_600_000);
}

async fn what_a_device_kept_from_days_ago_is_nobodys(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let session = hut.scanned_by(&li).await;
    app.clock.advance(seconds(60));
    // A cuff that is switched on sends what it remembers of others, by a clock that nobody sets.
    let mut old = hut.pressure("1", 171, app.clock.now() - TimeDelta::days(3));
    old["clock"] = json!("device");
    assert_eq!(each(&gateway.deliver(&[old]).await, "status"), ["unclaimed"]);
    let mut now = hut.pressure("2", 172, app.clock.now() - TimeDelta::days(3));
    now["clock"] = json!("device");
    now["session"] = session["id"].clone();
    assert_eq!(each(&gateway.deliver(&[now]).await, "status"), ["recorded"], "the gateway saw it happen");
    let kept = record(&li, &li.person_id.unwrap().to_string(), "blood_pressure").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (&kept[0]["measured_at"], &kept[0]["clock"]),
        (&json!("2026-11-25T10:01:00+08:00"), &json!("device"))
    );
}

async fn the_future_is_refused(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let now = app.clock.now();
    let answers = gateway
        .deliver(&[
            hut.pressure("soon", 131, now + TimeDelta::minutes(5)),
            hut.pressure("future", 132, now + TimeDelta::minutes(5) + seconds(1)),
            hut.pressure("old", 133, now - TimeDelta::days(91)),
        ])
        .await;
    assert_eq!(each(&answers, "status"), ["unclaimed", "refused", "refused"]);
    assert_eq!(each(&answers, "reason"), [json!(null), json!("in_future"), json!("too_old")]);
}

async fn a_batch_that_is_too_large_is_refused_whole(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let readings = vec![json!({}); 501];
    let answer = gateway.send(READINGS, &json!({"readings": readings}), app.clock.now()).await;
    answer.problem(422, "invalid");
    assert_eq!(gateway.deliver(&vec![json!({}); 500]).await.len(), 500);
}

async fn a_device_that_was_retired_or_belongs_elsewhere_is_unknown(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let path = hut.path(&format!("/devices/{}", hut.cuff));
    hut.keeper.patch_version(&path, 1, &json!({"status": "retired"})).await.ok();
    let answers = gateway.deliver(&[hut.pressure("1", 131, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["unknown_device"]);
    assert!(rows(&app).await.is_empty());
    hut.keeper.patch_version(&path, 2, &json!({"status": "active"})).await.ok();
    let answers = gateway.deliver(&[hut.pressure("1", 131, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["unclaimed"]);
}
