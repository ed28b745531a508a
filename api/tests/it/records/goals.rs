//! What a person aims at.

use serde_json::{Value, json};

use super::{keeper, own, reading, send};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_goal_is_set_replaced_and_given_up, a_goal_that_nobody_can_reach_is_refused);

async fn a_goal_is_set_replaced_and_given_up(app: TestApp) {
    let li = keeper(&app, "li").await;
    let path = own(&li, "goals/weight");
    let goals = async || li.get(&own(&li, "goals")).await.ok()["items"].as_array().unwrap().clone();
    assert!(goals().await.is_empty());
    li.put(&path, &json!({"limits": {"value": {"from": 110, "to": 124}}, "unit": "jin"})).await.ok();
    let set = goals().await.remove(0);
    assert_eq!(set["limits"], json!({"value": {"from": 55.0, "to": 62.0}}));
    assert_eq!((&set["name"], &set["reached"]), (&json!("体重"), &Value::Null));
    send(&li, &[reading("weight", "2026-11-24T07:00:00+08:00", 62.0)]).await;
    assert_eq!(goals().await[0]["reached"], true, "the limits themselves are reached");
    li.put(&path, &json!({"limits": {"value": {"to": 61.9}}})).await.ok();
    let replaced = goals().await;
    assert_eq!(replaced.len(), 1);
    assert_eq!(
        (&replaced[0]["reached"], &replaced[0]["limits"]["value"]["from"]),
        (&json!(false), &Value::Null)
    );
    for _ in 0..2 {
        assert_eq!(li.delete(&path).await.status, 204);
    }
    assert!(goals().await.is_empty());
}

async fn a_goal_that_nobody_can_reach_is_refused(app: TestApp) {
    let li = keeper(&app, "li").await;
    for limits in [
        json!({}),
        json!({"value": {}}),
        json!({"value": {"from": 62, "to": 55}}),
        json!({"value": {"to": 500}}),
        json!({"mood": {"to": 5}}),
    ] {
        let refused = li.put(&own(&li, "goals/weight"), &json!({"limits": limits})).await;
        refused.problem(422, "invalid");
        assert!(!refused.text().contains("mood"), "a made-up name is not repeated: {}", refused.text());
    }
    let goal = json!({"limits": {"value": {"to": 5}}});
    li.put(&own(&li, "goals/mood"), &goal).await.problem(404, "no_such_metric");
    let wang = app.resident("wang").await;
    let goal = json!({"limits": {"value": {"to": 60}}});
    wang.put(&own(&wang, "goals/weight"), &goal).await.problem(403, "consent_required");
}
