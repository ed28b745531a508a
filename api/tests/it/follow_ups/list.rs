//! Who is on today's list, for whom, and who learns that somebody looked.

use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{FOLLOW_UPS, list, officer, press, reasons, settle, sharer, weigh};
use super::{Neighbour, call};
use crate::access::{ELSEWHERE, HERE};
use crate::huts::resident;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    each_rule_puts_somebody_on_the_list,
    only_who_shares_with_the_officer_of_their_own_community_is_seen,
    whoever_withdraws_is_gone_at_once,
    each_look_stands_in_the_list_of_who_read,
    the_list_comes_in_pages_the_most_urgent_first,
    what_is_asked_for_is_checked,
    whoever_was_spoken_to_comes_back_for_something_new_only,
    a_child_of_fourteen_shares_by_itself,
);

async fn each_rule_puts_somebody_on_the_list(app: TestApp) {
    let officer = officer(&app).await;
    let crisis = sharer(&app, "crisis").await;
    press(&crisis, 182, 96, 0).await;
    let high = sharer(&app, "high").await;
    for days_ago in [1, 4, 9] {
        press(&high, 138, 82, days_ago).await;
    }
    let thin = sharer(&app, "thin").await;
    thin.patch("/api/v1/me", &json!({"birth_date": "1940-01-01"})).await.ok();
    weigh(&thin, 60.0, 60).await;
    weigh(&thin, 56.0, 1).await;
    let younger = sharer(&app, "younger").await;
    weigh(&younger, 60.0, 60).await;
    weigh(&younger, 56.0, 1).await;
    let quiet = sharer(&app, "quiet").await;
    press(&quiet, 120, 75, 31).await;
    let well = sharer(&app, "well").await;
    press(&well, 120, 75, 1).await;

    assert_eq!(reasons(&officer, &crisis).await, ["very_high_pressure"]);
    assert_eq!(reasons(&officer, &high).await, ["three_high_days"], "135 counts at home");
    assert_eq!(reasons(&officer, &thin).await, ["weight_loss"]);
    assert!(reasons(&officer, &younger).await.is_empty(), "70 years old");
    assert_eq!(reasons(&officer, &quiet).await, ["no_reading"]);
    assert!(reasons(&officer, &well).await.is_empty());

    let items = list(&officer).await;
    let first = &items[0];
    assert_eq!(first["id"], json!(crisis.person_id));
    assert_eq!((&first["last_pressure"]["systolic"], &first["age"]), (&json!(182), &json!(70)));
    assert!(first["reasons"][0]["text"].as_str().unwrap().contains("120"), "{first}");
    let only = officer.get(&format!("{FOLLOW_UPS}?reason=weight_loss")).await.ok();
    assert_eq!((&only["total"], &only["items"][0]["id"]), (&json!(1), &json!(thin.person_id)));
    let patient = officer.get(&format!("{FOLLOW_UPS}?quiet_days=32&reason=no_reading")).await.ok();
    assert_eq!(patient["total"], 0);
}

async fn only_who_shares_with_the_officer_of_their_own_community_is_seen(app: TestApp) {
    let officer = officer(&app).await;
    let private = resident(&app, "private").await;
    press(&private, 190, 110, 0).await;
    assert!(list(&officer).await.is_empty());
    let shares = sharer(&app, "shares").await;
    press(&shares, 190, 110, 0).await;
    assert_eq!(reasons(&officer, &shares).await, ["very_high_pressure"]);
    let next_door = app.staff("health_officer", ELSEWHERE).await;
    assert!(list(&next_door).await.is_empty());
    let street = app.staff("health_officer", "440307009000").await;
    assert!(list(&street).await.is_empty(), "people share with the officers of their own community");
    call(&next_door, &shares, "advised").await.problem(404, "not_shared");
    call(&street, &shares, "advised").await.problem(404, "not_shared");
    call(&officer, &private, "advised").await.problem(404, "not_shared");
    shares.patch("/api/v1/me", &json!({"region_code": ELSEWHERE})).await.ok();
    assert!(list(&officer).await.is_empty());
    assert_eq!(reasons(&next_door, &shares).await, ["very_high_pressure"]);
}

