//! What people thought of an activity.

use chrono::TimeDelta;
use entity::registration::Status;
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{HERE, announce, lecture, seated, sign_up};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    who_came_may_answer_once_and_change_it_for_a_week,
    who_did_not_come_has_nothing_to_say,
    what_cannot_be_kept_is_refused_field_by_field,
    the_public_sees_a_mean_from_ten_answers_on,
    words_are_looked_at_before_anybody_reads_them,
);

async fn let_in(host: &Caller, activity_id: i32, registration: uuid::Uuid) {
    let body = json!({"registration_id": registration, "nonce": format!("in-{registration}")});
    host.post(&format!("/api/v1/activities/{activity_id}/check-ins"), &body).await.ok();
}

async fn who_came_may_answer_once_and_change_it_for_a_week(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let_in(&host, activity_id, signed_up.id).await;
    let path = format!("/api/v1/registrations/{}/feedback", signed_up.id);
    let person = resident.person_id.unwrap();
    resident.post(&path, &json!({"overall": 5})).await.problem(422, "invalid");
    let body = json!({"person_id": person, "overall": 4, "lecturer": 5, "comment": "讲得清楚"});
    let given = resident.post(&path, &body).await.ok();
    assert_eq!((&given["overall"], &given["comment"]), (&json!(4), &json!("讲得清楚")));
    assert_eq!(resident.post(&path, &body).await.ok(), given, "sent again it is one");
    app.clock.advance(TimeDelta::days(6));
    let mut resident = resident;
    resident.refresh().await;
    let changed = resident.post(&path, &json!({"person_id": person, "overall": 2})).await.ok();
    assert_eq!((&changed["overall"], &changed["given_at"]), (&json!(2), &given["given_at"]));
    let own = resident.get(&path).await.ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert!(own["items"][0]["comment"].is_null(), "what is left out is taken back");
    app.clock.advance(TimeDelta::days(2));
    resident.refresh().await;
    resident.post(&path, &body).await.problem(409, "feedback_closed");
    let stranger = app.resident("wang").await;
    stranger.post(&path, &body).await.problem(404, "not_found");
    stranger.get(&path).await.problem(404, "not_found");
}

async fn who_did_not_come_has_nothing_to_say(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let path = format!("/api/v1/registrations/{}/feedback", signed_up.id);
    let body = json!({"person_id": resident.person_id, "overall": 4});
    resident.post(&path, &body).await.problem(409, "not_checked_in");
    let_in(&host, activity_id, signed_up.id).await;
    let undo = format!("/api/v1/activities/{activity_id}/check-ins/undo");
    host.post(&undo, &json!({"people": signed_up.people})).await.ok();
    resident.post(&path, &body).await.problem(409, "not_checked_in");
    // Nor who gave the seat back, alone as it was.
    let wang = app.resident("wang").await;
    let over = sign_up(&wang, activity_id, &[wang.person_id.unwrap()], Status::Cancelled).await;
    let path = format!("/api/v1/registrations/{}/feedback", over.id);
    for body in [json!({"overall": 4}), json!({"person_id": wang.person_id, "overall": 4})] {
        wang.post(&path, &body).await.problem(409, "registration_cancelled");
    }
}

async fn what_cannot_be_kept_is_refused_field_by_field(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let_in(&host, activity_id, signed_up.id).await;
    let path = format!("/api/v1/registrations/{}/feedback", signed_up.id);
    let person = resident.person_id.unwrap();
    for (body, pointer) in [
        (json!({"person_id": person, "overall": 0}), "/overall"),
        (json!({"person_id": person, "overall": 5, "venue": 6}), "/venue"),
        (json!({"person_id": person, "overall": 5, "comment": "好".repeat(501)}), "/comment"),
        (json!({"person_id": app.state.random.stamp(), "overall": 5}), "/person_id"),
    ] {
        let problem = resident.post(&path, &body).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    resident.post(&path, &json!({"person_id": person, "overall": 4.5})).await.problem(400, "bad_json");
}

async fn the_public_sees_a_mean_from_ten_answers_on(app: TestApp) {
    let activity_id = announce(&app, lecture(&app)).await;
    let host = app.staff("activity_host", HERE).await;
    let path = format!("/api/v1/activities/{activity_id}/feedback");
    for number in 0..10 {
        let summary = app.get(&path).await.ok();
        assert_eq!((&summary["answers"], &summary["mean"]), (&json!(number), &json!(null)));
        let resident = app.resident(&format!("guest-{number}")).await;
        let person = [resident.person_id.unwrap()];
        let signed_up = sign_up(&resident, activity_id, &person, Status::Confirmed).await;
        let_in(&host, activity_id, signed_up.id).await;
        let body = json!({"overall": 4 + number % 2, "venue": (number < 9).then_some(3)});
        resident.post(&format!("/api/v1/registrations/{}/feedback", signed_up.id), &body).await.ok();
    }
    let answer = app.get(&path).await;
    let summary = answer.ok();
    assert_eq!(summary["mean"], json!({"overall": 4.5, "content": null, "lecturer": null, "venue": null}));
    assert_eq!(summary["text"], "10 人评价，平均 4.5 分（满分 5 分）。");
    let tag = answer.header("etag").unwrap();
    assert_eq!(app.request(Method::GET, &path).header("if-none-match", tag).send().await.status, 304);
    app.get("/api/v1/activities/999999/feedback").await.problem(404, "not_found");
    // So does the office; `reports` looks at fewer.
    app.clock.advance(TimeDelta::hours(4));
    let host = app.staff("activity_host", HERE).await;
    let ledger = host.get("/api/v1/activity-ledger?year=2026").await.ok();
    let lines = ledger["items"].as_array().unwrap();
    let line = lines.iter().find(|line| line["activity_id"] == activity_id).unwrap();
    assert_eq!((&line["answers"], &line["satisfaction"]), (&json!(10), &json!(4.5)));
    let path = format!("/api/v1/activity-statistics?year=2026&region={HERE}");
    assert_eq!(host.get(&path).await.ok()["total"]["satisfaction"], 4.5);
}

async fn words_are_looked_at_before_anybody_reads_them(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let_in(&host, activity_id, signed_up.id).await;
    let path = format!("/api/v1/registrations/{}/feedback", signed_up.id);
    let comments = format!("/api/v1/activities/{activity_id}/feedback/comments");
    let with = |comment: &str| json!({"person_id": resident.person_id, "overall": 5, "comment": comment});
    resident.post(&path, &with("包治百病")).await.ok();
    assert!(host.get(&comments).await.ok()["items"].as_array().unwrap().is_empty(), "it waits for a look");
    resident.post(&path, &with("医生讲得很清楚")).await.ok();
    let told = host.get(&comments).await;
    assert_eq!(told.ok()["items"][0]["comment"], "医生讲得很清楚");
    assert!(!told.text().contains("李秀英"));
    let rows = entity::feedback::Entity::find().all(app.state.database.reader()).await.unwrap();
    let text = "医生讲得很清楚".as_bytes();
    assert!(!rows[0].comment_cell.as_ref().unwrap().windows(text.len()).any(|part| part == text), "sealed");
    assert_eq!(resident.get(&comments).await.status, 403);
}
