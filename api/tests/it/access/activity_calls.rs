//! How the operations of activities and registrations are called, on an activity of the community.

use chrono::TimeDelta;
use entity::activity::{self, Status};
use kangtu::activities::revision;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, send};
use crate::activities::{alone, lecture, sign_up};

fn versioned(path: String, body: Option<Value>) -> Call {
    Call { path, body, headers: vec![("if-match", "\"1\"".to_owned())], ..Call::default() }
}

/// The call, where it is about an activity or a registration.
pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Option<Call> {
    let now = objects.app.clock.now();
    let content = || lecture(now);
    let at = async |status: Status| path.replace("{id}", &activity_here(objects, status).await.to_string());
    Some(match (method, path) {
        ("POST", "/api/v1/activities") => {
            Call { path: path.to_owned(), body: Some(content()), ..Call::default() }
        }
        // What is published is not reworded by everybody who may write.
        ("PUT", "/api/v1/activities/{id}") => versioned(at(Status::Draft).await, Some(content())),
        ("POST", "/api/v1/activities/{id}/submit") => versioned(at(Status::Draft).await, None),
        ("POST", "/api/v1/activities/{id}/review" | "/api/v1/activities/{id}/return") => {
            versioned(at(Status::Submitted).await, None)
        }
        ("POST", "/api/v1/activities/{id}/publish") => versioned(at(Status::Reviewed).await, None),
        ("POST", "/api/v1/activities/{id}/cancel") => {
            versioned(at(Status::Published).await, Some(json!({"reason": "台风"})))
        }
        ("POST", "/api/v1/activities/{id}/copy") => {
            let body = json!({"starts_at": now + TimeDelta::days(9)});
            Call { path: at(Status::Published).await, body: Some(body), ..Call::default() }
        }
        ("POST", "/api/v1/activities/{id}/repeat") => {
            let body = json!({"every": "week", "times": 1});
            Call { path: at(Status::Published).await, body: Some(body), ..Call::default() }
        }
        ("POST", "/api/v1/activities/{id}/registrations") => {
            send(at(Status::Published).await, json!({"person_ids": [objects.owner.person_id]}))
        }
        ("POST", "/api/v1/activities/{id}/desk-registrations") => {
            let body =
                json!({"channel": "staff", "people": [{"name": "王桂英"}], "consent_kind": "in_person"});
            send(at(Status::Published).await, body)
        }
        (
            "GET" | "POST",
            "/api/v1/activities/{id}"
            | "/api/v1/activities/{id}/audit"
            | "/api/v1/activities/{id}/poster"
            | "/api/v1/activities/{id}/recount"
            | "/api/v1/hosted-activities/{id}",
        ) => Call { path: at(Status::Published).await, ..Call::default() },
        ("POST", "/api/v1/activity-series") => {
            Call { path: path.to_owned(), body: Some(series()), ..Call::default() }
        }
        ("POST", "/api/v1/lecturers") => {
            Call { path: path.to_owned(), body: Some(lecturer()), ..Call::default() }
        }
        ("PUT", "/api/v1/activity-series/{id}") => {
            let id = made_by_staff(objects, "/api/v1/activity-series", &series()).await;
            versioned(path.replace("{id}", &id), Some(series()))
        }
        ("PUT", "/api/v1/lecturers/{id}") => {
            let id = made_by_staff(objects, "/api/v1/lecturers", &lecturer()).await;
            versioned(path.replace("{id}", &id), Some(lecturer()))
        }
        ("POST", "/api/v1/registration-people/{id}/excuse") => {
            let entry = registration(objects).await;
            let person = entry["people"][0]["registration_person_id"].as_str().unwrap();
            let body = Some(json!({"reason": "excused"}));
            Call { path: path.replace("{id}", person), body, ..Call::default() }
        }
        (_, path)
            if path.starts_with("/api/v1/registrations/{id}")
                || path.starts_with("/api/v1/desk-registrations/{id}") =>
        {
            let entry = registration(objects).await;
            let path = path.replace("{id}", entry["id"].as_str().unwrap());
            let person = objects.owner.person_id.unwrap().to_string();
            Call { path: path.replace("{person_id}", &person), ..Call::default() }
        }
        _ => return None,
    })
}

fn series() -> Value {
    json!({"title": "健康巡讲", "kind": "lecture", "region_code": HERE, "target_per_year": 11})
}

fn lecturer() -> Value {
    json!({"name": "陈医生", "region_code": HERE, "active": true})
}

async fn made_by_staff(objects: &Objects, path: &str, body: &Value) -> String {
    let made = objects.app.staff("activity_host", HERE).await.post(path, body).await;
    made.json()["id"].as_i64().unwrap().to_string()
}

/// A registration of the owner.
async fn registration(objects: &Objects) -> Value {
    let id = activity_here(objects, Status::Published).await;
    let people = alone(&objects.owner);
    sign_up(&objects.owner, id.into(), &people).await.json()
}

/// A seeded activity of the community, as it was on its first day: three days before it begins.
async fn activity_here(objects: &Objects, status: Status) -> i32 {
    let (app, now) = (&objects.app, objects.app.clock.now());
    let row = activity::Entity::find()
        .filter(activity::Column::RegionCode.eq(HERE))
        .order_by_asc(activity::Column::Id)
        .one(app.state.database.reader())
        .await
        .unwrap()
        .unwrap();
    let starts_at = now + TimeDelta::days(3);
    let id = row.id;
    app.state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let ends_at = starts_at + TimeDelta::hours(2);
                let change = activity::ActiveModel {
                    status: ActiveValue::Set(status),
                    starts_at: ActiveValue::Set(starts_at.into()),
                    ends_at: ActiveValue::Set(ends_at.into()),
                    signup_opens_at: ActiveValue::Set((now - TimeDelta::days(1)).into()),
                    signup_closes_at: ActiveValue::Set(starts_at.into()),
                    check_in_opens_at: ActiveValue::Set(now.into()),
                    check_in_closes_at: ActiveValue::Set(ends_at.into()),
                    capacity: ActiveValue::Set(90_000),
                    target_capacity: ActiveValue::Set(90_000),
                    drafted_by: ActiveValue::Set(None),
                    edited_by: ActiveValue::Set(None),
                    cancelled_at: ActiveValue::Set(None),
                    cancel_reason: ActiveValue::Set(None),
                    version: ActiveValue::Set(1),
                    changed_revision: ActiveValue::Set(revision::raise(transaction, now).await?),
                    ..Default::default()
                };
                activity::Entity::update_many()
                    .set(change)
                    .filter(activity::Column::Id.eq(id))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    app.state.activities.refresh(&app.state.database).await.unwrap();
    id
}
