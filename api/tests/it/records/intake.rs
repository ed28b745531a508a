//! Readings that come in: each for itself, as often as they like.

use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use entity::{measurement, measurement_quarantine};
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{agree, keep, keeper, of, own, pressure, reading, send, send_for, statuses, with};
use crate::people::{PEOPLE, add, child};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_reading_is_kept_with_all_that_was_told_and_told_again,
    values_in_other_units_are_kept_as_told_and_in_whole_steps,
    without_consent_nothing_is_kept,
    each_reading_of_a_batch_is_answered_for_itself,
    a_batch_sent_again_changes_nothing,
    phones_that_send_the_same_batch_at_once_leave_it_once,
    what_is_rare_is_asked_again_and_kept_once_confirmed,
    what_cannot_be_a_reading_lies_in_quarantine_with_the_reason,
    a_name_that_is_taken_takes_nothing_else,
    readings_gathered_for_days_without_a_network_come_late_and_in_their_order,
    the_list_is_paged_by_time_over_all_metrics,
    a_body_without_a_list_of_readings_keeps_nothing,
    an_item_that_cannot_be_read_spoils_no_other_and_lies_in_quarantine,
    what_is_answered_repeats_nothing_of_what_was_sent,
    a_weight_and_a_height_that_no_body_has_are_told_together,
    what_is_found_by_the_standards_stays_with_the_reading,
    the_blood_pressure_of_a_child_is_judged_by_its_height,
);

const NOON: &str = "2026-11-24T12:00:00+08:00";

async fn a_reading_is_kept_with_all_that_was_told_and_told_again(app: TestApp) {
    let li = keeper(&app, "li").await;
    let told = with(
        pressure("2026-11-24T07:05:00+08:00", 128, 82),
        &json!({
            "values": {"systolic": 128, "diastolic": 82, "pulse": 70},
            "posture": "sitting", "arm": "left", "note": "  刚起床 ", "source": "device", "clock": "device",
        }),
    );
    let kept = keep(&li, told.clone()).await;
    assert_eq!(kept["text"], "128/82 mmHg，脉搏 70 次/分");
    assert_eq!(kept["values"], json!({"systolic": 128.0, "diastolic": 82.0, "pulse": 70.0}));
    for (member, value) in [
        ("uid", told["uid"].clone()),
        ("measured_at", json!("2026-11-24T07:05:00+08:00")),
        ("posture", json!("sitting")),
        ("arm", json!("left")),
        ("note", json!("刚起床")),
        ("source", json!("device")),
        ("clock", json!("device")),
        ("entered_as", json!("own")),
        ("validity", json!("valid")),
        ("replaced_by", Value::Null),
    ] {
        assert_eq!(kept[member], value, "{member}");
    }
    let listed = li.get(&own(&li, "measurements")).await.ok();
    assert_eq!(listed["items"], json!([kept]));
    let one = li.get(&own(&li, &format!("measurements/{}", kept["id"].as_str().unwrap()))).await.ok();
    assert_eq!((&one["text"], &one["history"]), (&kept["text"], &json!([])));
}

async fn values_in_other_units_are_kept_as_told_and_in_whole_steps(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (metric, value, unit, canonical) in [
        ("weight", 130.5, "jin", 65.25),
        ("glucose_fasting", 101.0, "mg/dL", 5.61),
        ("body_temperature", 98.6, "[degF]", 37.0),
        ("hba1c", 48.0, "mmol/mol", 6.54),
        ("vision_left", 0.5, "decimal", 4.7),
        ("height", 1.7, "m", 170.0),
    ] {
        let kept = keep(&li, with(reading(metric, NOON, value), &json!({"unit": unit}))).await;
        assert_eq!(kept["values"]["value"], canonical, "{metric}");
        let told = &kept["told"][0];
        assert_eq!((&told["component"], &told["unit"]), (&json!("value"), &json!(unit)));
        assert_eq!(told["value"].as_str().unwrap().parse::<f64>(), Ok(value), "as it was told");
    }
    let kpa = json!({"values": {"systolic": 16.0, "diastolic": 10.7, "pulse": 72}, "unit": "kPa"});
    let kept = keep(&li, with(pressure(NOON, 1, 1), &kpa)).await;
    assert_eq!(kept["values"], json!({"systolic": 120.0, "diastolic": 80.0, "pulse": 72.0}));
}

