//! Tickets and their scans at a door with a network.

use chrono::TimeDelta;
use entity::registration::Status;
use entity::{activity, check_in, no_show_strike};
use reqwest::Method;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ELSEWHERE, HERE, announce, at, family, lecture, scan, seated, sign_up, ticket};
use crate::activities::alone;
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_family_comes_in_by_one_scan_and_a_second_one_tells_who_and_when,
    some_of_a_family_come_first_and_the_others_later,
    a_scan_that_is_sent_again_is_one,
    a_check_in_that_was_a_mistake_is_taken_back_and_stays_as_evidence,
    a_ticket_ages_and_the_clock_may_jump,
    a_ticket_that_was_made_elsewhere_or_changed_is_forged,
    every_reason_to_be_refused_has_a_word_and_a_sentence,
    nobody_gets_the_ticket_of_another_family,
    a_ticket_is_a_coarse_picture_and_names_nobody,
    two_gates_let_a_family_in_once,
    somebody_without_a_phone_is_found_by_the_end_of_the_number,
    only_those_who_host_it_check_in,
    whoever_is_known_to_have_come_late_has_no_strike,
    no_shows_are_counted_once_check_in_is_over,
    who_was_there_can_be_added_on_the_list_for_a_week,
);

fn check_ins(activity_id: i32) -> String {
    format!("/api/v1/activities/{activity_id}/check-ins")
}

async fn rows(app: &TestApp) -> u64 {
    check_in::Entity::find().count(app.state.database.reader()).await.unwrap()
}

async fn a_family_comes_in_by_one_scan_and_a_second_one_tells_who_and_when(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let first = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await.ok();
    assert_eq!(first["status"], "checked_in");
    assert_eq!(first["text"], "签到成功：李*英 等 2 人。");
    assert_eq!(first["people"].as_array().unwrap().len(), 2);
    assert_eq!(rows(&app).await, 2);
    app.clock.advance(TimeDelta::minutes(10));
    let later = ticket(&resident, signed_up.id).await;
    let colleague = app.staff("activity_host", HERE).await;
    let second = colleague.post(&check_ins(activity_id), &scan(&later, "nonce-0002")).await.ok();
    assert_eq!(second["status"], "already");
    assert_eq!(at(&second["first_at"]), app.clock.now() - TimeDelta::minutes(10));
    assert_eq!(second["first_by"], "测试员");
    assert_eq!(second["text"], "已经签到过：李*英 等 2 人，11月25日 10:00 由测试员签到。");
    assert_eq!(rows(&app).await, 2);
    let count = host.get(&format!("/api/v1/activities/{activity_id}/attendance")).await.ok();
    assert_eq!(
        (&count["confirmed"], &count["checked_in"], &count["no_shows"]),
        (&json!(2), &json!(2), &Value::Null)
    );
    let events = entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.action == "check_in.noted").count(), 1);
}

async fn some_of_a_family_come_first_and_the_others_later(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let mut body = scan(&shown, "nonce-0001");
    body["people"] = json!([signed_up.people[0]]);
    let first = host.post(&check_ins(activity_id), &body).await.ok();
    assert_eq!(first["text"], "签到成功：李*英。还有 1 人未到。");
    assert_eq!(first["people"][1]["presence"], "absent");
    let second = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0002")).await.ok();
    assert_eq!(second["status"], "checked_in");
    let presences: Vec<&Value> =
        second["people"].as_array().unwrap().iter().map(|person| &person["presence"]).collect();
    assert_eq!(presences, ["already", "checked_in"]);
    body["people"] = json!([app.state.random.stamp()]);
    body["nonce"] = json!("nonce-0003");
    let problem = host.post(&check_ins(activity_id), &body).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/people/0");
}

async fn a_scan_that_is_sent_again_is_one(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let first = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await;
    let again = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await;
    assert_eq!((first.ok(), rows(&app).await), (again.ok(), 2));
    // The same number cannot let another family in.
    let (other, people) = family(&app, "wang").await;
    let others = sign_up(&other, activity_id, &people, Status::Confirmed).await;
    let theirs = ticket(&other, others.id).await;
    host.post(&check_ins(activity_id), &scan(&theirs, "nonce-0001")).await.problem(409, "nonce_reused");
    for wrong in ["short", "with space in it", &"x".repeat(65)] {
        host.post(&check_ins(activity_id), &scan(&theirs, wrong)).await.problem(422, "invalid");
    }
    assert_eq!(rows(&app).await, 2);
}