async fn whoever_withdraws_is_gone_at_once(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    assert_eq!(list(&officer).await.len(), 1);
    assert_eq!(call(&officer, &li, "no_answer").await.status, 201);
    li.delete("/api/v1/me/consents/sharing").await;
    assert!(list(&officer).await.is_empty());
    call(&officer, &li, "advised").await.problem(404, "not_shared");
    officer.get(&super::results(li.person_id.unwrap())).await.problem(404, "not_shared");
    let calls = entity::follow_up_result::Entity::find().count(app.state.database.reader());
    assert_eq!(calls.await.unwrap(), 0, "what rested on the consent goes with it");
}

async fn each_look_stands_in_the_list_of_who_read(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    list(&officer).await;
    let log = li.get(&format!("/api/v1/me/access-log?person={}", li.person_id.unwrap())).await.ok();
    let first: &Value = &log["items"][0];
    assert!(first.to_string().contains("测试员") && first.to_string().contains("follow_up"), "{log}");
}

async fn the_list_comes_in_pages_the_most_urgent_first(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    let quiet = Neighbour { region_code: HERE, shares_days: 100, measured_days: 40, systolic: 120 };
    settle(&li, &[quiet; 6]).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = officer.get(&format!("{FOLLOW_UPS}?limit=3{cursor}")).await.ok();
        assert_eq!(page["total"], 7);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen[0], json!(li.person_id));
    let distinct: std::collections::BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
}

async fn what_is_asked_for_is_checked(app: TestApp) {
    let officer = officer(&app).await;
    for query in ["quiet_days=6", "quiet_days=366", "quiet_days=x", "reason=fever", "cursor=x", "limit=51"] {
        officer.get(&format!("{FOLLOW_UPS}?{query}")).await.problem(400, "bad_parameter");
    }
}

async fn whoever_was_spoken_to_comes_back_for_something_new_only(app: TestApp) {
    let (mut officer, mut li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 190, 110, 0).await;
    assert_eq!(call(&officer, &li, "no_answer").await.status, 201);
    assert_eq!(
        reasons(&officer, &li).await,
        ["very_high_pressure"],
        "the alert waits until somebody was reached"
    );
    assert_eq!(call(&officer, &li, "advised").await.status, 201);
    assert!(reasons(&officer, &li).await.is_empty());
    app.clock.advance(chrono::TimeDelta::days(1));
    li.refresh().await;
    officer = super::officer(&app).await.on(&officer.app);
    press(&li, 185, 100, 0).await;
    assert_eq!(reasons(&officer, &li).await, ["very_high_pressure"]);
    assert_eq!(call(&officer, &li, "moved_away").await.status, 201);
    assert!(reasons(&officer, &li).await.is_empty());
}

async fn a_child_of_fourteen_shares_by_itself(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    let mut child = crate::people::child();
    child["consents"] = json!([
        {"purpose": "records", "text_version": 1}, {"purpose": "sharing", "text_version": 1},
    ]);
    child["region_code"] = json!(HERE);
    let id = crate::people::add(&li, &child).await;
    app.clock.advance(chrono::TimeDelta::days(40));
    let officer = super::officer(&app).await.on(&officer.app);
    let ids = async || {
        list(&officer).await.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(ids().await.contains(&id), "nine years old");
    app.clock.advance(chrono::TimeDelta::days(365 * 5));
    let officer = super::officer(&app).await;
    let ids: Vec<Value> = list(&officer).await.iter().map(|item| item["id"].clone()).collect();
    assert!(!ids.contains(&json!(id)), "what the mother agreed to has lapsed");
}
