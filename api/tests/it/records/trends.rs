//! How values develop, and the week at home.

use serde_json::{Value, json};

use super::{keeper, own, pressure, reading, send, statuses, with};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_trend_sums_up_by_day_week_and_month,
    days_are_those_of_china,
    what_does_not_count_is_in_no_trend,
    a_trend_is_shaded_with_the_bands_of_the_person,
    the_body_mass_index_follows_from_weights,
    a_span_that_is_wrong_or_too_long_is_refused,
    the_week_at_home_leaves_the_first_day_out_and_the_hut_too,
);

async fn a_trend_sums_up_by_day_week_and_month(app: TestApp) {
    let li = keeper(&app, "li").await;
    send(
        &li,
        &[
            pressure("2026-11-02T07:00:00+08:00", 120, 80),
            pressure("2026-11-02T20:00:00+08:00", 131, 85),
            pressure("2026-11-08T07:00:00+08:00", 140, 90),
            pressure("2026-11-09T07:00:00+08:00", 150, 91),
        ],
    )
    .await;
    let trend = async |bucket: &str| {
        let query = format!("trends?metric=blood_pressure&from=2026-11-01&to=2026-11-30&bucket={bucket}");
        li.get(&own(&li, &query)).await.ok()
    };
    let days = trend("day").await;
    let points = days["points"].as_array().unwrap();
    let starts: Vec<&Value> = points.iter().map(|point| &point["start"]).collect();
    assert_eq!(starts, ["2026-11-02", "2026-11-08", "2026-11-09"], "days without readings have no point");
    let first = &points[0]["values"]["systolic"];
    assert_eq!(first, &json!({"count": 2, "mean": 126.0, "least": 120.0, "most": 131.0}));
    let weeks = trend("week").await;
    let starts: Vec<&Value> =
        weeks["points"].as_array().unwrap().iter().map(|point| &point["start"]).collect();
    assert_eq!(starts, ["2026-11-02", "2026-11-09"]);
    let months = trend("month").await;
    assert_eq!(months["points"].as_array().unwrap().len(), 1);
    assert_eq!(months["points"][0]["values"], months["overall"]);
    assert_eq!(months["overall"]["diastolic"]["count"], 4);
    assert_eq!(months["units"]["systolic"], "mm[Hg]");
}

async fn days_are_those_of_china(app: TestApp) {
    let li = keeper(&app, "li").await;
    send(
        &li,
        &[reading("weight", "2026-11-09T15:59:59Z", 60.0), reading("weight", "2026-11-09T16:00:00Z", 62.0)],
    )
    .await;
    let trend = li.get(&own(&li, "trends?metric=weight&from=2026-11-10&to=2026-11-10")).await.ok();
    assert_eq!(
        trend["points"],
        json!([{
            "start": "2026-11-10",
            "values": {"value": {"count": 1, "mean": 62.0, "least": 62.0, "most": 62.0}},
        }])
    );
}

async fn what_does_not_count_is_in_no_trend(app: TestApp) {
    let li = keeper(&app, "li").await;
    let at = "2026-11-10T08:00:00+08:00";
    let first = super::keep(&li, reading("weight", at, 69.0)).await;
    super::keep(&li, with(reading("weight", at, 60.0), &json!({"replaces": first["id"]}))).await;
    let trend = li.get(&own(&li, "trends?metric=weight&from=2026-11-01")).await.ok();
    assert_eq!(trend["overall"]["value"]["mean"], 60.0);
    assert_eq!(trend["overall"]["value"]["count"], 1);
    assert_eq!(trend["to"], "2026-11-25", "today, where no last day is named");
}

async fn a_trend_is_shaded_with_the_bands_of_the_person(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1970-03-08", "sex": "male"})).await.ok();
    let trend = li.get(&own(&li, "trends?metric=blood_pressure")).await.ok();
    let bands = trend["bands"]["systolic"].as_array().unwrap();
    let raised = bands.iter().find(|band| band["lower"] == 135.0);
    assert!(raised.is_some(), "at home 135 counts as raised: {bands:?}");
    assert!(bands.iter().all(|band| !band["source"].as_str().unwrap().is_empty()));
    assert_eq!(trend["points"], json!([]));
}