async fn a_check_in_that_was_a_mistake_is_taken_back_and_stays_as_evidence(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await.ok();
    let undo = format!("{}/undo", check_ins(activity_id));
    let body = json!({"people": signed_up.people});
    assert_eq!(host.post(&undo, &body).await.ok()["undone"], 2);
    assert_eq!(host.post(&undo, &body).await.ok()["undone"], 0);
    let late = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await.ok();
    assert_eq!(late["status"], "undone", "a scan that arrives late does not bring back what was taken back");
    let anew = host.post(&check_ins(activity_id), &scan(&shown, "nonce-0002")).await.ok();
    assert_eq!((&anew["status"], rows(&app).await), (&json!("checked_in"), 4));
}

async fn a_ticket_ages_and_the_clock_may_jump(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let path = format!("/api/v1/registrations/{}/ticket", signed_up.id);
    let shown = resident.get(&path).await.ok();
    assert_eq!(at(&shown["expires_at"]) - at(&shown["issued_at"]), TimeDelta::minutes(5));
    assert_eq!(shown["refresh_after_s"], 60);
    let screenshot = shown["ticket"].as_str().unwrap();
    app.clock.advance(TimeDelta::minutes(6));
    host.post(&check_ins(activity_id), &scan(screenshot, "nonce-0001")).await.problem(409, "ticket_stale");
    // The clock of the server is set back: the tickets in phones are from the future, new ones are good.
    let fresh = ticket(&resident, signed_up.id).await;
    app.clock.advance(-TimeDelta::minutes(10));
    // Log-ins are from the future too.
    let (host, resident) = (app.staff("activity_host", HERE).await, app.resident("li").await);
    host.post(&check_ins(activity_id), &scan(&fresh, "nonce-0002")).await.problem(409, "ticket_stale");
    let mended = ticket(&resident, signed_up.id).await;
    host.post(&check_ins(activity_id), &scan(&mended, "nonce-0003")).await.ok();
}

async fn a_ticket_that_was_made_elsewhere_or_changed_is_forged(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let last = if shown.ends_with('0') { "1" } else { "0" };
    let changed = format!("{}{last}", &shown[..shown.len() - 1]);
    for (forged, nonce) in [
        (changed.as_str(), "nonce-0001"),
        ("KT1:", "nonce-0002"),
        ("https://example.cn/?id=1", "nonce-0003"),
        ("", "nonce-0004"),
        ("健康码", "nonce-0005"),
    ] {
        host.post(&check_ins(activity_id), &scan(forged, nonce)).await.problem(409, "ticket_forged");
    }
    // Keys that changed meanwhile do not matter.
    let keys = app.state.keys.clone();
    let now = app.clock.now();
    let random = app.state.random.clone();
    kangtu::keys::KeyFile::change(keys.path(), |file| {
        kangtu::keys::add_signing_key(file, &random, now)?;
        Ok(())
    })
    .unwrap();
    keys.reload().unwrap();
    app.clock.advance(TimeDelta::minutes(2));
    host.post(&check_ins(activity_id), &scan(&shown, "nonce-0006")).await.ok();
}

async fn every_reason_to_be_refused_has_a_word_and_a_sentence(app: TestApp) {
    let host = app.staff("activity_host", HERE).await;
    let activity_id = announce(&app, lecture(&app)).await;
    let other_id = announce(&app, lecture(&app)).await;
    let refused = async |registration: Uuid, activity_id: i32, code: &str| {
        let body = json!({"registration_id": registration, "nonce": format!("nonce-{code}")});
        let problem = host.post(&check_ins(activity_id), &body).await.problem(409, code);
        assert!(problem["detail"].as_str().unwrap().chars().count() > 8, "{problem}");
    };
    for (name, status, code) in [
        ("waiting", Status::Waiting, "still_waiting"),
        ("offered", Status::Offered, "offer_not_accepted"),
        ("cancelled", Status::Cancelled, "registration_cancelled"),
    ] {
        let (resident, people) = family(&app, name).await;
        let id = if status == Status::Offered { other_id } else { activity_id };
        let signed_up = sign_up(&resident, id, &people, status).await;
        refused(signed_up.id, id, code).await;
        let path = format!("/api/v1/registrations/{}/ticket", signed_up.id);
        resident.get(&path).await.problem(409, code);
    }
    let (resident, people) = family(&app, "li").await;
    let signed_up = sign_up(&resident, activity_id, &people, Status::Confirmed).await;
    refused(signed_up.id, other_id, "wrong_activity").await;
    refused(app.state.random.stamp(), activity_id, "ticket_unknown").await;
    let early = activity::ActiveModel {
        check_in_opens_at: ActiveValue::Set((app.clock.now() + TimeDelta::minutes(1)).into()),
        ..lecture(&app)
    };
    let off = activity::ActiveModel {
        status: ActiveValue::Set(activity::Status::Cancelled),
        cancelled_at: ActiveValue::Set(Some(app.clock.now().into())),
        cancel_reason: ActiveValue::Set(Some("台风".to_owned())),
        ..lecture(&app)
    };
    for (row, code) in [(early, "check_in_not_open"), (off, "activity_cancelled")] {
        let id = announce(&app, row).await;
        let signed_up = sign_up(&resident, id, &people, Status::Confirmed).await;
        refused(signed_up.id, id, code).await;
    }
    app.clock.advance(TimeDelta::days(7) + TimeDelta::hours(3) + TimeDelta::seconds(1));
    let host = app.staff("activity_host", HERE).await;
    let body = json!({"registration_id": signed_up.id, "nonce": "nonce-late"});
    host.post(&check_ins(activity_id), &body).await.problem(409, "check_in_over");
    let both = json!({"registration_id": signed_up.id, "ticket": "KT1:", "nonce": "nonce-both"});
    host.post(&check_ins(activity_id), &both).await.problem(422, "invalid");
}

