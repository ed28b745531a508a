//! Proxies: what they may do, and that nothing is left of them once they end.

use chrono::TimeDelta;
use serde_json::json;

use super::{PEOPLE, add, appoint, born, child, days_later, relation};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_proxy_sees_the_person_and_decides_nothing,
    a_revoked_or_given_up_proxy_finds_nobody,
    a_proxy_ends_by_the_clock,
    a_guardians_proxy_ends_on_the_day_after_the_18th_birthday,
    a_code_works_once_and_not_for_oneself,
    at_most_five_and_never_longer_than_a_year,
);

async fn a_proxy_sees_the_person_and_decides_nothing(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    let id = add(&li, &child()).await;
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    let path = format!("{PEOPLE}/{id}");
    assert_eq!(wang.get(&path).await.ok()["relation"], "proxy");
    wang.patch_version(&path, 1, &json!({"name": "改名"})).await.problem(403, "scope_missing");
    wang.get(&format!("{path}/proxies")).await.problem(403, "scope_missing");
    wang.post("/api/v1/me/exports", &json!({"person_id": id})).await.problem(403, "scope_missing");
    let consent = format!("/api/v1/me/consents/sharing?person={id}");
    wang.put(&consent, &json!({"text_version": 1})).await.problem(403, "scope_missing");
    let listed = li.get(&format!("{path}/proxies")).await.ok();
    assert_eq!(
        (&listed["items"][0]["holder_name"], &listed["items"][0]["state"]),
        (&json!("王芳"), &json!("accepted"))
    );
    let readings = li.get(&format!("/api/v1/me/access-log?person={id}")).await.ok();
    assert_eq!(readings["items"].as_array().unwrap().len(), 1);
    assert_eq!(readings["items"][0]["text"], "代办人王芳查看了基本资料（照顾家人）");
}

async fn a_revoked_or_given_up_proxy_finds_nobody(app: TestApp) {
    let (li, wang, zhao) = (app.resident("li").await, app.resident("wang").await, app.resident("zhao").await);
    let id = add(&li, &child()).await;
    let path = format!("{PEOPLE}/{id}");
    for ended_by in [&li, &wang] {
        let proxy = format!("{path}/proxies/{}", appoint(&li, &wang, &id, &["records.read"], 30).await);
        wang.get(&path).await.ok();
        zhao.delete(&proxy).await.problem(404, "no_such_person");
        assert_eq!(ended_by.delete(&proxy).await.status, 204);
        wang.get(&path).await.problem(404, "no_such_person");
        assert_eq!(relation(&wang, &id).await, None);
        let again = ended_by.delete(&proxy).await;
        assert_eq!(again.status, 404);
    }
}

async fn a_proxy_ends_by_the_clock(app: TestApp) {
    let (mut li, mut wang) = (app.resident("li").await, app.resident("wang").await);
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["activities"], 2).await;
    days_later(&mut [&mut li, &mut wang], 1).await;
    wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    days_later(&mut [&mut li, &mut wang], 1).await;
    wang.get(&format!("{PEOPLE}/{id}")).await.problem(404, "no_such_person");
    let listed = li.get(&format!("{PEOPLE}/{id}/proxies")).await.ok();
    assert_eq!(listed["items"], json!([]));
}

async fn a_guardians_proxy_ends_on_the_day_after_the_18th_birthday(app: TestApp) {
    let (mut li, mut wang) = (app.resident("li").await, app.resident("wang").await);
    let id = add(&li, &born("2008-11-26", "child")).await;
    appoint(&li, &wang, &id, &["records.read", "records.write"], 300).await;
    days_later(&mut [&mut li, &mut wang], 1).await;
    wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    days_later(&mut [&mut li, &mut wang], 1).await;
    wang.get(&format!("{PEOPLE}/{id}")).await.problem(404, "no_such_person");
}

async fn a_code_works_once_and_not_for_oneself(app: TestApp) {
    let (li, wang, zhao) = (app.resident("li").await, app.resident("wang").await, app.resident("zhao").await);
    let id = li.person_id.unwrap();
    let expires_at = app.clock.now() + TimeDelta::days(30);
    let body = json!({"scopes": ["activities"], "expires_at": expires_at});
    let invite = async || {
        let invited = li.post(&format!("{PEOPLE}/{id}/proxies"), &body).await;
        json!({"code": invited.json()["code"]})
    };
    let accept = "/api/v1/me/proxies/accept";
    let code = invite().await;
    li.post(accept, &code).await.problem(409, "own_invitation");
    let first = wang.post(accept, &code).await.ok();
    assert_eq!(wang.post(accept, &code).await.ok()["id"], first["id"], "a phone may repeat what it lost");
    zhao.post(accept, &code).await.problem(404, "no_such_code");
    zhao.post(accept, &json!({"code": "guessed"})).await.problem(404, "no_such_code");
    let late = invite().await;
    app.clock.advance(TimeDelta::hours(24));
    let zhao = app.resident("zhao").await;
    zhao.post(accept, &late).await.problem(404, "no_such_code");
}

async fn at_most_five_and_never_longer_than_a_year(app: TestApp) {
    let li = app.resident("li").await;
    let path = format!("{PEOPLE}/{}/proxies", li.person_id.unwrap());
    let until =
        |days: i64| json!({"scopes": ["activities"], "expires_at": app.clock.now() + TimeDelta::days(days)});
    li.post(&path, &until(366)).await.problem(422, "invalid");
    li.post(&path, &until(0)).await.problem(422, "invalid");
    let nothing = json!({"scopes": [], "expires_at": app.clock.now() + TimeDelta::days(1)});
    li.post(&path, &nothing).await.problem(422, "invalid");
    let everything = json!({"scopes": ["manage"], "expires_at": app.clock.now() + TimeDelta::days(1)});
    li.post(&path, &everything).await.problem(400, "bad_json");
    let body = until(10);
    let invitations = (0..8).map(|_| li.post(&path, &body));
    let statuses: Vec<u16> =
        futures_util::future::join_all(invitations).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
}
