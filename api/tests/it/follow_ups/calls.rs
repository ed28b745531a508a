//! Calls and referrals.

use chrono::TimeDelta;
use entity::{follow_up_result, referral};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{FOLLOW_UPS, list, officer, press, reasons, results, sharer};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_call_that_is_sent_twice_is_one,
    an_agreed_day_puts_somebody_back_on_the_list,
    a_referral_waits_for_the_slip_that_comes_back,
    what_cannot_be_is_told_field_by_field,
    calls_are_sealed_and_come_in_pages,
    calls_go_into_the_export,
);

async fn a_call_that_is_sent_twice_is_one(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    let uid = app.state.random.stamp();
    let body =
        json!({"uid": uid, "outcome": "advised", "reasons": ["very_high_pressure"], "note": " 已休息 "});
    let path = results(li.person_id.unwrap());
    let first = officer.post(&path, &body).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let first = first.json();
    assert_eq!((&first["note"], &first["next_on"]), (&json!("已休息"), &json!("2026-12-25")));
    app.clock.advance(TimeDelta::minutes(5));
    assert_eq!(officer.post(&path, &body).await.json(), first);
    assert_eq!(officer.get(&path).await.ok()["items"], json!([first]));
    let wang = sharer(&app, "wang").await;
    let taken = officer.post(&results(wang.person_id.unwrap()), &body).await.problem(422, "invalid");
    assert_eq!(taken["errors"][0]["code"], "uid_taken");
}

async fn an_agreed_day_puts_somebody_back_on_the_list(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 120, 75, 0).await;
    let body = json!({"uid": app.state.random.stamp(), "outcome": "will_measure", "next_on": "2026-11-28"});
    assert_eq!(officer.post(&results(li.person_id.unwrap()), &body).await.status, 201);
    assert!(list(&officer).await.is_empty());
    app.clock.advance(TimeDelta::days(3));
    let officer = super::officer(&app).await;
    assert_eq!(reasons(&officer, &li).await, ["call_again"]);
}

async fn refer(officer: &Caller, li: &Caller) -> Value {
    let body = json!({
        "uid": officer.app.state.random.stamp(), "outcome": "sees_doctor",
        "referral": {"to": "葵涌人民医院 全科门诊", "why": "血压 190/110，复测仍高"},
    });
    let noted = officer.post(&results(li.person_id.unwrap()), &body).await;
    assert_eq!(noted.status, 201, "{}", noted.text());
    noted.json()["referral_id"].clone()
}

async fn a_referral_waits_for_the_slip_that_comes_back(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    let id = refer(&officer, &li).await;
    let path = format!("{FOLLOW_UPS}/referrals");
    let waiting = officer.get(&path).await.ok();
    assert_eq!((&waiting["items"][0]["id"], &waiting["items"][0]["returned"]), (&id, &json!(null)));
    assert_eq!(waiting["items"][0]["to"], "葵涌人民医院 全科门诊");
    press(&li, 191, 111, 0).await;
    assert_eq!(list(&officer).await[0]["is_referred"], true);
    let slip = json!({"outcome": "treated", "seen_on": "2026-11-25", "advice": "服药，两周后复查"});
    let back = format!("{path}/{}/return", id.as_str().unwrap());
    let late = json!({"outcome": "treated", "seen_on": "2026-11-26"});
    officer.post(&back, &late).await.problem(422, "invalid");
    let next_door = app.staff("health_officer", crate::access::ELSEWHERE).await;
    next_door.post(&back, &slip).await.problem(404, "not_shared");
    let returned = officer.post(&back, &slip).await.ok();
    assert_eq!(
        (&returned["returned"]["outcome"], &returned["returned"]["advice"]),
        (&json!("treated"), &json!("服药，两周后复查"))
    );
    officer.post(&back, &slip).await.problem(409, "slip_returned");
    assert_eq!(officer.get(&path).await.ok()["items"], json!([]));
    let row = referral::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    for cell in [row.slip_cell, row.return_cell.unwrap()] {
        let text = String::from_utf8_lossy(&cell).into_owned();
        assert!(!text.contains("190") && !text.contains("服药"), "{text}");
    }
}

async fn what_cannot_be_is_told_field_by_field(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    let path = results(li.person_id.unwrap());
    let body = json!({
        "uid": app.state.random.stamp(), "outcome": "died", "note": "长".repeat(301), "next_on": "2026-11-25",
        "referral": {"to": " ", "why": ""},
    });
    let problem = officer.post(&path, &body).await.problem(422, "invalid");
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/note", "/next_on", "/next_on", "/referral/to", "/referral/why", "/referral"]);
    let unknown = json!({"uid": app.state.random.stamp(), "outcome": "shouted"});
    officer.post(&path, &unknown).await.problem(400, "bad_json");
}

async fn calls_are_sealed_and_come_in_pages(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    let path = results(li.person_id.unwrap());
    for number in 0..5 {
        let body =
            json!({"uid": app.state.random.stamp(), "outcome": "advised", "note": format!("第{number}次")});
        assert_eq!(officer.post(&path, &body).await.status, 201);
        app.clock.advance(TimeDelta::seconds(number % 2));
    }
    let (mut notes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = officer.get(&format!("{path}?limit=2{cursor}")).await.ok();
        notes.extend(page["items"].as_array().unwrap().iter().map(|item| item["note"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(notes.len(), 5);
    let distinct: std::collections::BTreeSet<_> = notes.iter().collect();
    assert_eq!(distinct.len(), 5, "{notes:?}");
    let rows = follow_up_result::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(rows.iter().all(|row| !String::from_utf8_lossy(&row.detail_cell).contains('次')));
}

async fn calls_go_into_the_export(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    refer(&officer, &li).await;
    let holding =
        kangtu::privacy::holdings::HOLDINGS.iter().find(|holding| holding.name == "follow_ups").unwrap();
    let subject =
        kangtu::privacy::holdings::Subject { person_id: li.person_id.unwrap(), account_id: Some(li.id) };
    let reader = sea_orm::DatabaseExecutor::Connection(app.state.database.reader());
    let table = (holding.collect)(&app.state, &reader, subject).await.unwrap();
    assert_eq!(table.rows.len(), 2);
    assert!(serde_json::to_string(&table.rows).unwrap().contains("葵涌人民医院"));
}
