//! What is kept is nowhere in the clear, goes along in an export, and is gone after a withdrawal and an erasure.

use std::fs;

use chrono::TimeDelta;
use entity::{
    health_goal, health_reminder, measurement, measurement_quarantine, record_alert, record_digest,
};
use kangtu::privacy::erasure;
use kangtu::privacy::holdings::{HOLDINGS, Subject};
use sea_orm::{DatabaseExecutor, EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{agree, keep, keeper, own, pressure, reading, send, with};
use crate::privacy::erasure::{backup, contains, files_below};
use crate::support::callers::Caller;
use crate::support::{TestApp, logs, on_both_databases};

on_both_databases!(
    no_value_is_anywhere_in_the_clear,
    everything_goes_along_in_an_export,
    a_withdrawal_and_an_erasure_leave_nothing,
);

/// Values and words that are found nowhere else, as they were told and as they are kept.
const MARKS: [&str; 6] =
    ["77.123", "77123", "头晕得厉害请医生看", "饭前半小时量血压", "very_high_pressure", "99.77"];

async fn full_record(app: &TestApp) -> Caller {
    let li = keeper(app, "li").await;
    agree(&li, "sharing").await;
    agree(&li, "steps").await;
    let noted = json!({"note": MARKS[2]});
    let first = keep(&li, with(pressure("2026-11-24T07:00:00+08:00", 191, 121), &noted)).await;
    keep(&li, with(pressure("2026-11-24T07:05:00+08:00", 193, 117), &json!({"replaces": first["id"]}))).await;
    keep(&li, reading("weight", "2026-11-24T07:00:00+08:00", 77.123)).await;
    let swapped = with(pressure("2026-11-24T07:00:00+08:00", 82, 128), &json!({"note": MARKS[2]}));
    assert_eq!(send(&li, &[swapped]).await[0]["status"], "quarantined");
    let goal = json!({"limits": {"value": {"to": 99.77}}});
    li.put(&own(&li, "goals/weight"), &goal).await.ok();
    let reminder = json!({"metric": "blood_pressure", "time": "10:30", "note": MARKS[3]});
    assert_eq!(li.post(&own(&li, "reminders"), &reminder).await.status, 201);
    let fake = app.state.wechat.fake.clone().unwrap();
    let days = json!({"stepInfoList": [{"timestamp": 1_763_913_600 + 31_536_000, "step": 77_123}]});
    let (encrypted_data, iv) = fake.encrypt_user_data("dev-li", days).unwrap();
    let steps = json!({"encrypted_data": encrypted_data, "iv": iv});
    li.post(&own(&li, "steps/wechat"), &steps).await.ok();
    li
}

async fn no_value_is_anywhere_in_the_clear(app: TestApp) {
    for mark in &MARKS[2..4] {
        logs::remember(mark);
    }
    let li = full_record(&app).await;
    li.get(&own(&li, "summary")).await.ok();
    li.get(&own(&li, "trends?metric=weight")).await.ok();
    li.get(&own(&li, "measurements/rejected")).await.ok();
    let database = backup(&app, "records.db").await;
    for mark in MARKS {
        assert!(!contains(&database, mark.as_bytes()), "{mark} can be read in the database");
    }
    assert!(contains(&database, b"blood_pressure"), "the search finds what is there");
    for file in files_below(app.state.settings.data.as_path()) {
        let bytes = fs::read(&file).unwrap_or_default();
        for mark in MARKS {
            assert!(!contains(&bytes, mark.as_bytes()), "{mark} can be read in {}", file.display());
        }
    }
    let metrics = app.state.metrics.render().unwrap();
    for mark in MARKS {
        assert!(!metrics.contains(mark), "{mark} is among the metrics");
    }
}

const NAMES: [(&str, usize); 6] = [
    ("measurements", 3),
    ("wechat_steps", 1),
    ("rejected_measurements", 1),
    ("record_alerts", 1),
    ("health_goals", 1),
    ("health_reminders", 1),
];

async fn everything_goes_along_in_an_export(app: TestApp) {
    let li = full_record(&app).await;
    let subject = Subject { person_id: li.person_id.unwrap(), account_id: Some(li.id) };
    let executor = DatabaseExecutor::from(app.state.database.reader());
    for (name, rows) in NAMES {
        let holding = HOLDINGS.iter().find(|holding| holding.name == name).unwrap();
        let table = (holding.collect)(&app.state, &executor, subject).await.unwrap();
        assert_eq!(table.rows.len(), rows, "{name}");
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{name}");
        if name == "measurements" {
            let text = json!(table.rows).to_string();
            for told in ["193/117 mmHg", "77.1 公斤", "191/121 mmHg", MARKS[2]] {
                assert!(text.contains(told), "{told} is missing from {text}");
            }
        }
    }
}

async fn left(app: &TestApp) -> Vec<(&'static str, u64)> {
    let reader = app.state.database.reader();
    vec![
        ("measurement", measurement::Entity::find().count(reader).await.unwrap()),
        ("quarantine", measurement_quarantine::Entity::find().count(reader).await.unwrap()),
        ("alert", record_alert::Entity::find().count(reader).await.unwrap()),
        ("digest", record_digest::Entity::find().count(reader).await.unwrap()),
        ("goal", health_goal::Entity::find().count(reader).await.unwrap()),
        ("reminder", health_reminder::Entity::find().count(reader).await.unwrap()),
    ]
}

async fn a_withdrawal_and_an_erasure_leave_nothing(app: TestApp) {
    let mut li = full_record(&app).await;
    assert!(left(&app).await.iter().all(|(_, rows)| *rows > 0));
    assert_eq!(li.delete("/api/v1/me/consents/records").await.status, 204);
    let after: Vec<(&str, u64)> = left(&app).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(after, [("measurement", 1)], "the steps have a consent of their own");
    agree(&li, "records").await;
    keep(&li, pressure("2026-11-24T07:00:00+08:00", 191, 121)).await;
    let gone = li.delete("/api/v1/me").await;
    assert_eq!(gone.status, 202);
    app.clock.advance(TimeDelta::days(7));
    li.refresh().await;
    erasure::run_due(&app.state, app.clock.now()).await.unwrap();
    let after: Vec<(&str, u64)> = left(&app).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert!(after.is_empty(), "{after:?}");
}
