//! What attendance keeps about a person goes into an export and is gone after an erasure.

use chrono::TimeDelta;
use entity::{calendar_token, check_in, feedback};
use kangtu::privacy::erasure;
use kangtu::privacy::holdings::{HOLDINGS, Subject};
use sea_orm::{DatabaseExecutor, EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{scan, seated, ticket};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(check_ins_feedback_and_calendars_are_exported_and_erased);

async fn check_ins_feedback_and_calendars_are_exported_and_erased(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    host.post(&format!("/api/v1/activities/{activity_id}/check-ins"), &scan(&shown, "nonce-0001")).await.ok();
    let body = json!({"person_id": resident.person_id, "overall": 5, "comment": "谢谢医生"});
    resident.post(&format!("/api/v1/registrations/{}/feedback", signed_up.id), &body).await.ok();
    let url =
        resident.post("/api/v1/me/calendar", &json!({})).await.json()["url"].as_str().unwrap().to_owned();
    let subject = Subject { person_id: resident.person_id.unwrap(), account_id: Some(resident.id) };
    let reader = app.state.database.reader();
    let executor = DatabaseExecutor::from(reader);
    for (name, rows) in [("check_ins", 1), ("feedback", 1), ("calendar", 1)] {
        let holding = HOLDINGS.iter().find(|holding| holding.name == name).unwrap();
        let table = (holding.collect)(&app.state, &executor, subject).await.unwrap();
        assert_eq!(table.rows.len(), rows, "{name}");
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    }
    assert_eq!(resident.delete("/api/v1/me").await.status / 100, 2);
    app.clock.advance(TimeDelta::days(8));
    erasure::run_due(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(calendar_token::Entity::find().count(reader).await.unwrap(), 0);
    app.get(&url).await.problem(404, "not_found");
    let rows = feedback::Entity::find().all(reader).await.unwrap();
    assert_eq!((rows.len(), rows[0].overall), (1, 5), "the stars stay, without a name");
    assert!(rows[0].comment_cell.is_none());
    assert_eq!(check_in::Entity::find().count(reader).await.unwrap(), 2, "how many came stays");
    // The sheet still opens, without the name.
    let host = app.staff("activity_host", super::HERE).await;
    let list = host.get(&format!("/api/v1/activities/{activity_id}/registrations?status=all")).await;
    assert_eq!(list.status, 200);
    assert!(!list.text().contains("李秀英"));
}
