//! Who read what, for the person to see.

use serde_json::json;

use crate::people::{PEOPLE, appoint};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(readings_are_told_page_by_page_to_the_person_alone);

async fn readings_are_told_page_by_page_to_the_person_alone(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    for _ in 0..3 {
        wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    }
    li.get(&format!("{PEOPLE}/{id}")).await.ok();
    let first = li.get("/api/v1/me/access-log?limit=2").await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert_eq!((&first["items"][0]["who"], &first["items"][0]["what"]), (&json!("王芳"), &json!("profile")));
    let next = first["next"].as_str().unwrap();
    let last = li.get(&format!("/api/v1/me/access-log?limit=2&cursor={next}")).await.ok();
    assert_eq!((last["items"].as_array().unwrap().len(), &last["next"]), (1, &json!(null)));
    wang.get(&format!("/api/v1/me/access-log?person={id}")).await.problem(403, "scope_missing");
    assert_eq!(wang.get("/api/v1/me/access-log").await.ok()["items"], json!([]));
    li.get("/api/v1/me/access-log?limit=0").await.problem(400, "bad_parameter");
    li.get("/api/v1/me/access-log?cursor=x").await.problem(400, "bad_parameter");
}
