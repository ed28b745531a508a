//! What workers do for people without a phone, and staying away without a word.

use chrono::TimeDelta;
use kangtu::registrations::strikes::give_due;
use reqwest::Method;
use serde_json::{Value, json};

use super::{HERE, alone, audit, id_of, lecture_with, publish_at_once, sign_up, status, told};
use crate::people::{add, born};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    a_worker_signs_up_who_has_no_phone,
    somebody_at_the_entrance_takes_a_free_seat_after_the_start,
    who_stays_away_twice_waits_until_it_is_forgiven,
    a_worker_takes_a_registration_back_and_counts_anew,
    whoever_is_checked_in_keeps_the_seat_when_it_is_called_off_or_the_person_leaves,
);

pub(super) async fn at_desk(host: &Caller, id: i64, body: &Value) -> TestResponse {
    let key = host.app.state.random.stamp().to_string();
    let request = host.request(Method::POST, &format!("/api/v1/activities/{id}/desk-registrations"));
    request.header("idempotency-key", &key).json(body).send().await
}

pub(super) fn granny(channel: &str) -> Value {
    json!({
        "channel": channel,
        "people": [{"name": "王桂英", "birth_date": "1950-01-01", "sex": "female"}],
        "consent_kind": "by_phone",
        "consent_note": "电话里同意，女儿陪同",
        "phone": "138-0000-0000",
    })
}

async fn a_worker_signs_up_who_has_no_phone(app: TestApp) {
    let id =
        publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 1, "min_age": 60}))).await;
    let host = app.staff("activity_host", HERE).await;
    let signed_up = at_desk(&host, id, &granny("staff")).await;
    assert_eq!(
        (signed_up.status, &signed_up.json()["status"]),
        (201, &json!("confirmed")),
        "{}",
        signed_up.text()
    );
    assert_eq!(signed_up.json()["people"][0]["name"], "王桂英");
    assert_eq!(at_desk(&host, id, &granny("staff")).await.json()["status"], "waiting");
    let list = host.get(&format!("/api/v1/activities/{id}/registrations")).await.ok();
    let listed = &list["items"][0];
    assert_eq!(
        (&listed["consent_kind"], &listed["consent_note"], &listed["signed_up_by"]),
        (&json!("by_phone"), &json!("电话里同意，女儿陪同"), &json!("测试员"))
    );
    let mut young = granny("staff");
    young["people"][0]["birth_date"] = json!("1990-01-01");
    young["phone"] = json!("12");
    let refused = at_desk(&host, id, &young).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/phone");
    young["phone"] = json!(null);
    let refused = at_desk(&host, id, &young).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "too_young");
    let next_door = app.staff("activity_host", "440307009002").await;
    at_desk(&next_door, id, &granny("staff")).await.problem(404, "no_such_activity");
    assert_eq!(audit(&app, id).await["waiting"], 1);
}

async fn somebody_at_the_entrance_takes_a_free_seat_after_the_start(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 1}))).await;
    let host = app.staff("activity_host", HERE).await;
    at_desk(&host, id, &granny("walk_in")).await.problem(409, "check_in_not_open");
    app.clock.advance(TimeDelta::days(3) + TimeDelta::minutes(10));
    let host = app.staff("activity_host", HERE).await;
    at_desk(&host, id, &granny("staff")).await.problem(409, "sign_up_closed");
    assert_eq!(at_desk(&host, id, &granny("walk_in")).await.json()["status"], "confirmed");
    at_desk(&host, id, &granny("walk_in")).await.problem(409, "capacity_exhausted");
}