async fn nobody_gets_the_ticket_of_another_family(app: TestApp) {
    let (host, _, _, signed_up) = seated(&app).await;
    let path = format!("/api/v1/registrations/{}/ticket", signed_up.id);
    app.get(&path).await.problem(401, "login_required");
    app.resident("wang").await.get(&path).await.problem(404, "not_found");
    assert_eq!(host.get(&path).await.status, 403);
    // Whoever was signed up by somebody else has the ticket too.
    let (granny, other) = (app.resident("granny").await, app.resident("daughter").await);
    let activity_id = announce(&app, lecture(&app)).await;
    let both = [granny.person_id.unwrap()];
    let registration = sign_up(&other, activity_id, &both, Status::Confirmed).await;
    ticket(&granny, registration.id).await;
}

async fn a_ticket_is_a_coarse_picture_and_names_nobody(app: TestApp) {
    let (_, resident, _, signed_up) = seated(&app).await;
    let path = format!("/api/v1/registrations/{}/ticket", signed_up.id);
    let json = resident.get(&path).await;
    assert_eq!(json.header("cache-control"), Some("private, no-store"));
    let text = json.ok()["ticket"].as_str().unwrap().to_owned();
    assert_eq!(text.len(), 58);
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" $%*+-./:".contains(&byte))
    );
    assert_eq!(json.ok()["people"][0]["name"], "李*英");
    let picture = resident.request(Method::GET, &path).header("accept", "image/svg+xml").send().await;
    assert_eq!((picture.status, picture.media_type()), (200, "image/svg+xml"));
    assert_eq!(picture.header("cache-control"), Some("private, no-store"));
    // 29 modules and a quiet zone of 4 on each side.
    assert!(picture.text().contains("viewBox=\"0 0 296 296\""), "{}", &picture.text()[..200]);
    assert_eq!(resident.get(&format!("{path}?format=svg")).await.media_type(), "image/svg+xml");
    resident.get(&format!("{path}?format=png")).await.problem(400, "bad_parameter");
}

async fn two_gates_let_a_family_in_once(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let shown = ticket(&resident, signed_up.id).await;
    let gates = (0..8).map(|gate| {
        let (host, body) = (host.clone(), scan(&shown, &format!("nonce-gate-{gate}")));
        async move { host.post(&check_ins(activity_id), &body).await.ok()["status"].clone() }
    });
    let answers = futures_util::future::join_all(gates).await;
    assert_eq!(answers.iter().filter(|answer| **answer == "checked_in").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == "already").count(), 7);
    assert_eq!(rows(&app).await, 2);
}

async fn somebody_without_a_phone_is_found_by_the_end_of_the_number(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    resident.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    resident.post("/api/v1/me/phone", &json!({"code": "dev-13812345678"})).await.ok();
    let path = format!("/api/v1/activities/{activity_id}/find-registrants");
    let found = host.post(&path, &json!({"last_four": "5678"})).await.ok();
    assert_eq!(found["items"][0]["registration_id"], signed_up.id.to_string());
    assert_eq!(found["items"][0]["people"][0]["name"], "李秀英");
    assert!(
        host.post(&path, &json!({"last_four": "8765"})).await.ok()["items"].as_array().unwrap().is_empty()
    );
    for wrong in ["567", "56789", "567x", "５６７８"] {
        host.post(&path, &json!({"last_four": wrong})).await.problem(422, "invalid");
    }
    // Only the list of this activity is looked through.
    let other = announce(&app, lecture(&app)).await;
    let path = format!("/api/v1/activities/{other}/find-registrants");
    assert!(
        host.post(&path, &json!({"last_four": "5678"})).await.ok()["items"].as_array().unwrap().is_empty()
    );
    // Being looked at is there to be seen, once an hour for the same reader.
    host.post(&format!("/api/v1/activities/{activity_id}/find-registrants"), &json!({"last_four": "5678"}))
        .await
        .ok();
    let log = resident.get("/api/v1/me/access-log").await.ok();
    let readings: Vec<&Value> = log["items"].as_array().unwrap().iter().collect();
    assert_eq!(readings.len(), 1, "{log}");
    assert_eq!(
        (readings[0]["why"].as_str(), readings[0]["what"].as_str()),
        (Some("activity"), Some("profile"))
    );
}

