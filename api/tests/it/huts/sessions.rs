//! Who was measured.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Gateway, Hut, agree, component, created, each, pressures, record, resident, seconds, text};
use crate::access::ELSEWHERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_resident_scans_measures_and_finds_it_in_the_record,
    of_two_people_in_a_row_each_gets_their_own,
    a_neighbour_sees_nothing_of_whoever_sat_there_before,
    a_session_waits_three_minutes,
    a_code_that_is_old_or_of_another_hut_opens_nothing,
    scanning_again_is_the_same_session,
    a_hut_reads_the_code_of_a_resident_once,
    values_that_no_body_has_are_told_at_once_and_not_as_saved,
    whoever_measures_a_very_high_pressure_is_told_what_to_do_and_the_hut_learns_nothing,
    a_weight_that_is_far_from_the_last_is_asked_about,
    without_consent_nobody_measures_into_a_record,
    whoever_withdraws_before_the_batch_comes_gets_a_slip_instead,
    staff_pick_only_who_shares_with_the_community,
    staff_find_whom_they_may_pick_by_the_end_of_the_phone_number,
    whoever_left_gets_nothing_that_is_measured_later,
    a_mother_measures_her_child,
    who_is_erased_leaves_no_visit,
);

async fn state(caller: &Caller, hut: &Hut, session: &Value) -> Value {
    caller.get(&hut.path(&format!("/sessions/{}", text(&session["id"])))).await.ok()["state"].clone()
}

