//! 180/110 and more: rest, repeat, seek care; and officers hear of it where the person agreed.

use chrono::TimeDelta;
use entity::{record_alert, record_digest};
use kangtu::records::{alerts, digest};
use sea_orm::{EntityTrait, QuerySelect, QueryTrait};
use serde_json::{Value, json};

use super::{agree, keep, keeper, own, pressure, reading, send, with};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_very_high_pressure_says_what_to_do,
    a_very_high_pressure_that_is_asked_again_says_what_to_do_at_once,
    officers_hear_of_it_only_where_the_person_agreed_and_only_while_it_counts,
    the_digest_follows_what_counts,
);

const NOON: &str = "2026-11-24T12:00:00+08:00";

async fn open_alerts(app: &TestApp) -> Vec<record_alert::Model> {
    let everybody =
        entity::person::Entity::find().select_only().column(entity::person::Column::Id).into_query();
    alerts::unsettled(app.state.database.reader(), everybody).await.unwrap()
}

async fn a_very_high_pressure_says_what_to_do(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (systolic, diastolic, is_urgent) in
        [(179, 109, false), (180, 90, true), (150, 110, true), (200, 120, true)]
    {
        let at = format!("2026-11-24T12:00:{:02}+08:00", diastolic / 3);
        let answer = send(&li, &[pressure(&at, systolic, diastolic)]).await.remove(0);
        assert_eq!(answer["status"], "recorded", "a crisis is never turned away");
        assert_eq!(answer["advice"].is_string(), is_urgent, "{systolic}/{diastolic}");
    }
    let summary = li.get(&own(&li, "summary")).await.ok();
    let advice = summary["advice"].as_str().unwrap();
    for needed in ["休息", "再量两次", "去医院", "120", "不是诊断"] {
        assert!(advice.contains(needed), "{advice}");
    }
}

async fn a_very_high_pressure_that_is_asked_again_says_what_to_do_at_once(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (systolic, diastolic, is_urgent) in [(260, 100, true), (200, 60, true), (100, 90, false)] {
        let answer = send(&li, &[pressure(NOON, systolic, diastolic)]).await.remove(0);
        assert_eq!(answer["status"], "confirm", "{systolic}/{diastolic}");
        let advice = answer["advice"].as_str();
        assert_eq!(advice.is_some_and(|advice| advice.contains("再量两次")), is_urgent, "{answer}");
    }
}

async fn officers_hear_of_it_only_where_the_person_agreed_and_only_while_it_counts(app: TestApp) {
    let li = keeper(&app, "li").await;
    send(&li, &[pressure(NOON, 190, 120)]).await;
    assert!(open_alerts(&app).await.is_empty(), "nobody agreed to tell them");
    agree(&li, "sharing").await;
    let mistyped = keep(&li, pressure(NOON, 192, 82)).await;
    app.clock.advance(TimeDelta::seconds(1));
    let meant = keep(&li, pressure(NOON, 190, 112)).await;
    send(&li, &[pressure("2026-11-17T09:00:00+08:00", 200, 120)]).await;
    let alerts = open_alerts(&app).await;
    assert_eq!(alerts.len(), 2, "what is a week old needs nobody to hurry");
    assert_eq!(alerts[1].measurement_id.to_string(), meant["id"].as_str().unwrap());
    let settled = alerts[1].id;
    keep(&li, with(pressure(NOON, 129, 82), &json!({"replaces": mistyped["id"]}))).await;
    assert_eq!(open_alerts(&app).await.len(), 1, "what was corrected is no alert any more");
    let officer = app.staff("health_officer", "440307009001").await;
    let now = app.clock.now();
    let settle = async || {
        let staff_id = officer.id;
        let settle = app.state.database.write(move |transaction| {
            Box::pin(async move { alerts::settle(transaction, settled, staff_id, now).await })
        });
        settle.await.unwrap()
    };
    assert!(settle().await && !settle().await, "an alert is settled once");
    assert!(open_alerts(&app).await.is_empty());
    li.delete("/api/v1/me/consents/sharing").await;
    let left = record_alert::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(left.is_empty(), "what was shared is gone with the consent");
    let listed = li.get(&own(&li, "measurements")).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 4, "the record itself stays");
}

async fn the_digest_follows_what_counts(app: TestApp) {
    let li = keeper(&app, "li").await;
    let read = async || {
        let row = record_digest::Entity::find_by_id(li.person_id.unwrap()).one(app.state.database.reader());
        let row = row.await.unwrap()?;
        let opened = digest::open(&app.state, app.state.database.reader(), &row).await.unwrap();
        Some((*row.last_measured_at, opened))
    };
    assert!(read().await.is_none());
    send(
        &li,
        &[
            pressure("2026-11-23T07:00:00+08:00", 142, 88),
            pressure("2026-11-23T20:00:00+08:00", 138, 92),
            pressure("2026-11-24T07:00:00+08:00", 150, 90),
            reading("weight", "2026-11-20T07:00:00+08:00", 60.0),
        ],
    )
    .await;
    let (last, digest) = read().await.unwrap();
    assert_eq!(last, "2026-11-23T23:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(digest.last_pressure.map(|pressure| pressure.systolic), Some(150));
    let days: Vec<(i64, i64)> =
        digest.pressure_days.iter().map(|day| (day.systolic, day.diastolic)).collect();
    assert_eq!(days, [(150, 90), (142, 92)], "the highest of each day");
    assert_eq!(digest.weights[0].grams, 60_000);
    let newest = li.get(&own(&li, "measurements?limit=1")).await.ok()["items"][0].clone();
    li.delete(&own(&li, &format!("measurements/{}", newest["id"].as_str().unwrap()))).await.ok();
    let (last, digest) = read().await.unwrap();
    assert_eq!(digest.last_pressure.map(|pressure| pressure.systolic), Some(138));
    assert_eq!(last, "2026-11-23T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let all: Vec<Value> = li.get(&own(&li, "measurements")).await.ok()["items"].as_array().unwrap().clone();
    for one in all {
        li.delete(&own(&li, &format!("measurements/{}", one["id"].as_str().unwrap()))).await.ok();
    }
    assert!(read().await.is_none(), "without readings there is no digest");
}