async fn only_those_who_host_it_check_in(app: TestApp) {
    let (_, resident, activity_id, signed_up) = seated(&app).await;
    let body = scan(&ticket(&resident, signed_up.id).await, "nonce-0001");
    app.post(&check_ins(activity_id), &body).await.problem(401, "login_required");
    assert_eq!(resident.post(&check_ins(activity_id), &body).await.status, 403);
    let editor = app.staff("editor", HERE).await;
    assert_eq!(editor.post(&check_ins(activity_id), &body).await.status, 403);
    let neighbour: Caller = app.staff("activity_host", ELSEWHERE).await;
    neighbour.post(&check_ins(activity_id), &body).await.problem(404, "not_found");
    let neighbour_id = neighbour.id;
    let joined = app.state.database.write(move |transaction| {
        Box::pin(async move {
            let row = entity::activity_team::ActiveModel {
                activity_id: ActiveValue::Set(activity_id),
                staff_id: ActiveValue::Set(neighbour_id),
                duty: ActiveValue::Set(entity::activity_team::Duty::Member),
            };
            entity::activity_team::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    joined.await.unwrap();
    neighbour.post(&check_ins(activity_id), &body).await.ok();
}

async fn whoever_is_known_to_have_come_late_has_no_strike(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let strike = no_show_strike::ActiveModel {
        id: ActiveValue::Set(app.state.random.stamp()),
        registration_person_id: ActiveValue::Set(signed_up.people[0]),
        person_id: ActiveValue::Set(resident.person_id.unwrap()),
        activity_id: ActiveValue::Set(activity_id),
        struck_at: ActiveValue::Set(app.clock.now().into()),
        expires_at: ActiveValue::Set((app.clock.now() + TimeDelta::days(60)).into()),
        forgiven_at: ActiveValue::Set(None),
        forgiven_by: ActiveValue::Set(None),
        forgive_reason: ActiveValue::Set(None),
    };
    let given = app.state.database.write(move |transaction| {
        let strike = strike.clone();
        Box::pin(async move {
            no_show_strike::Entity::insert(strike).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    given.await.unwrap();
    let shown = ticket(&resident, signed_up.id).await;
    host.post(&check_ins(activity_id), &scan(&shown, "nonce-0001")).await.ok();
    let strike = no_show_strike::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    assert_eq!(strike.forgive_reason, Some(no_show_strike::ForgiveReason::Came));
}

async fn no_shows_are_counted_once_check_in_is_over(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    let (other, people) = family(&app, "wang").await;
    let excused = sign_up(&other, activity_id, &people, Status::Confirmed).await;
    let mut scanned = scan(&ticket(&resident, signed_up.id).await, "nonce-0001");
    scanned["people"] = json!([signed_up.people[0]]);
    host.post(&check_ins(activity_id), &scanned).await.ok();
    let (who, by, now) = (excused.people.clone(), host.id, app.clock.now());
    let noted = app.state.database.write(move |transaction| {
        let who = who.clone();
        Box::pin(async move {
            entity::registration_person::Entity::update_many()
                .set(entity::registration_person::ActiveModel {
                    excused_at: ActiveValue::Set(Some(now.into())),
                    excused_by: ActiveValue::Set(Some(by)),
                    ..Default::default()
                })
                .filter(entity::registration_person::Column::Id.is_in(who))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    noted.await.unwrap();
    app.clock.advance(TimeDelta::hours(4));
    let host = app.staff("activity_host", HERE).await;
    let count = host.get(&format!("/api/v1/activities/{activity_id}/attendance")).await.ok();
    let numbers: Vec<i64> = ["confirmed", "checked_in", "excused", "no_shows"]
        .iter()
        .map(|name| count[*name].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [4, 1, 2, 1], "no-shows are confirmed less checked in less excused");
}

async fn who_was_there_can_be_added_on_the_list_for_a_week(app: TestApp) {
    let (_, mut resident, activity_id, signed_up) = seated(&app).await;
    app.clock.advance(TimeDelta::days(2));
    let host = app.staff("activity_host", HERE).await;
    let body = json!({"registration_id": signed_up.id, "nonce": "nonce-late"});
    let added = host.post(&check_ins(activity_id), &body).await.ok();
    assert_eq!(added["status"], "checked_in");
    resident.refresh().await;
    let path = format!("/api/v1/registrations/{}/feedback", signed_up.id);
    let body = json!({"person_id": alone(&resident)[0], "overall": 5});
    resident.post(&path, &body).await.ok();
}
