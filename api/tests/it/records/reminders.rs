//! Reminders: on time, once, and without a word about what for.

use chrono::TimeDelta;
use entity::{message_outbox, message_template};
use kangtu::records::reminders::due;
use reqwest::Method;
use sea_orm::{ActiveValue, EntityTrait};
use serde_json::{Value, json};

use super::{keeper, of, own};
use crate::people::appoint;
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_reminder_comes_on_its_days_and_names_nothing,
    two_replicas_tell_it_once_and_one_that_comes_too_late_is_not_told,
    a_reminder_is_changed_by_version_and_taken_back,
    whoever_may_not_act_any_more_is_not_reminded,
    a_reminder_that_makes_no_sense_is_refused,
);

const PRESSURE: &str = "blood_pressure";

async fn template(app: &TestApp) {
    let now = app.clock.now();
    let planted = app.state.database.write(move |transaction| {
        let row = message_template::ActiveModel {
            biz_key: ActiveValue::Set("health_reminder".to_owned()),
            template_id: ActiveValue::Set("tHealth".to_owned()),
            title: ActiveValue::Set("健康提醒".to_owned()),
            kind: ActiveValue::Set(message_template::Kind::Once),
            fields: ActiveValue::Set(json!([{"key": "thing1", "source": "text"}])),
            page: ActiveValue::Set(None),
            enabled: ActiveValue::Set(true),
            disabled_reason: ActiveValue::Set(None),
            version: ActiveValue::Set(1),
            updated_at: ActiveValue::Set(now.into()),
        };
        Box::pin(async move {
            message_template::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    planted.await.unwrap();
}

async fn tell(app: &TestApp) {
    due::tell(&app.state, app.clock.now()).await.unwrap();
}

async fn outbox(app: &TestApp) -> Vec<message_outbox::Model> {
    message_outbox::Entity::find().all(app.state.database.reader()).await.unwrap()
}

async fn notices(caller: &Caller) -> Vec<Value> {
    let list = caller.get("/api/v1/me/notices").await.ok();
    list["items"].as_array().unwrap().clone()
}

async fn a_reminder_comes_on_its_days_and_names_nothing(app: TestApp) {
    template(&app).await;
    let mut li = keeper(&app, "li").await;
    let body = json!({"metric": PRESSURE, "time": "10:30", "weekdays": [3, 5], "note": "饭前"});
    let added = li.post(&own(&li, "reminders"), &body).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let added = added.json();
    assert_eq!(added["next_at"], "2026-11-25T02:30:00Z", "today is a Wednesday");
    assert_eq!((&added["name"], &added["mine"]), (&json!("血压"), &json!(true)));
    tell(&app).await;
    assert!(notices(&li).await.is_empty(), "not before its time");
    app.clock.advance(TimeDelta::minutes(30));
    li.refresh().await;
    for _ in 0..3 {
        tell(&app).await;
    }
    let told = notices(&li).await;
    assert_eq!(told.len(), 1);
    for word in ["血压", "糖", "病", "饭前", PRESSURE] {
        assert!(!told[0].to_string().contains(word), "{}", told[0]);
    }
    assert_eq!(outbox(&app).await.len(), 1);
    let next = li.get(&own(&li, "reminders")).await.ok()["items"][0]["next_at"].clone();
    assert_eq!(next, "2026-11-27T02:30:00Z", "then on Friday");
    app.clock.advance(TimeDelta::days(2));
    li.refresh().await;
    tell(&app).await;
    assert_eq!(notices(&li).await.len(), 2);
}

async fn two_replicas_tell_it_once_and_one_that_comes_too_late_is_not_told(app: TestApp) {
    template(&app).await;
    let mut li = keeper(&app, "li").await;
    li.post(&own(&li, "reminders"), &json!({"metric": PRESSURE, "time": "10:30"})).await.json();
    app.clock.advance(TimeDelta::minutes(31));
    li.refresh().await;
    let now = app.clock.now();
    futures_util::future::try_join_all((0..4).map(|_| due::tell(&app.state, now))).await.unwrap();
    assert_eq!((notices(&li).await.len(), outbox(&app).await.len()), (1, 1));
    app.clock.advance(TimeDelta::days(1) + TimeDelta::hours(2));
    li.refresh().await;
    tell(&app).await;
    assert_eq!(notices(&li).await.len(), 1, "a reminder of the morning is of no use at noon");
    let next = li.get(&own(&li, "reminders")).await.ok()["items"][0]["next_at"].clone();
    assert_eq!(next, "2026-11-27T02:30:00Z");
}

async fn a_reminder_is_changed_by_version_and_taken_back(app: TestApp) {
    let li = keeper(&app, "li").await;
    let key = "reminder-0001";
    let body = json!({"metric": PRESSURE, "time": "10:30"});
    let added = li.post_with_key(&own(&li, "reminders"), key, &body).await.json();
    let again = li.post_with_key(&own(&li, "reminders"), key, &body).await.json();
    assert_eq!(added, again, "a phone may send it twice");
    let one = own(&li, &format!("reminders/{}", added["id"].as_str().unwrap()));
    let off = json!({"metric": "weight", "time": "07:00", "enabled": false});
    li.put(&one, &off).await.problem(428, "version_required");
    let edit = async |version: &str| {
        li.request(Method::PUT, &one).header("if-match", version).json(&off).send().await
    };
    let edited = edit("\"1\"").await.ok();
    assert_eq!((&edited["enabled"], &edited["next_at"]), (&json!(false), &Value::Null));
    edit("\"1\"").await.problem(412, "stale_version");
    app.clock.advance(TimeDelta::days(1));
    tell(&app).await;
    let li = app.resident("li").await;
    assert!(notices(&li).await.is_empty(), "it is off");
    assert_eq!(li.delete(&one).await.status, 204);
    li.delete(&one).await.problem(404, "no_such_reminder");
    assert_eq!(li.get(&own(&li, "reminders")).await.ok()["items"], json!([]));
}

async fn whoever_may_not_act_any_more_is_not_reminded(app: TestApp) {
    let (mut li, mut wang) = (keeper(&app, "li").await, app.resident("wang").await);
    let id = li.person_id.unwrap().to_string();
    let proxy = appoint(&li, &wang, &id, &["records.write"], 30).await;
    let body = json!({"metric": PRESSURE, "time": "10:30"});
    assert_eq!(wang.post(&of(&id, "reminders"), &body).await.status, 201);
    app.clock.advance(TimeDelta::minutes(30));
    li.refresh().await;
    wang.refresh().await;
    tell(&app).await;
    assert_eq!((notices(&wang).await.len(), notices(&li).await.len()), (1, 0));
    assert_eq!(li.get(&own(&li, "reminders")).await.ok()["items"][0]["mine"], false);
    assert_eq!(li.delete(&format!("/api/v1/me/people/{id}/proxies/{proxy}")).await.status, 204);
    app.clock.advance(TimeDelta::days(1));
    tell(&app).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    assert_eq!(notices(&wang).await.len(), 1);
    assert_eq!(li.get(&own(&li, "reminders")).await.ok()["items"][0]["enabled"], false);
}

async fn a_reminder_that_makes_no_sense_is_refused(app: TestApp) {
    let li = keeper(&app, "li").await;
    for body in [
        json!({"metric": "mood", "time": "10:30"}),
        json!({"metric": "bmi", "time": "10:30"}),
        json!({"metric": PRESSURE, "time": "24:00"}),
        json!({"metric": PRESSURE, "time": "10:30", "weekdays": []}),
        json!({"metric": PRESSURE, "time": "10:30", "weekdays": [8]}),
        json!({"metric": PRESSURE, "time": "10:30", "note": "长".repeat(61)}),
    ] {
        li.post(&own(&li, "reminders"), &body).await.problem(422, "invalid");
    }
    for _ in 0..20 {
        assert_eq!(
            li.post(&own(&li, "reminders"), &json!({"metric": PRESSURE, "time": "10:30"})).await.status,
            201
        );
    }
    let one_more = json!({"metric": PRESSURE, "time": "10:30"});
    li.post(&own(&li, "reminders"), &one_more).await.problem(409, "too_many_reminders");
    let wang = app.resident("wang").await;
    wang.post(&own(&wang, "reminders"), &one_more).await.problem(403, "consent_required");
}