async fn a_resident_scans_measures_and_finds_it_in_the_record(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let shown = gateway.send("/api/v1/gateway/hut-code", &json!({}), app.clock.now()).await.ok();
    assert!(shown["text"].as_str().unwrap().ends_with(&format!(
        "/hut/{}?code={}",
        hut.id,
        text(&shown["code"])
    )));
    let whole_link = format!("{}/hut/", app.base_url);
    assert!(text(&shown["text"]).starts_with(&whole_link), "whoever scans it needs all of it");
    // Whoever opens it with the camera of a phone is told how to go on.
    let page = app.get(text(&shown["text"]).strip_prefix(&app.base_url).unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("微信"), "{}", page.text());
    assert!(shown["svg"].as_str().unwrap().starts_with("<svg"));
    let session = created(&li.post(&hut.path("/sessions"), &json!({"code": shown["code"]})).await);
    assert_eq!((&session["state"], &session["person_id"]), (&json!("waiting"), &json!(li.person_id)));
    app.clock.advance(seconds(50));
    let answers = gateway.deliver(&[hut.pressure("1", 137, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["recorded"]);
    assert_eq!(answers[0]["claim_code"], json!(null), "nobody else needs a code for it");
    assert_eq!(state(&li, &hut, &session).await, "measured");
    assert_eq!(pressures(&li).await, [137]);
    // The session ended with the first set.
    let answers = gateway.deliver(&[hut.pressure("2", 138, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["unclaimed"]);
    assert_eq!(pressures(&li).await, [137]);
}

async fn of_two_people_in_a_row_each_gets_their_own(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let (li, wang) = (resident(&app, "li").await, resident(&app, "wang").await);
    hut.scanned_by(&li).await;
    let code = json!({"code": hut.code().await});
    let busy = wang.post(&hut.path("/sessions"), &code).await.problem(409, "hut_busy");
    assert!(busy["detail"].as_str().unwrap().contains("180 秒"), "{busy}");
    app.clock.advance(seconds(40));
    gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    app.clock.advance(seconds(5));
    hut.scanned_by(&wang).await;
    app.clock.advance(seconds(40));
    gateway.deliver(&[hut.pressure("2", 151, app.clock.now())]).await;
    assert_eq!((pressures(&li).await, pressures(&wang).await), (vec![141], vec![151]));
}

async fn a_neighbour_sees_nothing_of_whoever_sat_there_before(app: TestApp) {
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let (li, wang) = (resident(&app, "li").await, resident(&app, "wang").await);
    let lis = hut.scanned_by(&li).await;
    app.clock.advance(seconds(40));
    let answer = gateway.deliver(&[hut.pressure("1", 197, app.clock.now())]).await;
    assert!(!json!(answer).to_string().contains("197"), "the hut learns nothing back");
    let path = hut.path(&format!("/sessions/{}", text(&lis["id"])));
    wang.get(&path).await.problem(404, "no_such_session");
    assert_eq!(wang.delete(&path).await.status, 404);
    wang.post(&format!("{path}/confirm"), &json!({"mine": true})).await.problem(404, "no_such_session");
    let own = li.get(&path).await;
    assert!(!own.text().contains("197"), "values are told in the record only");
    let wangs = hut.scanned_by(&wang).await;
    assert_ne!(wangs["id"], lis["id"]);
    let through_keeper = hut.keeper.get(&hut.path("")).await;
    assert!(!through_keeper.text().contains("197") && !through_keeper.text().contains("person"));
    assert!(pressures(&wang).await.is_empty());
}

async fn a_session_waits_three_minutes(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let session = hut.scanned_by(&li).await;
    app.clock.advance(seconds(181));
    assert_eq!(state(&li, &hut, &session).await, "expired");
    let answers = gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["unclaimed"]);
    let wang = resident(&app, "wang").await;
    hut.scanned_by(&wang).await;
}

async fn a_code_that_is_old_or_of_another_hut_opens_nothing(app: TestApp) {
    let hut = Hut::new(&app).await;
    let li = resident(&app, "li").await;
    let code = hut.code().await;
    app.clock.advance(seconds(131));
    let old = li.post(&hut.path("/sessions"), &json!({"code": code})).await.problem(422, "invalid");
    assert_eq!(old["errors"][0]["code"], "hut_code_stale");
    li.post(&hut.path("/sessions"), &json!({"code": "aaaa"})).await.problem(422, "invalid");
    let nowhere = format!("/api/v1/huts/{}/sessions", app.state.random.stamp());
    li.post(&nowhere, &json!({"code": hut.code().await})).await.problem(404, "no_such_hut");
}

async fn scanning_again_is_the_same_session(app: TestApp) {
    let hut = Hut::new(&app).await;
    let li = resident(&app, "li").await;
    let first = hut.scanned_by(&li).await;
    app.clock.advance(seconds(100));
    let again = hut.scanned_by(&li).await;
    assert_eq!(again["id"], first["id"]);
    assert_ne!(again["expires_at"], first["expires_at"], "the three minutes begin anew");
}

async fn a_hut_reads_the_code_of_a_resident_once(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let path = format!("/api/v1/people/{}/hut-code", li.person_id.unwrap());
    let former = created(&li.post(&path, &json!({})).await);
    let code = created(&li.post(&path, &json!({})).await);
    assert!(!text(&code["code"]).contains(&li.person_id.unwrap().to_string()));
    let scan = async |code: &Value| {
        gateway.send("/api/v1/gateway/sessions", &json!({"code": code}), app.clock.now()).await
    };
    scan(&former["code"]).await.problem(404, "unknown_code");
    let session = created(&scan(&code["code"]).await);
    assert_eq!(session.as_object().unwrap().len(), 2, "not a word about whose it is: {session}");
    scan(&code["code"]).await.problem(404, "unknown_code");
    let mut reading = hut.pressure("1", 141, app.clock.now());
    reading["session"] = session["session_id"].clone();
    assert_eq!(each(&gateway.deliver(&[reading]).await, "status"), ["recorded"]);
    assert_eq!(pressures(&li).await, [141]);
    let late = created(&li.post(&path, &json!({})).await);
    app.clock.advance(seconds(91));
    scan(&late["code"]).await.problem(404, "unknown_code");
    let stranger = resident(&app, "wang").await;
    stranger.post(&path, &json!({})).await.problem(404, "no_such_person");
}

async fn values_that_no_body_has_are_told_at_once_and_not_as_saved(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let session = hut.scanned_by(&li).await;
    app.clock.advance(seconds(30));
    let mut reading = hut.pressure("1", 20, app.clock.now());
    reading["values"]["diastolic"] = json!(10);
    for _ in 0..2 {
        let answers = gateway.deliver(std::slice::from_ref(&reading)).await;
        assert_eq!(each(&answers, "status"), ["refused"]);
        assert_eq!(each(&answers, "reason"), ["impossible_value"]);
    }
    let told = li.get(&hut.path(&format!("/sessions/{}", text(&session["id"])))).await.ok();
    assert_eq!(told["state"], "impossible");
    assert!(text(&told["text"]).contains("没有存入"), "{told}");
    assert!(pressures(&li).await.is_empty());
    let rejected = format!("/api/v1/people/{}/measurements/rejected", li.person_id.unwrap());
    assert_eq!(li.get(&rejected).await.ok()["items"][0]["reason"], "out_of_range", "nothing is dropped");

    let session = hut.scanned_by(&li).await;
    app.clock.advance(seconds(30));
    let mut both = [hut.pressure("2", 80, app.clock.now()), hut.weight("3", 65.0, app.clock.now())];
    both[0]["values"]["diastolic"] = json!(120);
    for item in &mut both {
        item["session"] = session["id"].clone();
    }
    assert_eq!(each(&gateway.deliver(&both).await, "status"), ["refused", "recorded"]);
    let told = li.get(&hut.path(&format!("/sessions/{}", text(&session["id"])))).await.ok();
    assert_eq!(told["state"], "measured");
    assert!(text(&told["text"]).contains("有一项"), "{told}");
}

async fn whoever_measures_a_very_high_pressure_is_told_what_to_do_and_the_hut_learns_nothing(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    for (systolic, is_urgent) in [(179, false), (180, true)] {
        let session = hut.scanned_by(&li).await;
        assert_eq!(session["advice"], json!(null));
        app.clock.advance(seconds(30));
        let uid = systolic.to_string();
        let answers = gateway.deliver(&[hut.pressure(&uid, systolic, app.clock.now())]).await;
        assert_eq!(each(&answers, "status"), ["recorded"]);
        assert!(!json!(answers).to_string().contains("再量两次"), "others stand before the screen");
        let told = li.get(&hut.path(&format!("/sessions/{}", text(&session["id"])))).await.ok();
        assert_eq!(told["state"], "measured");
        let advice = told["advice"].as_str();
        assert_eq!(advice.is_some_and(|advice| advice.contains("再量两次")), is_urgent, "{told}");
        app.clock.advance(seconds(10));
    }
}

async fn a_weight_that_is_far_from_the_last_is_asked_about(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let person_id = li.person_id.unwrap().to_string();
    let weigh = async |kilograms: f64| {
        let session = hut.scanned_by(&li).await;
        app.clock.advance(seconds(10));
        let uid = kilograms.to_string();
        let answers = gateway.deliver(&[hut.weight(&uid, kilograms, app.clock.now())]).await;
        (session, answers[0]["status"].clone())
    };
    let weights = async || {
        let items = record(&li, &person_id, "weight").await;
        items.iter().map(|item| component(item, "value")).collect::<Vec<_>>()
    };
    assert_eq!(weigh(70.0).await.1, "recorded");
    assert_eq!(weigh(80.0).await.1, "recorded");
    let (session, status) = weigh(93.0).await;
    assert_eq!(status, "asked");
    assert_eq!(state(&li, &hut, &session).await, "asked");
    assert_eq!(weights().await, [80, 70]);
    let confirm = hut.path(&format!("/sessions/{}/confirm", text(&session["id"])));
    for _ in 0..2 {
        assert_eq!(li.post(&confirm, &json!({"mine": true})).await.ok()["state"], "measured");
    }
    assert_eq!(weights().await, [93, 80, 70]);

    let (session, status) = weigh(60.0).await;
    assert_eq!(status, "asked");
    let confirm = hut.path(&format!("/sessions/{}/confirm", text(&session["id"])));
    assert_eq!(li.post(&confirm, &json!({"mine": false})).await.ok()["state"], "disowned");
    assert_eq!(li.post(&confirm, &json!({"mine": true})).await.ok()["state"], "disowned", "it is gone");
    assert_eq!(weights().await, [93, 80, 70]);

    let (session, _) = weigh(50.0).await;
    kangtu::huts::forget(&app.state, app.clock.now() + TimeDelta::hours(72)).await.unwrap();
    assert_eq!(state(&li, &hut, &session).await, "disowned", "nobody answered for three days");
}

async fn without_consent_nobody_measures_into_a_record(app: TestApp) {
    let hut = Hut::new(&app).await;
    let li = app.resident("li").await;
    let code = json!({"code": hut.code().await});
    li.post(&hut.path("/sessions"), &code).await.problem(403, "consent_required");
    let path = format!("/api/v1/people/{}/hut-code", li.person_id.unwrap());
    li.post(&path, &json!({})).await.problem(403, "consent_required");
}

async fn whoever_withdraws_before_the_batch_comes_gets_a_slip_instead(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    hut.scanned_by(&li).await;
    app.clock.advance(seconds(30));
    let reading = hut.pressure("1", 141, app.clock.now());
    li.delete("/api/v1/me/consents/records").await;
    let answers = gateway.deliver(&[reading]).await;
    assert_eq!(each(&answers, "status"), ["unclaimed"]);
}

async fn staff_pick_only_who_shares_with_the_community(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let pick = json!({"person_id": li.person_id});
    let path = hut.path("/staff-sessions");
    hut.keeper.post(&path, &pick).await.problem(404, "not_found");
    agree(&li, "sharing").await;
    let session = created(&hut.keeper.post(&path, &pick).await);
    assert_eq!(session.as_object().unwrap().len(), 2);
    let answers = gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["recorded"]);
    assert_eq!(pressures(&li).await, [141]);
    li.patch("/api/v1/me", &json!({"region_code": ELSEWHERE})).await.ok();
    hut.keeper.post(&path, &pick).await.problem(404, "not_found");
}

async fn staff_find_whom_they_may_pick_by_the_end_of_the_phone_number(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (mut people, endings) = (Vec::new(), ["13812345678", "13912345678", "13712345678", "13612340000"]);
    for (name, phone) in ["li", "wang", "zhao", "sun"].into_iter().zip(endings) {
        let person = resident(&app, name).await;
        person.patch("/api/v1/me", &json!({"name": "李秀英"})).await.ok();
        agree(&person, "phone").await;
        person.post("/api/v1/me/phone", &json!({"code": format!("dev-{phone}")})).await.ok();
        people.push(person);
    }
    let path = hut.path("/find-people");
    let found = async || {
        let found = hut.keeper.post(&path, &json!({"last_four": "5678"})).await.ok();
        found["items"].as_array().unwrap().clone()
    };
    assert_eq!(found().await, Vec::<Value>::new(), "nobody shares yet");
    for person in &people {
        agree(person, "sharing").await;
    }
    people[1].patch("/api/v1/me", &json!({"region_code": ELSEWHERE})).await.ok();
    people[2].delete("/api/v1/me/consents/records").await;
    let li = &people[0];
    assert_eq!(found().await, [json!({"id": li.person_id, "name": "李*英", "age": 70})]);
    created(&hut.keeper.post(&hut.path("/staff-sessions"), &json!({"person_id": li.person_id})).await);
    let log = li.get("/api/v1/me/access-log").await.ok();
    assert_eq!((&log["items"][0]["why"], &log["items"][0]["what"]), (&json!("hut"), &json!("profile")));
    let unseen = people[3].get("/api/v1/me/access-log").await.ok();
    assert_eq!(unseen["items"], json!([]), "who was not shown was not read");
    for wrong in ["567", "56789", "567x", "５６７８", ""] {
        hut.keeper.post(&path, &json!({"last_four": wrong})).await.problem(422, "invalid");
    }
    let elsewhere = app.staff("hut_keeper", ELSEWHERE).await;
    elsewhere.post(&path, &json!({"last_four": "5678"})).await.problem(404, "not_found");
}

async fn whoever_left_gets_nothing_that_is_measured_later(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let session = hut.scanned_by(&li).await;
    app.clock.advance(seconds(30));
    let path = hut.path(&format!("/sessions/{}", text(&session["id"])));
    for _ in 0..2 {
        assert_eq!(li.delete(&path).await.status, 204);
    }
    assert_eq!(state(&li, &hut, &session).await, "ended");
    app.clock.advance(seconds(30));
    let answers = gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    assert_eq!(each(&answers, "status"), ["unclaimed"]);
}

async fn a_mother_measures_her_child(app: TestApp) {
    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    let child = crate::people::add(&li, &crate::people::child()).await;
    let body = json!({"code": hut.code().await, "person_id": child});
    let session = created(&li.post(&hut.path("/sessions"), &body).await);
    assert_eq!(session["person_id"], json!(child));
    gateway.deliver(&[hut.weight("1", 28.0, app.clock.now())]).await;
    assert_eq!(component(&record(&li, &child, "weight").await[0], "value"), 28);
    assert!(record(&li, &li.person_id.unwrap().to_string(), "weight").await.is_empty());
    let wang = resident(&app, "wang").await;
    let body = json!({"code": hut.code().await, "person_id": child});
    wang.post(&hut.path("/sessions"), &body).await.problem(404, "no_such_person");
}

async fn who_is_erased_leaves_no_visit(app: TestApp) {
    use entity::{hut_person_code, hut_reading, hut_session};
    use sea_orm::{EntityTrait, PaginatorTrait};

    let hut = Hut::new(&app).await;
    let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
    hut.scanned_by(&li).await;
    gateway.deliver(&[hut.pressure("1", 141, app.clock.now())]).await;
    let code = format!("/api/v1/people/{}/hut-code", li.person_id.unwrap());
    created(&li.post(&code, &json!({})).await);
    let counts = async || {
        let reader = app.state.database.reader();
        [
            hut_session::Entity::find().count(reader).await.unwrap(),
            hut_reading::Entity::find().count(reader).await.unwrap(),
            hut_person_code::Entity::find().count(reader).await.unwrap(),
        ]
    };
    assert_eq!(counts().await, [1, 1, 1]);
    li.delete("/api/v1/me/consents/records").await;
    assert_eq!(counts().await, [0, 0, 0]);
}