async fn the_body_mass_index_follows_from_weights(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1970-03-08", "sex": "male"})).await.ok();
    send(&li, &[reading("weight", "2026-11-09T08:00:00+08:00", 80.0)]).await;
    send(&li, &[reading("height", "2026-11-10T08:00:00+08:00", 160.0)]).await;
    send(&li, &[reading("weight", "2026-11-10T08:00:00+08:00", 75.0)]).await;
    let trend = li.get(&own(&li, "trends?metric=bmi&from=2026-11-01")).await.ok();
    assert_eq!(trend["points"].as_array().unwrap().len(), 2, "the height counts for the day before, too");
    let overall = &trend["overall"]["value"];
    assert_eq!((&overall["count"], &overall["least"]), (&json!(2), &json!(29.3)));
    assert!(trend["bands"]["value"].as_array().unwrap().iter().any(|band| band["lower"] == 28.0));
}

async fn a_span_that_is_wrong_or_too_long_is_refused(app: TestApp) {
    let li = keeper(&app, "li").await;
    for query in [
        "trends",
        "trends?metric=mood",
        "trends?metric=weight&bucket=hour",
        "trends?metric=weight&from=2026-11-02&to=2026-11-01",
        "trends?metric=weight&from=2025-01-01&to=2026-11-01",
        "trends?metric=weight&from=1900-01-01&to=2026-11-01&bucket=month",
        "trends?metric=weight&from=morgen",
        "trends/home-week?ending=morgen",
    ] {
        let refused = li.get(&own(&li, query)).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
    }
}

async fn the_week_at_home_leaves_the_first_day_out_and_the_hut_too(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1970-03-08", "sex": "male"})).await.ok();
    let mut batch = Vec::new();
    for day in 19..=25 {
        let high = if day == 19 { 60 } else { 0 };
        for (hour, systolic, diastolic) in
            [("07", 134, 84), ("08", 136, 86), ("20", 138, 84), ("21", 136, 86)]
        {
            if day < 25 || hour < "10" {
                let at = format!("2026-11-{day}T{hour}:10:00+08:00");
                batch.push(pressure(&at, systolic + high, diastolic + high));
            }
        }
    }
    batch.push(pressure("2026-11-22T13:00:00+08:00", 90, 60));
    let answers = send(&li, &batch).await;
    assert!(statuses(&answers).iter().all(|status| *status == "recorded"), "{answers:?}");
    let week = li.get(&own(&li, "trends/home-week")).await.ok();
    assert_eq!((&week["from"], &week["to"]), (&json!("2026-11-19"), &json!("2026-11-25")));
    assert_eq!(week["complete"], false, "this evening is still missing");
    assert!(week["text"].as_str().unwrap().contains("还差 1 天"), "{}", week["text"]);
    assert_eq!(week["mean"], json!({"systolic": 136, "diastolic": 85, "readings": 22}));
    assert_eq!(week["days"][0]["counts"], false);
    assert_eq!(week["days"][0]["morning"]["systolic"], 195, "it is shown all the same");
    let found = week["assessment"].as_array().unwrap();
    let raised = found.iter().find(|finding| finding["about"] == "blood_pressure").unwrap();
    assert_eq!(raised["level"], "high", "136/85 is raised at home, not in an office");
    let summary = li.get(&own(&li, "summary")).await.ok();
    assert_eq!(summary["home_week"]["mean"], week["mean"]);
    send(&li, &[pressure("2026-11-18T07:00:00+08:00", 195, 125)]).await;
    let finished = li.get(&own(&li, "trends/home-week")).await.ok();
    assert_eq!((&finished["to"], &finished["complete"]), (&json!("2026-11-24"), &json!(true)));
    let summary = li.get(&own(&li, "summary")).await.ok();
    assert_eq!(summary["home_week"]["to"], "2026-11-24", "what was whole yesterday is not unfinished today");
    let asked_for = li.get(&own(&li, "trends/home-week?ending=2026-11-25")).await.ok();
    assert_eq!(asked_for["complete"], false);
    let earlier = li.get(&own(&li, "trends/home-week?ending=2026-11-10")).await.ok();
    assert_eq!((&earlier["mean"], &earlier["readings"]), (&Value::Null, &json!(0)));
}
