//! A record at one glance.

use serde_json::{Value, json};

use super::{agree, keeper, own, pressure, reading, send};
use crate::access::HERE;
use crate::huts::{created, place};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_newest_of_everything_comes_with_its_change_and_its_goal,
    help_nearby_needs_a_position_and_the_consent_to_it,
    a_hut_that_was_closed_is_no_help_nearby,
);

async fn the_newest_of_everything_comes_with_its_change_and_its_goal(app: TestApp) {
    let li = keeper(&app, "li").await;
    let empty = li.get(&own(&li, "summary")).await.ok();
    assert_eq!((&empty["latest"], &empty["home_week"]), (&json!([]), &Value::Null));
    send(
        &li,
        &[
            reading("weight", "2026-11-20T07:00:00+08:00", 61.0),
            reading("weight", "2026-11-24T07:00:00+08:00", 60.5),
            reading("weight", "2026-11-22T07:00:00+08:00", 60.9),
            pressure("2026-11-24T07:00:00+08:00", 132, 84),
            reading("glucose_fasting", "2026-11-01T07:00:00+08:00", 5.6),
        ],
    )
    .await;
    let goal = json!({"limits": {"systolic": {"to": 130}}});
    assert_eq!(li.put(&own(&li, "goals/blood_pressure"), &goal).await.status, 200);
    let summary = li.get(&own(&li, "summary")).await.ok();
    let latest = summary["latest"].as_array().unwrap();
    let told: Vec<(&Value, &Value)> =
        latest.iter().map(|one| (&one["measurement"]["metric"], &one["measurement"]["text"])).collect();
    assert_eq!(
        told,
        [
            (&json!("blood_pressure"), &json!("132/84 mmHg")),
            (&json!("weight"), &json!("60.5 公斤")),
            (&json!("glucose_fasting"), &json!("5.6 mmol/L")),
        ]
    );
    assert_eq!(latest[0]["goal"]["reached"], false);
    assert_eq!(latest[1]["change"], json!({"value": -0.4}));
    assert_eq!(latest[2]["change"], Value::Null);
    assert_eq!(summary["advice"], Value::Null);
}

async fn help_nearby_needs_a_position_and_the_consent_to_it(app: TestApp) {
    let li = keeper(&app, "li").await;
    assert_eq!(li.get(&own(&li, "summary")).await.ok()["nearby"], Value::Null);
    let here = own(&li, "summary?lon=114.4185&lat=22.6271&datum=gcj02");
    li.get(&here).await.problem(403, "consent_required");
    agree(&li, "location").await;
    let nearby = li.get(&here).await.ok()["nearby"].clone();
    let hut = &nearby["health_hut"];
    assert!(hut["distance_m"].as_f64().unwrap() < 20_000.0, "{nearby}");
    assert!(nearby["clinic"]["name"].is_string(), "{nearby}");
    let place = app.get(&format!("/api/v1/map/features/{}", hut["id"])).await.ok();
    assert_eq!((&place["layer"], &place["name"]), (&json!("health_hut"), &hut["name"]));
    let far = li.get(&own(&li, "summary?lon=0&lat=0")).await.ok();
    assert_eq!(far["nearby"], json!({"health_hut": null, "clinic": null}));
    li.get(&own(&li, "summary?lon=114.4")).await.problem(400, "bad_parameter");
    li.get(&own(&li, "summary?lon=114.4&lat=22&datum=mars")).await.problem(400, "bad_parameter");
}

async fn a_hut_that_was_closed_is_no_help_nearby(app: TestApp) {
    let li = keeper(&app, "li").await;
    agree(&li, "location").await;
    let hut_keeper = app.staff("hut_keeper", HERE).await;
    let at = app.get(&format!("/api/v1/map/features/{}", place(&app, HERE).await)).await.ok();
    let (lon, lat) = (&at["center"]["lon"], &at["center"]["lat"]);
    let nearest = async || {
        let summary = li.get(&own(&li, &format!("summary?lon={lon}&lat={lat}"))).await.ok();
        summary["nearby"]["health_hut"]["id"].clone()
    };
    assert_eq!(nearest().await, at["id"], "nobody registered it yet: the map knows best");
    let hut = created(&hut_keeper.post("/api/v1/huts", &json!({"feature_id": at["id"]})).await);
    assert_eq!(nearest().await, at["id"]);
    let path = format!("/api/v1/huts/{}", hut["id"].as_str().unwrap());
    hut_keeper.patch_version(&path, 1, &json!({"status": "closed"})).await.ok();
    let next = nearest().await;
    assert!(next.is_number() && next != at["id"], "the next one that is open: {next}");
}
