//! Waiting in line: who is next, offers near the start, and what a cancellation sets off.

use chrono::TimeDelta;
use kangtu::registrations::settle_due;
use serde_json::json;

use super::{alone, audit, id_of, lecture_with, publish_at_once, sign_up, status, told};
use crate::people::{add, born};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_full_lecture_puts_the_next_family_in_line,
    the_strict_order_waits_and_the_other_takes_who_fits,
    near_the_start_a_seat_is_offered_and_goes_on_when_nobody_answers,
    in_the_last_hours_an_answer_is_asked_for_sooner_and_no_seat_stays_empty,
    leaving_the_line_gives_nobody_a_seat_that_is_none,
    without_a_line_a_full_lecture_is_full,
);

async fn family(app: &TestApp, name: &str, size: usize) -> (Caller, Vec<String>) {
    let caller = app.resident(name).await;
    let mut people = alone(&caller);
    for _ in 1..size {
        people.push(add(&caller, &born("1990-01-01", "sibling")).await);
    }
    (caller, people)
}

async fn a_full_lecture_puts_the_next_family_in_line(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({}))).await;
    let (a, a_people) = family(&app, "a", 2).await;
    let (b, b_people) = family(&app, "b", 1).await;
    let (c, c_people) = family(&app, "c", 2).await;
    let first = id_of(&sign_up(&a, id, &a_people).await);
    for (place, (who, people)) in [(1, (&b, &b_people)), (2, (&c, &c_people))] {
        let waiting = sign_up(who, id, people).await.json();
        assert_eq!((&waiting["status"], &waiting["place_in_line"]), (&json!("waiting"), &json!(place)));
    }
    assert!(told(&b).await.is_empty());
    assert_eq!(a.delete(&format!("/api/v1/registrations/{first}")).await.status, 204);
    // b has a seat; c needs two and only one is left: it goes on waiting, now as the first.
    let after = audit(&app, id).await;
    assert_eq!((&after["taken"], &after["waiting"]), (&json!(1), &json!(2)));
    assert_eq!(told(&b).await, ["seat_freed"]);
    let c_entry = c.get("/api/v1/me/registrations").await.ok()["items"][0].clone();
    assert_eq!((&c_entry["status"], &c_entry["place_in_line"]), (&json!("waiting"), &json!(1)));
    // A newcomer does not overtake although a seat is free.
    let (d, d_people) = family(&app, "d", 1).await;
    assert_eq!(sign_up(&d, id, &d_people).await.json()["status"], "waiting");
}

async fn the_strict_order_waits_and_the_other_takes_who_fits(app: TestApp) {
    for (order, of_small) in [("strict", "waiting"), ("first_fit", "confirmed")] {
        let content = lecture_with(app.clock.now(), &json!({"waiting_order": order}));
        let id = publish_at_once(&app, &content).await;
        let (a, a_people) = family(&app, &format!("{order}-a"), 1).await;
        let (b, b_people) = family(&app, &format!("{order}-b"), 2).await;
        let (c, c_people) = family(&app, &format!("{order}-c"), 1).await;
        sign_up(&a, id, &a_people).await;
        assert_eq!(sign_up(&b, id, &b_people).await.json()["status"], "waiting");
        assert_eq!(sign_up(&c, id, &c_people).await.json()["status"], of_small, "{order}");
        audit(&app, id).await;
    }
}