async fn who_stays_away_twice_waits_until_it_is_forgiven(app: TestApp) {
    let counting = json!({"counts_no_shows": true, "capacity": 9});
    let mut people = Vec::new();
    let mut li = app.resident("li").await;
    for _ in 0..2 {
        let id = publish_at_once(&app, &lecture_with(app.clock.now(), &counting)).await;
        let answer = sign_up(&li, id, &alone(&li)).await;
        people.push(answer.json()["people"][0]["registration_person_id"].as_str().unwrap().to_owned());
        app.clock.advance(TimeDelta::days(5));
        li.refresh().await;
        for _ in 0..2 {
            give_due(&app.state, app.clock.now()).await.unwrap();
        }
        let absent = audit(&app, id).await;
        assert_eq!(absent["no_shows"], 1);
    }
    let next = publish_at_once(&app, &lecture_with(app.clock.now(), &counting)).await;
    sign_up(&li, next, &alone(&li)).await.problem(409, "cool_off");
    // Where it does not count it does not matter.
    let other = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 9}))).await;
    assert_eq!(sign_up(&li, other, &alone(&li)).await.status, 201);
    let host = app.staff("activity_host", HERE).await;
    let path = format!("/api/v1/registration-people/{}/excuse", people[0]);
    assert_eq!(host.post(&path, &json!({"reason": "excused"})).await.status, 204);
    assert_eq!(sign_up(&li, next, &alone(&li)).await.status, 201);
}

async fn a_worker_takes_a_registration_back_and_counts_anew(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 1}))).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let first = id_of(&sign_up(&li, id, &alone(&li)).await);
    let second = id_of(&sign_up(&wang, id, &alone(&wang)).await);
    let host = app.staff("activity_host", HERE).await;
    for _ in 0..2 {
        assert_eq!(host.delete(&format!("/api/v1/desk-registrations/{first}")).await.status, 204);
    }
    assert_eq!(told(&li).await, ["registration_confirmed", "registration_taken_back"]);
    assert_eq!(status(&wang, &second).await, "confirmed");
    let recounted = host.post(&format!("/api/v1/activities/{id}/recount"), &json!({})).await.ok();
    assert_eq!((&recounted["taken"], &recounted["holds"]), (&json!(1), &json!(true)));
}

async fn whoever_is_checked_in_keeps_the_seat_when_it_is_called_off_or_the_person_leaves(app: TestApp) {
    let now = app.clock.now();
    let starts_at = now + TimeDelta::minutes(30);
    let times = json!({
        "capacity": 9, "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2),
        "sign_up_closes_at": starts_at, "check_in_opens_at": now, "check_in_closes_at": starts_at + TimeDelta::hours(2),
    });
    let id = publish_at_once(&app, &lecture_with(now, &times)).await;
    let (li, mut wang) = (app.resident("li").await, app.resident("wang").await);
    let mother = add(&li, &born("1950-01-01", "parent")).await;
    let friend = add(&li, &born("1990-01-01", "sibling")).await;
    let family = [alone(&li), vec![mother.clone(), friend]].concat();
    let of_family = id_of(&sign_up(&li, id, &family).await);
    let of_wang = id_of(&sign_up(&wang, id, &alone(&wang)).await);
    let host = app.staff("region_admin", HERE).await;
    let list = host.get(&format!("/api/v1/activities/{id}/registrations")).await.ok();
    let entry =
        list["items"].as_array().unwrap().iter().find(|entry| entry["id"] == json!(of_family)).unwrap();
    let there = json!([entry["people"][0]["id"], entry["people"][1]["id"]]);
    let body = json!({"registration_id": of_family, "people": there, "nonce": "nonce-0001"});
    host.post(&format!("/api/v1/activities/{id}/check-ins"), &body).await.ok();
    let removal = li.request(Method::DELETE, &format!("/api/v1/me/people/{mother}"));
    assert_eq!(removal.header("if-match", "\"1\"").send().await.status, 204);
    let counted = audit(&app, id).await;
    assert_eq!((&counted["taken"], &counted["checked_in"]), (&json!(4), &json!(2)));
    app.clock.advance(TimeDelta::minutes(45));
    let host = app.staff("region_admin", HERE).await;
    let version = host.get(&format!("/api/v1/hosted-activities/{id}")).await.ok()["version"].clone();
    let cancel = host.request(Method::POST, &format!("/api/v1/activities/{id}/cancel"));
    let cancel = cancel.header("if-match", &format!("\"{version}\"")).json(&json!({"reason": "停电"}));
    cancel.send().await.ok();
    let counted = audit(&app, id).await;
    assert_eq!((&counted["taken"], &counted["checked_in"]), (&json!(2), &json!(2)));
    wang.refresh().await;
    assert_eq!(status(&wang, &of_wang).await, "cancelled");
}
