//! What an edit of a published activity means for those who are signed up, and who may make it.

use chrono::TimeDelta;
use entity::{message_outbox, message_template};
use kangtu::registrations::settle_due;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{
    HERE, alone, audit, edit, id_of, lecture, lecture_with, publish_at_once, sign_up, status, take_step, told,
};
use crate::people::{add, born};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    everybody_with_a_seat_is_reminded_once_in_the_words_of_the_last_edit,
    a_family_that_gave_a_seat_back_is_reminded_of_those_it_has,
    who_is_offered_a_seat_at_night_learns_of_it_also_after_an_edit,
    a_seat_given_back_at_night_changes_what_is_told_of_an_offer_in_the_morning,
    an_earlier_start_ends_offers_earlier_and_after_it_nobody_accepts,
    what_the_public_reads_is_changed_by_somebody_else_who_may_review,
    times_of_check_in_that_were_left_behind_are_named,
);

/// Messages of this kind are in use, as well as the app's own notices.
async fn send_reminders(app: &TestApp) {
    let row = message_template::Model {
        biz_key: "activity_reminder".to_owned(),
        template_id: "reminder".to_owned(),
        title: "活动开始提醒".to_owned(),
        kind: message_template::Kind::Once,
        fields: json!([{"key": "thing1", "source": "title"}]),
        page: None,
        enabled: true,
        disabled_reason: None,
        version: 1,
        updated_at: app.clock.now().into(),
    };
    let written = app.state.database.write(move |transaction| {
        let row = row.clone().into_active_model();
        Box::pin(async move {
            message_template::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    written.await.unwrap();
}

/// What somebody reads in the app of one kind, by now.
async fn bodies(who: &Caller, kind: &str) -> Vec<String> {
    let notices = who.get("/api/v1/me/notices?limit=100").await.ok();
    let items = notices["items"].as_array().unwrap().iter().filter(|notice| notice["kind"] == kind);
    items.map(|notice| notice["body"].as_str().unwrap().to_owned()).collect()
}

async fn accept(who: &Caller, registration: &str) -> TestResponse {
    let path = format!("/api/v1/registrations/{registration}/accept");
    who.request(reqwest::Method::POST, &path).send().await
}

async fn everybody_with_a_seat_is_reminded_once_in_the_words_of_the_last_edit(app: TestApp) {
    send_reminders(&app).await;
    let now = app.clock.now();
    let id = publish_at_once(&app, &lecture(now)).await;
    let (mut li, wang, zhao) =
        (app.resident("li").await, app.resident("wang").await, app.resident("zhao").await);
    for who in [&li, &wang, &zhao] {
        sign_up(who, id, &alone(who)).await;
    }
    let host = app.staff("activity_host", HERE).await;
    // To another room, to the day after, and back to the day it was.
    for (version, days) in [(1, 3), (2, 4), (3, 3)] {
        let starts_at = now + TimeDelta::days(days);
        let moved = json!({
            "place_name": "社区会议室 302",
            "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2),
        });
        edit(&host, id, version, &lecture_with(now, &moved)).await.ok();
    }
    let waiting = message_outbox::Entity::find()
        .filter(message_outbox::Column::BizKey.eq("activity_reminder"))
        .filter(message_outbox::Column::State.eq(message_outbox::State::Pending));
    let waiting = waiting.count(app.state.database.reader()).await.unwrap();
    assert_eq!(waiting, 2, "one for each who has a seat");
    let changes = ["activity_changed"; 3];
    app.clock.advance(TimeDelta::days(2) - TimeDelta::minutes(1));
    assert_eq!(told(&li).await, [&changes[..], &["registration_confirmed"]].concat());
    app.clock.advance(TimeDelta::minutes(2));
    for who in [&li, &wang] {
        let expected = [&changes[..], &["activity_reminder", "registration_confirmed"]].concat();
        assert_eq!(told(who).await, expected);
    }
    assert_eq!(told(&zhao).await, changes, "who waits has nothing to be reminded of");
    li.refresh().await;
    let reminder = bodies(&li, "activity_reminder").await;
    assert!(reminder.len() == 1 && reminder[0].contains("302"), "{reminder:?}");
    // Again another room: whoever was reminded learns of the change, and is not reminded again.
    let host = app.staff("activity_host", HERE).await;
    edit(&host, id, 4, &lecture_with(now, &json!({"place_name": "社区会议室 303"}))).await.ok();
    app.clock.advance(TimeDelta::days(1));
    let told = told(&li).await;
    assert_eq!(told.iter().filter(|kind| *kind == "activity_reminder").count(), 1, "{told:?}");
}

async fn a_family_that_gave_a_seat_back_is_reminded_of_those_it_has(app: TestApp) {
    let now = app.clock.now();
    let id = publish_at_once(&app, &lecture(now)).await;
    let mut li = app.resident("li").await;
    let people = [alone(&li), vec![add(&li, &born("1990-01-01", "sibling")).await]].concat();
    let entry = id_of(&sign_up(&li, id, &people).await);
    for _ in 0..2 {
        let path = format!("/api/v1/registrations/{entry}/people/{}", people[1]);
        assert_eq!(li.delete(&path).await.status, 204);
    }
    app.clock.advance(TimeDelta::days(2) + TimeDelta::hours(1));
    li.refresh().await;
    let reminder = bodies(&li, "activity_reminder").await;
    assert!(reminder.len() == 1 && reminder[0].contains("（1 人）"), "{reminder:?}");
}

/// A lecture on Thursday at 18:00 with two seats, which a family gives back on Wednesday at 23:00: the next family
/// is offered them.
struct Night {
    id: i64,
    content: Value,
    next: Caller,
    next_people: Vec<String>,
    entry: String,
    host: Caller,
}

async fn night(app: &TestApp) -> Night {
    let now = app.clock.now();
    let starts_at = now + TimeDelta::hours(32);
    let times = json!({"starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2)});
    let content = lecture_with(now, &times);
    let id = publish_at_once(app, &content).await;
    let (mut first, mut next) = (app.resident("li").await, app.resident("wang").await);
    let mut families = Vec::new();
    for who in [&first, &next] {
        families.push([alone(who), vec![add(who, &born("1990-01-01", "sibling")).await]].concat());
    }
    let given_back = id_of(&sign_up(&first, id, &families[0]).await);
    let entry = id_of(&sign_up(&next, id, &families[1]).await);
    app.clock.advance(TimeDelta::hours(13));
    first.refresh().await;
    next.refresh().await;
    assert_eq!(first.delete(&format!("/api/v1/registrations/{given_back}")).await.status, 204);
    assert_eq!(status(&next, &entry).await, "offered");
    assert!(told(&next).await.is_empty(), "nobody is woken");
    let host = app.staff("activity_host", HERE).await;
    Night { id, content, next, next_people: families.remove(1), entry, host }
}

async fn who_is_offered_a_seat_at_night_learns_of_it_also_after_an_edit(app: TestApp) {
    let Night { id, mut content, mut next, entry, host, .. } = night(&app).await;
    content["place_name"] = json!("社区会议室 302");
    edit(&host, id, 1, &content).await.ok();
    app.clock.advance(TimeDelta::hours(9));
    next.refresh().await;
    assert_eq!(told(&next).await, ["activity_changed", "seat_offered"]);
    let offer = bodies(&next, "seat_offered").await;
    assert!(offer.len() == 1 && offer[0].contains("302") && offer[0].contains("13:00"), "{offer:?}");
    assert_eq!(accept(&next, &entry).await.ok()["status"], "confirmed");
}

async fn a_seat_given_back_at_night_changes_what_is_told_of_an_offer_in_the_morning(app: TestApp) {
    let Night { mut next, next_people, entry, .. } = night(&app).await;
    let path = format!("/api/v1/registrations/{entry}/people/{}", next_people[1]);
    assert_eq!(next.delete(&path).await.status, 204);
    app.clock.advance(TimeDelta::hours(9));
    next.refresh().await;
    let offer = bodies(&next, "seat_offered").await;
    assert!(offer.len() == 1 && offer[0].contains("（1 人）"), "{offer:?}");
}

async fn an_earlier_start_ends_offers_earlier_and_after_it_nobody_accepts(app: TestApp) {
    let now = app.clock.now();
    // 10:00 now; it begins at 20:00 today.
    let at = |hours: i64| {
        let starts_at = now + TimeDelta::hours(hours);
        let times =
            json!({"capacity": 1, "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2)});
        lecture_with(now, &times)
    };
    let id = publish_at_once(&app, &at(10)).await;
    let (li, mut wang) = (app.resident("li").await, app.resident("wang").await);
    let first = id_of(&sign_up(&li, id, &alone(&li)).await);
    let second = id_of(&sign_up(&wang, id, &alone(&wang)).await);
    assert_eq!(li.delete(&format!("/api/v1/registrations/{first}")).await.status, 204);
    let host = app.staff("activity_host", HERE).await;
    let shown = format!("/api/v1/registrations/{second}");
    assert_eq!(wang.get(&shown).await.ok()["offer_expires_at"], "2026-11-25T15:00:00+08:00");
    // Later again leaves the deadline as it is; too early for an answer in time, it ends with the start.
    for (version, hours, until) in [(1, 4, "12:00"), (2, 9, "12:00"), (3, 1, "11:00")] {
        edit(&host, id, version, &at(hours)).await.ok();
        let offered = wang.get(&shown).await.ok();
        assert_eq!(offered["offer_expires_at"], format!("2026-11-25T{until}:00+08:00"));
        assert!(bodies(&wang, "seat_offered").await.iter().any(|body| body.contains(until)), "{until}");
    }
    app.clock.advance(TimeDelta::hours(1));
    wang.refresh().await;
    accept(&wang, &second).await.problem(409, "has_started");
    settle_due(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(status(&wang, &second).await, "cancelled");
    assert_eq!(audit(&app, id).await["taken"], 0);
}

async fn what_the_public_reads_is_changed_by_somebody_else_who_may_review(app: TestApp) {
    let now = app.clock.now();
    let (host, colleague) = (app.staff("region_admin", HERE).await, app.staff("region_admin", HERE).await);
    let helper = app.staff("activity_host", HERE).await;
    let id = host.post("/api/v1/activities", &lecture(now)).await.json()["id"].as_i64().unwrap();
    for (version, who, step) in [(1, &host, "submit"), (2, &colleague, "review"), (3, &host, "publish")] {
        take_step(who, id, version, step).await.ok();
    }
    let public = async || app.get(&format!("/api/v1/activities/{id}")).await.ok();
    let other =
        json!({"title": "包治百病", "min_age": 60, "questions": [{"kind": "text", "label": "忌口？"}]});
    let other = lecture_with(now, &other);
    // Neither who may not review nor who wrote it.
    for who in [&helper, &host] {
        let refused = edit(who, id, 4, &other).await.problem(409, "needs_review");
        let detail = refused["detail"].as_str().unwrap();
        assert!(["标题", "年龄要求", "报名问题"].iter().all(|name| detail.contains(name)), "{detail}");
        assert_eq!(public().await["title"], "测试讲座");
    }
    // What people must learn quickly changes at once, and nobody else wrote or reviewed what is read.
    let starts_at = now + TimeDelta::days(5);
    let quick = json!({
        "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(1), "capacity": 9,
        "place_name": "社区会议室 302", "address": "葵涌街道 2 号", "contact_phone": "0755-12345678",
    });
    let mut content = lecture_with(now, &quick);
    let moved = edit(&helper, id, 4, &content).await.ok();
    assert_eq!((&moved["reviewed_by"], &moved["edited_by"]), (&json!(colleague.id), &json!(host.id)));
    assert_eq!(public().await["place_name"], "社区会议室 302");
    content["title"] = json!("高血压讲座");
    for version in [5, 6] {
        let reworded = edit(&colleague, id, version, &content).await.ok();
        assert_eq!(reworded["reviewed_by"], json!(colleague.id));
        content["summary"] = json!("怎样量血压，怎样吃。");
    }
    let third = app.staff("region_admin", HERE).await;
    content["description"] = json!("带上医保卡。");
    let reworded = edit(&third, id, 7, &content).await.ok();
    assert_eq!((&reworded["reviewed_by"], &reworded["status"]), (&json!(third.id), &json!("published")));
    assert_eq!(public().await["title"], "高血压讲座");
    // A reviewer next door does not know it.
    let next_door = app.staff("region_admin", "440307009002").await;
    edit(&next_door, id, 8, &content).await.problem(404, "no_such_activity");
}

async fn times_of_check_in_that_were_left_behind_are_named(app: TestApp) {
    let now = app.clock.now();
    let id = publish_at_once(&app, &lecture(now)).await;
    let host = app.staff("activity_host", HERE).await;
    let mut content = host.get(&format!("/api/v1/hosted-activities/{id}")).await.ok()["content"].clone();
    content["starts_at"] = json!(now + TimeDelta::days(9));
    content["ends_at"] = json!(now + TimeDelta::days(9) + TimeDelta::hours(2));
    let refused = edit(&host, id, 1, &content).await.problem(422, "invalid");
    assert_eq!(refused["errors"].as_array().unwrap().len(), 1, "{refused}");
    assert_eq!(refused["errors"][0]["pointer"], "/check_in_closes_at");
    for field in ["check_in_opens_at", "check_in_closes_at"] {
        content[field] = json!(null);
    }
    edit(&host, id, 1, &content).await.ok();
}