async fn without_consent_nothing_is_kept(app: TestApp) {
    let li = app.resident("li").await;
    let body = json!({"measurements": [pressure(NOON, 128, 82)]});
    li.post(&own(&li, "measurements"), &body).await.problem(403, "consent_required");
    agree(&li, "records").await;
    assert_eq!(li.post(&own(&li, "measurements"), &body).await.status, 200);
    assert_eq!(li.delete("/api/v1/me/consents/records").await.status, 204);
    assert_eq!(
        li.get(&own(&li, "measurements")).await.ok()["items"],
        json!([]),
        "it is gone with the consent"
    );
    li.post(&own(&li, "measurements"), &body).await.problem(403, "consent_required");
}

async fn each_reading_of_a_batch_is_answered_for_itself(app: TestApp) {
    let li = keeper(&app, "li").await;
    let good = pressure(NOON, 128, 82);
    let answers = send(
        &li,
        &[
            good.clone(),
            pressure(NOON, 82, 128),
            pressure(NOON, 255, 120),
            reading("mood", NOON, 7.0),
            good.clone(),
            reading("weight", NOON, 65.0),
        ],
    )
    .await;
    assert_eq!(
        statuses(&answers),
        ["recorded", "quarantined", "confirm", "quarantined", "already_recorded", "recorded"]
    );
    let codes: Vec<&Value> = answers.iter().map(|answer| &answer["code"]).collect();
    assert_eq!(codes[1], "pressures_swapped");
    assert_eq!(codes[3], "unknown_metric");
    assert!(answers[1]["text"].as_str().unwrap().contains("填反"));
    assert_eq!(answers[4]["measurement"]["id"], answers[0]["measurement"]["id"]);
    assert_eq!(li.get(&own(&li, "measurements")).await.ok()["items"].as_array().unwrap().len(), 2);
}

async fn a_batch_sent_again_changes_nothing(app: TestApp) {
    let li = keeper(&app, "li").await;
    let batch = [pressure(NOON, 128, 82), reading("weight", NOON, 65.0), pressure(NOON, 82, 128)];
    let first = send(&li, &batch).await;
    app.clock.advance(TimeDelta::minutes(10));
    let second = send(&li, &batch).await;
    assert_eq!(statuses(&second), ["already_recorded", "already_recorded", "quarantined"]);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first["measurement"], second["measurement"]);
    }
    let rejected = li.get(&own(&li, "measurements/rejected")).await.ok();
    assert_eq!(rejected["items"].as_array().unwrap().len(), 1, "a repeat is kept once there, too");
}

async fn phones_that_send_the_same_batch_at_once_leave_it_once(app: TestApp) {
    let li = keeper(&app, "li").await;
    let batch: Vec<Value> = (0..20).map(|_| pressure(NOON, 128, 82)).collect();
    let recorded = AtomicU32::new(0);
    join_all((0..6).map(|_| async {
        let answers = send(&li, &batch).await;
        let news = statuses(&answers).iter().filter(|status| **status == "recorded").count();
        assert!(statuses(&answers).iter().all(|status| ["recorded", "already_recorded"].contains(status)));
        recorded.fetch_add(u32::try_from(news).unwrap(), Ordering::SeqCst);
    }))
    .await;
    assert_eq!(recorded.load(Ordering::SeqCst), 20);
    let kept = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(li.person_id.unwrap()))
        .count(app.state.database.reader());
    assert_eq!(kept.await.unwrap(), 20);
}