/// An activity with one seat. It is 10:00, and it begins at 20:00.
async fn one_seat_this_evening(app: &TestApp) -> i64 {
    let now = app.clock.now();
    let starts_at = now + TimeDelta::hours(10);
    let times = json!({"capacity": 1, "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2)});
    publish_at_once(app, &lecture_with(now, &times)).await
}

async fn near_the_start_a_seat_is_offered_and_goes_on_when_nobody_answers(app: TestApp) {
    let id = one_seat_this_evening(&app).await;
    let [(a, a_me), (mut b, b_me), (mut c, c_me)] =
        [family(&app, "a", 1).await, family(&app, "b", 1).await, family(&app, "c", 1).await];
    let first = id_of(&sign_up(&a, id, &a_me).await);
    let second = id_of(&sign_up(&b, id, &b_me).await);
    let third = id_of(&sign_up(&c, id, &c_me).await);
    let accept = |who: &Caller, entry: &str| {
        let (who, path) = (who.clone(), format!("/api/v1/registrations/{entry}/accept"));
        async move { who.request(reqwest::Method::POST, &path).send().await }
    };
    accept(&b, &second).await.problem(409, "no_offer");
    a.delete(&format!("/api/v1/registrations/{first}")).await;
    let offered = b.get(&format!("/api/v1/registrations/{second}")).await.ok();
    assert_eq!(
        (&offered["status"], &offered["offer_expires_at"]),
        (&json!("offered"), &json!("2026-11-25T15:00:00+08:00"))
    );
    // The seat is held: nobody else gets it.
    assert_eq!(audit(&app, id).await["taken"], 1);
    accept(&c, &second).await.problem(404, "no_such_registration");
    app.clock.advance(TimeDelta::hours(5));
    for caller in [&mut b, &mut c] {
        caller.refresh().await;
    }
    settle_due(&app.state, app.clock.now()).await.unwrap();
    accept(&b, &second).await.problem(409, "offer_expired");
    assert_eq!(told(&b).await, ["offer_expired", "seat_offered"]);
    assert_eq!(status(&c, &third).await, "offered");
    let accepted = accept(&c, &third).await.ok();
    assert_eq!(accepted["status"], "confirmed");
    accept(&c, &third).await.ok();
    assert_eq!(told(&c).await, ["registration_confirmed", "seat_offered"]);
    assert_eq!(audit(&app, id).await["taken"], 1);
    // After the start nobody gets anything any more.
    app.clock.advance(TimeDelta::hours(5));
    settle_due(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(audit(&app, id).await["waiting"], 0);
}

async fn in_the_last_hours_an_answer_is_asked_for_sooner_and_no_seat_stays_empty(app: TestApp) {
    let id = one_seat_this_evening(&app).await;
    let [(mut a, a_me), (mut b, b_me)] = [family(&app, "a", 1).await, family(&app, "b", 1).await];
    let first = id_of(&sign_up(&a, id, &a_me).await);
    let second = id_of(&sign_up(&b, id, &b_me).await);
    // Seventy minutes before the start.
    app.clock.advance(TimeDelta::minutes(530));
    for caller in [&mut a, &mut b] {
        caller.refresh().await;
    }
    a.delete(&format!("/api/v1/registrations/{first}")).await;
    let offered = b.get(&format!("/api/v1/registrations/{second}")).await.ok();
    assert_eq!(
        (&offered["status"], &offered["offer_expires_at"]),
        (&json!("offered"), &json!("2026-11-25T19:25:00+08:00"))
    );
    app.clock.advance(TimeDelta::minutes(36));
    b.refresh().await;
    settle_due(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(status(&b, &second).await, "cancelled");
    let notices = b.get("/api/v1/me/notices").await.ok();
    let expired = notices["items"].as_array().unwrap().iter().find(|one| one["kind"] == "offer_expired");
    let text = expired.unwrap()["body"].as_str().unwrap();
    assert!(text.contains("已经收回") && !text.contains("下一位"), "nobody else was in line: {text}");
    audit(&app, id).await;
}

async fn leaving_the_line_gives_nobody_a_seat_that_is_none(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 1}))).await;
    let [(a, a_me), (b, b_me), (c, c_me)] =
        [family(&app, "a", 1).await, family(&app, "b", 1).await, family(&app, "c", 1).await];
    sign_up(&a, id, &a_me).await;
    let second = id_of(&sign_up(&b, id, &b_me).await);
    let third = id_of(&sign_up(&c, id, &c_me).await);
    b.delete(&format!("/api/v1/registrations/{second}")).await;
    assert_eq!(status(&c, &third).await, "waiting");
    let after = audit(&app, id).await;
    assert_eq!((&after["taken"], &after["waiting"]), (&json!(1), &json!(1)));
}

async fn without_a_line_a_full_lecture_is_full(app: TestApp) {
    let content = lecture_with(app.clock.now(), &json!({"capacity": 1, "waiting_list": "off"}));
    let id = publish_at_once(&app, &content).await;
    let (a, b) = (app.resident("a").await, app.resident("b").await);
    sign_up(&a, id, &alone(&a)).await;
    sign_up(&b, id, &alone(&b)).await.problem(409, "capacity_exhausted");
    assert_eq!(app.get(&format!("/api/v1/activities/{id}")).await.ok()["sign_up"], "full");
}
