//! Handing a record over to the person's own account.

use serde_json::json;

use super::{PEOPLE, add, born, child, days_later, names, relation};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_youth_takes_over_and_the_guardian_stays_until_18,
    an_adult_takes_over_and_the_guardian_is_gone,
    a_child_cannot_be_handed_over,
    a_code_works_once_and_only_for_an_account_that_is_empty,
);

const ACCEPT: &str = "/api/v1/me/hand-over/accept";

async fn a_youth_takes_over_and_the_guardian_stays_until_18(app: TestApp) {
    let (mut li, mut youth) = (app.resident("li").await, app.resident("xiaoming").await);
    let id = add(&li, &born("2008-11-27", "child")).await;
    let offer = li.post(&format!("{PEOPLE}/{id}/hand-over"), &json!({})).await;
    assert_eq!(offer.status, 201, "{}", offer.text());
    let code = json!({"code": offer.json()["code"]});
    assert_eq!(youth.post(ACCEPT, &code).await.ok()["id"], id.as_str());
    let me = youth.get("/api/v1/me").await.ok();
    assert_eq!((&me["person_id"], &me["name"]), (&json!(id), &json!("李秀英")));
    assert_eq!(
        app.resident("xiaoming").await.person_id.unwrap().to_string(),
        id,
        "the next log-in is the same"
    );
    assert_eq!(relation(&li, &id).await.as_deref(), Some("proxy"));
    let consent = format!("/api/v1/me/consents/records?person={id}");
    li.put(&consent, &json!({"text_version": 1})).await.problem(403, "scope_missing");
    assert_eq!(youth.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await.status, 204);
    days_later(&mut [&mut li, &mut youth], 2).await;
    li.get(&format!("{PEOPLE}/{id}")).await.ok();
    days_later(&mut [&mut li, &mut youth], 1).await;
    li.get(&format!("{PEOPLE}/{id}")).await.problem(404, "no_such_person");
    let consents = youth.get("/api/v1/me/consents").await.ok();
    assert_eq!(consents["items"][0]["state"], "given", "one's own consent does not lapse");
}

async fn an_adult_takes_over_and_the_guardian_is_gone(app: TestApp) {
    let (mut li, mut grown) = (app.resident("li").await, app.resident("grown").await);
    let id = add(&li, &born("2008-11-25", "child")).await;
    days_later(&mut [&mut li, &mut grown], 1).await;
    assert_eq!(relation(&li, &id).await.as_deref(), Some("came_of_age"));
    let offer = li.post(&format!("{PEOPLE}/{id}/hand-over"), &json!({})).await.json();
    grown.post(ACCEPT, &json!({"code": offer["code"]})).await.ok();
    assert_eq!(relation(&li, &id).await, None);
    assert_eq!(names(&grown).await, [json!("李秀英")]);
    li.post(&format!("{PEOPLE}/{id}/hand-over"), &json!({})).await.problem(404, "no_such_person");
}

async fn a_child_cannot_be_handed_over(app: TestApp) {
    let li = app.resident("li").await;
    let id = add(&li, &child()).await;
    li.post(&format!("{PEOPLE}/{id}/hand-over"), &json!({})).await.problem(409, "too_young");
}

async fn a_code_works_once_and_only_for_an_account_that_is_empty(app: TestApp) {
    let (li, grandmother, other) =
        (app.resident("li").await, app.resident("grandmother").await, app.resident("other").await);
    let id = add(&li, &born("1956-03-08", "parent")).await;
    let path = format!("{PEOPLE}/{id}/hand-over");
    let first = json!({"code": li.post(&path, &json!({})).await.json()["code"]});
    let code = json!({"code": li.post(&path, &json!({})).await.json()["code"]});
    grandmother.post(ACCEPT, &first).await.problem(404, "no_such_code");
    li.post(ACCEPT, &code).await.problem(409, "own_invitation");
    other.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await;
    other.post(ACCEPT, &code).await.problem(409, "account_in_use");
    grandmother.post(ACCEPT, &code).await.ok();
    grandmother.post(ACCEPT, &code).await.problem(404, "no_such_code");
    assert_eq!(relation(&li, &id).await, None, "a caretaker leaves when the person comes");
    assert_eq!(relation(&grandmother, &id).await.as_deref(), Some("own"));
}