async fn what_is_rare_is_asked_again_and_kept_once_confirmed(app: TestApp) {
    let li = keeper(&app, "li").await;
    keep(&li, reading("weight", "2026-11-10T08:00:00+08:00", 60.0)).await;
    keep(&li, reading("height", "2026-11-10T08:00:00+08:00", 165.0)).await;
    for (rare, code) in [
        (pressure(NOON, 255, 120), "unusual_value"),
        (pressure(NOON, 100, 90), "unusual_pulse_pressure"),
        (reading("weight", NOON, 66.1), "weight_changed"),
        (reading("height", NOON, 168.0), "height_changed"),
        (reading("oxygen_saturation", NOON, 84.0), "unusual_value"),
    ] {
        let asked = send(&li, slice::from_ref(&rare)).await.remove(0);
        assert_eq!((&asked["status"], &asked["code"]), (&json!("confirm"), &json!(code)), "{rare}");
        assert!(asked["measurement"].is_null());
        send(&li, slice::from_ref(&rare)).await;
        let waiting = li.get(&own(&li, "measurements/rejected")).await.ok();
        let waiting = waiting["items"].as_array().unwrap();
        assert_eq!(waiting.len(), 1, "who never confirms it has still measured it: once");
        assert_eq!((&waiting[0]["uid"], &waiting[0]["reason"]), (&rare["uid"], &json!("unconfirmed")));
        let kept = keep(&li, with(rare, &json!({"confirmed": true}))).await;
        assert_eq!(kept["doubt"], code);
        let waiting = li.get(&own(&li, "measurements/rejected")).await.ok();
        assert_eq!(waiting["items"], json!([]), "it is in the record now");
    }
    let in_jin = with(reading("weight", "2026-11-10T09:00:00+08:00", 120.0), &json!({"unit": "斤"}));
    assert_eq!(keep(&li, in_jin).await["values"]["value"], 60.0, "by its name as by its code");
    let usual = keep(&li, reading("weight", NOON, 66.0)).await;
    assert_eq!(usual["doubt"], Value::Null, "a tenth of the last is still usual");
}

async fn what_cannot_be_a_reading_lies_in_quarantine_with_the_reason(app: TestApp) {
    let mut li = keeper(&app, "li").await;
    assert_eq!(li.patch("/api/v1/me", &json!({"birth_date": "1956-03-08"})).await.status, 200);
    let odd = [
        (pressure(NOON, 301, 100), "out_of_range"),
        (pressure(NOON, 120, 29), "out_of_range"),
        (pressure(NOON, 100, 100), "pressures_swapped"),
        (pressure("2026-11-25T10:05:01+08:00", 120, 80), "in_future"),
        (pressure("1956-03-07T12:00:00+08:00", 120, 80), "too_early"),
        (reading("bmi", NOON, 22.0), "derived_metric"),
        (with(pressure(NOON, 1, 1), &json!({"values": {"systolic": 120}})), "missing_value"),
        (with(reading("weight", NOON, 65.0), &json!({"values": {"value": 65, "mood": 1}})), "unknown_value"),
        (with(reading("weight", NOON, 65.0), &json!({"unit": "mmol/L"})), "unknown_unit"),
        (reading("weight", NOON, 1e-7), "bad_number"),
        (reading("steps", NOON, 100_001.0), "out_of_range"),
    ];
    let readings: Vec<Value> = odd.iter().map(|(reading, _)| reading.clone()).collect();
    let answers = send(&li, &readings).await;
    for (answer, (reading, reason)) in answers.iter().zip(&odd) {
        assert_eq!(answer["status"], "quarantined", "{reading}");
        assert_eq!(answer["code"], *reason, "{reading}");
    }
    assert_eq!(li.get(&own(&li, "measurements")).await.ok()["items"], json!([]));
    let mut path = own(&li, "measurements/rejected?limit=4");
    let mut rejected = Vec::new();
    loop {
        let page = li.get(&path).await.ok();
        rejected.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = own(&li, &format!("measurements/rejected?limit=4&cursor={next}"));
    }
    assert_eq!(rejected.len(), odd.len(), "nothing is dropped");
    for (reading, reason) in &odd {
        let found = rejected.iter().find(|rejected| rejected["uid"] == reading["uid"]).unwrap();
        assert_eq!(found["reason"], *reason);
        assert_eq!(found["metric"], reading["metric"]);
    }
    let edge = "2026-11-25T10:05:00+08:00";
    keep(&li, pressure(edge, 120, 80)).await;
    li.refresh().await;
}

