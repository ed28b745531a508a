//! Who may read and write a record besides its owner, and what the owner sees of it.

use serde_json::json;

use super::{keep, keeper, of, own, pressure, send_for};
use crate::people::{add, appoint, child};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_proxy_reads_and_writes_as_its_scopes_say_and_never_deletes,
    every_reading_by_somebody_else_is_noted_for_the_owner,
    a_stranger_learns_nothing,
);

const NOON: &str = "2026-11-24T12:00:00+08:00";

async fn a_proxy_reads_and_writes_as_its_scopes_say_and_never_deletes(app: TestApp) {
    let (li, wang, zhao) = (keeper(&app, "li").await, app.resident("wang").await, app.resident("zhao").await);
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    appoint(&li, &zhao, &id, &["records.write"], 30).await;
    let kept = keep(&li, pressure(NOON, 128, 82)).await;
    let body = json!({"measurements": [pressure(NOON, 126, 80)]});
    for read in [
        "measurements",
        "measurements/rejected",
        "summary",
        "goals",
        "reminders",
        "trends?metric=blood_pressure",
        "trends/home-week",
    ] {
        assert_eq!(wang.get(&of(&id, read)).await.status, 200, "{read}");
        zhao.get(&of(&id, read)).await.problem(403, "scope_missing");
    }
    wang.post(&of(&id, "measurements"), &body).await.problem(403, "scope_missing");
    wang.put(&of(&id, "goals/weight"), &json!({"limits": {"value": {"to": 60}}}))
        .await
        .problem(403, "scope_missing");
    let answers = send_for(&zhao, &id, &[pressure("2026-11-24T13:00:00+08:00", 126, 80)]).await;
    assert_eq!(answers[0]["measurement"]["entered_as"], "proxy");
    let one = of(&id, &format!("measurements/{}", kept["id"].as_str().unwrap()));
    for proxy in [&wang, &zhao] {
        proxy.delete(&one).await.problem(403, "scope_missing");
    }
    let listed = li.get(&own(&li, "measurements")).await.ok();
    let entered: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["entered_as"].as_str().unwrap()).collect();
    assert_eq!(entered, ["proxy", "own"], "who entered it is kept");
}

async fn every_reading_by_somebody_else_is_noted_for_the_owner(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, app.resident("wang").await);
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    keep(&li, pressure(NOON, 128, 82)).await;
    let noted = async || {
        let log = li.get("/api/v1/me/access-log").await.ok();
        let items = log["items"].as_array().unwrap().clone();
        items.iter().filter(|item| item["what"] == "records").count()
    };
    li.get(&own(&li, "summary")).await.ok();
    assert_eq!(noted().await, 0, "one's own reading is nobody's news");
    let reads = ["measurements", "summary", "trends?metric=weight", "trends/home-week", "goals"];
    for (read, already) in reads.iter().zip(0..) {
        assert_eq!(noted().await, already);
        wang.get(&of(&id, read)).await.ok();
    }
    assert_eq!(noted().await, reads.len());
}

async fn a_stranger_learns_nothing(app: TestApp) {
    let (li, wang) = (keeper(&app, "li").await, keeper(&app, "wang").await);
    let kid = add(&li, &child()).await;
    let kept = keep(&li, pressure(NOON, 128, 82)).await;
    let one = format!("measurements/{}", kept["id"].as_str().unwrap());
    for id in [li.person_id.unwrap().to_string(), kid] {
        for read in ["measurements", "measurements/rejected", "summary", "goals", "reminders", &one] {
            wang.get(&of(&id, read)).await.problem(404, "no_such_person");
        }
        let body = json!({"measurements": [pressure(NOON, 126, 80)]});
        wang.post(&of(&id, "measurements"), &body).await.problem(404, "no_such_person");
        let steps = json!({"encrypted_data": "AAAA", "iv": "AAAA"});
        wang.post(&of(&id, "steps/wechat"), &steps).await.problem(404, "no_such_person");
    }
}