async fn a_name_that_is_taken_takes_nothing_else(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, keeper(&app, "wang").await);
    let first = pressure(NOON, 128, 82);
    keep(&li, first.clone()).await;
    for other in [
        with(first.clone(), &json!({"values": {"systolic": 138, "diastolic": 82}})),
        with(first.clone(), &json!({"measured_at": "2026-11-24T12:00:01+08:00"})),
        with(first.clone(), &json!({"note": "另一句"})),
        with(reading("weight", NOON, 65.0), &json!({"uid": first["uid"]})),
        with(pressure(NOON, 82, 128), &json!({"uid": first["uid"]})),
    ] {
        let answer = send(&li, slice::from_ref(&other)).await.remove(0);
        assert_eq!(
            (&answer["status"], &answer["code"]),
            (&json!("conflict"), &json!("uid_taken")),
            "{other}"
        );
    }
    let elsewhere = with(first.clone(), &json!({"measured_at": "2026-11-24T04:00:00Z"}));
    assert_eq!(statuses(&send(&li, &[elsewhere]).await), ["already_recorded"], "the same instant");
    keep(&wang, first).await;
}

async fn readings_gathered_for_days_without_a_network_come_late_and_in_their_order(app: TestApp) {
    let li = keeper(&app, "li").await;
    keep(&li, reading("weight", "2026-11-25T07:00:00+08:00", 65.4)).await;
    let late = ["2026-11-23T07:00:00+08:00", "2026-11-22T07:00:00+08:00", "2026-11-24T07:00:00+08:00"];
    let batch: Vec<Value> = late.iter().map(|at| reading("weight", at, 65.0)).collect();
    assert_eq!(statuses(&send(&li, &batch).await), ["recorded"; 3]);
    let listed = li.get(&own(&li, "measurements?metric=weight")).await.ok();
    let at: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["measured_at"].as_str().unwrap())
        .collect();
    let days: Vec<&str> = at.iter().map(|at| &at[8..10]).collect();
    assert_eq!(days, ["25", "24", "23", "22"]);
    assert_eq!(listed["items"][3]["received_at"], "2026-11-25T02:00:00Z", "when it came is kept, too");
}

async fn the_list_is_paged_by_time_over_all_metrics(app: TestApp) {
    let li = keeper(&app, "li").await;
    let mut batch = Vec::new();
    for day in 1..=12 {
        let at = format!("2026-11-{day:02}T08:00:00+08:00");
        batch.push(pressure(&at, 120 + day, 80));
        batch.push(reading("weight", &at, 65.0));
        batch.push(reading("heart_rate", &at, 70.0));
    }
    send(&li, &batch).await;
    let mut seen = Vec::new();
    let mut path = own(&li, "measurements?limit=7");
    loop {
        let page = li.get(&path).await.ok();
        assert!(page["items"].as_array().unwrap().len() <= 7);
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = own(&li, &format!("measurements?limit=7&cursor={next}"));
    }
    assert_eq!(seen.len(), 36);
    let key = |item: &Value| {
        (item["measured_at"].as_str().unwrap().to_owned(), item["id"].as_str().unwrap().to_owned())
    };
    assert!(seen.windows(2).all(|pair| key(&pair[0]) > key(&pair[1])), "newest first, each once");
    let some = li.get(&own(&li, "measurements?metric=weight&from=2026-11-03&to=2026-11-05")).await.ok();
    assert_eq!(some["items"].as_array().unwrap().len(), 3, "both days count");
    let until = "2026-11-05T00:00:00Z";
    let some =
        li.get(&own(&li, &format!("measurements?metric=weight&from=2026-11-03&to={until}"))).await.ok();
    assert_eq!(some["items"].as_array().unwrap().len(), 3, "an instant is included");
    li.get(&own(&li, "measurements?metric=mood")).await.problem(400, "bad_parameter");
    li.get(&own(&li, "measurements?from=gestern")).await.problem(400, "bad_parameter");
    li.get(&own(&li, "measurements?cursor=x")).await.problem(400, "bad_parameter");
}

async fn a_body_without_a_list_of_readings_keeps_nothing(app: TestApp) {
    let li = keeper(&app, "li").await;
    let path = own(&li, "measurements");
    let good = pressure(NOON, 128, 82);
    li.post(&path, &json!({"measurements": []})).await.problem(422, "invalid");
    let many: Vec<Value> = (0..201).map(|_| good.clone()).collect();
    li.post(&path, &json!({"measurements": many})).await.problem(422, "invalid");
    li.post(&path, &json!({"measurements": good})).await.problem(400, "bad_json");
    li.post(&path, &json!({"measurements": [good], "more": 1})).await.problem(400, "bad_json");
    let cut_off = li.request(Method::POST, &path).header("content-type", "application/json");
    cut_off.body("{\"measurements\": [{".to_owned()).send().await.problem(400, "bad_json");
    assert_eq!(li.get(&path).await.ok()["items"], json!([]));
    let stranger = of(&Uuid::new_v4().to_string(), "measurements");
    li.get(&stranger).await.problem(404, "no_such_person");
}

async fn an_item_that_cannot_be_read_spoils_no_other_and_lies_in_quarantine(app: TestApp) {
    let li = keeper(&app, "li").await;
    let good = pressure(NOON, 128, 82);
    let odd = [
        (json!({"posture": "upside"}), "/measurements/1/posture"),
        (with(good.clone(), &json!({"uid": Uuid::new_v4(), "hut_id": 7})), "/measurements/2/*"),
        (
            with(pressure(NOON, 1, 1), &json!({"measured_at": "2026-11-24T12:00:00"})),
            "/measurements/3/measured_at",
        ),
        (
            with(pressure(NOON, 1, 1), &json!({"values": {"systolic": "128"}})),
            "/measurements/4/values/systolic",
        ),
        (with(pressure(NOON, 1, 1), &json!({"note": "长".repeat(201)})), "/measurements/5/note"),
        (json!(7), "/measurements/6"),
    ];
    let mut batch = vec![good.clone()];
    batch.extend(odd.iter().map(|(item, _)| item.clone()));
    batch.push(reading("weight", NOON, 65.0));
    for status in ["recorded", "already_recorded"] {
        let answers = send(&li, &batch).await;
        assert_eq!((&answers[0]["status"], &answers[7]["status"]), (&json!(status), &json!(status)));
        for (answer, (item, pointer)) in answers[1..7].iter().zip(&odd) {
            assert_eq!(
                (&answer["status"], &answer["pointer"]),
                (&json!("rejected"), &json!(pointer)),
                "{answer}"
            );
            assert!(answer["code"].is_string() && answer["text"].is_string(), "{answer}");
            assert_eq!(answer["uid"], item.get("uid").cloned().unwrap_or_default());
        }
    }
    let rejected = li.get(&own(&li, "measurements/rejected")).await.ok();
    let rejected = rejected["items"].as_array().unwrap();
    assert_eq!(rejected.len(), odd.len(), "each is kept, and once however often it comes");
    for (item, _) in &odd {
        let is_kept = |kept: &Value| {
            let raw = kept["raw"].as_str().and_then(|raw| serde_json::from_str::<Value>(raw).ok());
            raw.as_ref() == Some(item)
        };
        assert!(rejected.iter().any(is_kept), "{item}");
    }
    let rows = measurement_quarantine::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(rows.iter().all(|row| !String::from_utf8_lossy(&row.reading_cell).contains("upside")), "sealed");
}

async fn what_is_answered_repeats_nothing_of_what_was_sent(app: TestApp) {
    let li = keeper(&app, "li").await;
    let names = ["71.93kg", "赵小花", "zhaoxiaohua", "13800138000"];
    let silent = |text: &str| {
        for name in names {
            assert!(!text.contains(name), "{text}");
        }
    };
    for name in names {
        let item = with(pressure(NOON, 1, 1), &json!({"posture": name, "values": {"systolic": name}}));
        let answers = send(&li, &[item, json!({name: 1}), json!(name)]).await;
        assert_eq!(statuses(&answers), ["rejected"; 3]);
        silent(&json!(answers).to_string());
        let body = json!({"measurements": name});
        let told = li.post(&own(&li, "measurements"), &body).await;
        silent(told.text());
        assert!(told.text().contains("/measurements：内容不正确，应为列表"), "{}", told.text());
        silent(li.patch("/api/v1/me", &json!({"sex": name})).await.text());
        silent(li.patch("/api/v1/me", &json!({name: true})).await.text());
        for query in
            [format!("from={name}"), format!("metric={name}"), format!("cursor={name}"), format!("{name}=1")]
        {
            let answer = li.get(&own(&li, &format!("measurements?{query}"))).await;
            assert_eq!(answer.status, 400, "{query}");
            silent(answer.text());
        }
        let answer = li.get(&format!("/api/v1/me/access-log?person={name}")).await;
        assert_eq!(answer.status, 400);
        silent(answer.text());
        assert!(answer.text().contains("person"), "which parameter it is about");
    }
}

async fn a_weight_and_a_height_that_no_body_has_are_told_together(app: TestApp) {
    let li = keeper(&app, "li").await;
    keep(&li, reading("height", "2026-11-10T08:00:00+08:00", 150.0)).await;
    for (kilograms, status, code) in [
        (190.0, "quarantined", json!("bmi_out_of_range")),
        (130.0, "confirm", json!("unusual_bmi")),
        (60.0, "recorded", Value::Null),
    ] {
        let answer = send(&li, &[reading("weight", NOON, kilograms)]).await.remove(0);
        assert_eq!((&answer["status"], &answer["code"]), (&json!(status), &code), "{kilograms} kg");
        if status != "recorded" {
            let text = answer["text"].as_str().unwrap();
            assert!(text.contains("体重") && text.contains("身高"), "{text}");
        }
    }
    let height = with(reading("height", NOON, 80.0), &json!({"confirmed": true}));
    let answer = send(&li, &[height]).await.remove(0);
    assert_eq!((&answer["status"], &answer["code"]), (&json!("quarantined"), &json!("bmi_out_of_range")));
    let kept = keep(&li, with(reading("weight", NOON, 130.0), &json!({"confirmed": true}))).await;
    assert!(kept["doubt"].is_string());
}

async fn what_is_found_by_the_standards_stays_with_the_reading(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1970-03-08", "sex": "female"})).await.ok();
    let kept = keep(&li, pressure(NOON, 138, 80)).await;
    let found = kept["assessment"].as_array().unwrap();
    let home = found.iter().find(|finding| finding["about"] == "blood_pressure").unwrap();
    assert!(home["standard"].as_str().unwrap().contains("高血压"), "{home}");
    assert!(home["edition"].is_string() && home["age_months"].is_number() && home["meaning"].is_string());
    keep(&li, reading("height", "2026-01-05T08:00:00+08:00", 160.0)).await;
    let weight = keep(&li, reading("weight", NOON, 75.0)).await;
    let bmi =
        weight["assessment"].as_array().unwrap().iter().find(|finding| finding["about"] == "bmi").unwrap();
    assert_eq!(bmi["value"], 2_930, "75 kg at 160 cm are 29.30 kg/m², in hundredths");
    assert_eq!(bmi["code"], "obese");
    let listed = li.get(&own(&li, "measurements?metric=weight")).await.ok();
    assert_eq!(listed["items"][0]["assessment"], weight["assessment"]);
}

async fn the_blood_pressure_of_a_child_is_judged_by_its_height(app: TestApp) {
    let li = app.resident("li").await;
    let kid = add(&li, &child()).await;
    let judged = |answers: &[Value]| {
        let found = answers[0]["measurement"]["assessment"].as_array().unwrap().clone();
        found.iter().any(|finding| finding["about"] == "blood_pressure")
    };
    let before = send_for(&li, &kid, &[pressure("2026-11-20T08:00:00+08:00", 121, 78)]).await;
    assert!(!judged(&before), "without a height no standard applies: {before:?}");
    send_for(&li, &kid, &[reading("height", "2026-11-20T09:00:00+08:00", 135.0)]).await;
    let after = send_for(&li, &kid, &[pressure(NOON, 121, 78)]).await;
    assert!(judged(&after), "{after:?}");
    assert_eq!(after[0]["measurement"]["entered_as"], "guardian");
    assert!(li.get(&format!("{PEOPLE}/{kid}")).await.status == 200);
}
