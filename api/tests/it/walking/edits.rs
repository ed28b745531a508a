use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{MAP, STREET, add_place, at, load_river, query};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_closure_parts_and_a_link_joins_at_once,
    a_closure_begins_and_ends_by_itself,
    edits_name_their_version_and_stay_in_their_region,
    what_does_not_fit_is_explained,
    a_closure_closes_some_path_and_ends_in_the_future,
);

const CLOSURES: &str = "/api/v1/walking/closures";
const LINKS: &str = "/api/v1/walking/links";

fn line(ends: &[(f64, f64)]) -> Value {
    json!({"type": "LineString", "coordinates": ends.iter().map(|(lon, lat)| [lon, lat]).collect::<Vec<_>>()})
}

/// Across the southern path.
fn barrier() -> Value {
    line(&[at(2_050.0, -20.0), at(2_050.0, 20.0)])
}

async fn start(app: &TestApp) -> Caller {
    load_river(app, STREET).await;
    add_place(app, "clinic", "对岸诊所", at(1_000.0, 60.0)).await;
    app.staff("reviewer", STREET).await
}

async fn walk_m(app: &TestApp) -> Value {
    let path = format!("{MAP}/nearest?{}&layers=clinic&limit=1&radius_m=100", query(at(1_000.0, 0.0)));
    app.get(&path).await.ok()["items"][0]["walk_m"].clone()
}

async fn a_closure_parts_and_a_link_joins_at_once(app: TestApp) {
    let officer = start(&app).await;
    assert!(walk_m(&app).await.as_u64().unwrap() > 4_000);

    let closed = json!({"region_code": STREET, "geometry": barrier(), "reason": "栈道维修"});
    let closure = officer.post(CLOSURES, &closed).await;
    assert_eq!((closure.status, closure.header("etag")), (201, Some("\"1\"")));
    assert_eq!(walk_m(&app).await, Value::Null, "there is no other way");

    let bridge = line(&[at(1_200.0, 0.0), at(1_210.0, 30.0), at(1_200.0, 60.0)]);
    let drawn = json!({"region_code": STREET, "geometry": bridge, "reason": "新建便桥"});
    let link = officer.post(LINKS, &drawn).await;
    assert_eq!(link.status, 201);
    assert!((462..=468).contains(&walk_m(&app).await.as_u64().unwrap()));

    let list = officer.get(&format!("{LINKS}?region={STREET}")).await.ok();
    assert_eq!(list["items"][0]["reason"], "新建便桥");
    let id = link.json()["id"].as_i64().unwrap();
    assert_eq!(officer.delete_version(&format!("{LINKS}/{id}"), 1).await.status, 204);
    let id = closure.json()["id"].as_i64().unwrap();
    assert_eq!(officer.delete_version(&format!("{CLOSURES}/{id}"), 1).await.status, 204);
    assert!(walk_m(&app).await.as_u64().unwrap() > 4_000);
    assert_eq!(officer.get(CLOSURES).await.ok()["items"], json!([]));
}

async fn a_closure_begins_and_ends_by_itself(app: TestApp) {
    let officer = start(&app).await;
    let now = app.clock.now();
    let closed = json!({
        "region_code": STREET, "geometry": barrier(), "reason": "龙舟赛",
        "from_at": now + TimeDelta::hours(1), "until_at": now + TimeDelta::hours(3),
    });
    assert_eq!(officer.post(CLOSURES, &closed).await.status, 201);
    assert!(walk_m(&app).await.is_u64());
    app.clock.advance(TimeDelta::hours(2));
    assert_eq!(walk_m(&app).await, Value::Null);
    app.clock.advance(TimeDelta::hours(2));
    assert!(walk_m(&app).await.is_u64());
}

async fn edits_name_their_version_and_stay_in_their_region(app: TestApp) {
    let officer = start(&app).await;
    let closed = json!({"region_code": STREET, "geometry": barrier(), "reason": "维修"});
    let id = officer.post(CLOSURES, &closed).await.json()["id"].as_i64().unwrap();
    let path = format!("{CLOSURES}/{id}");
    let open_again = json!({
        "region_code": STREET, "geometry": line(&[at(50.0, -20.0), at(50.0, 20.0)]), "reason": "改道",
    });
    officer.put(&path, &open_again).await.problem(428, "version_required");
    officer.put_version(&path, 7, &open_again).await.problem(412, "stale_version");
    let changed = officer.put_version(&path, 1, &open_again).await;
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")));
    assert!(walk_m(&app).await.is_u64(), "another stretch is closed now");

    let elsewhere = app.staff("reviewer", "440307010000").await;
    elsewhere.post(CLOSURES, &closed).await.problem(404, "not_found");
    elsewhere
        .put_version(&path, 2, &json!({"region_code": "440307010000", "geometry": barrier(), "reason": "x"}))
        .await
        .problem(422, "invalid");
    elsewhere.delete_version(&path, 2).await.problem(404, "not_found");
    assert_eq!(elsewhere.get(CLOSURES).await.ok()["items"], json!([]));
    officer.delete_version(&format!("{LINKS}/{id}"), 2).await.problem(404, "not_found");
}

async fn what_does_not_fit_is_explained(app: TestApp) {
    let officer = start(&app).await;
    let nowhere = line(&[at(1_000.0, 0.0), at(1_000.0, -400.0)]);
    let refused = |body: Value, path: &'static str| {
        let officer = officer.clone();
        async move {
            let problem = officer.post(path, &body).await.problem(422, "invalid");
            (
                problem["errors"][0]["pointer"].as_str().unwrap().to_owned(),
                problem["errors"][0]["code"].clone(),
            )
        }
    };
    let body = |geometry: Value| json!({"region_code": STREET, "geometry": geometry, "reason": "便桥"});
    assert_eq!(refused(body(nowhere), LINKS).await, ("/geometry".to_owned(), "not_joined".into()));
    let point = json!({"type": "Point", "coordinates": [114.4, 22.63]});
    assert_eq!(refused(body(point), LINKS).await, ("/geometry".to_owned(), "bad_geometry".into()));
    let open_ring =
        json!({"type": "Polygon", "coordinates": [[[114.4, 22.6], [114.5, 22.6], [114.5, 22.7]]]});
    assert_eq!(refused(body(open_ring), CLOSURES).await, ("/geometry".to_owned(), "bad_geometry".into()));
    let silent = json!({"region_code": STREET, "geometry": barrier(), "reason": "  "});
    assert_eq!(refused(silent, CLOSURES).await, ("/reason".to_owned(), "bad_reason".into()));
    let backwards = json!({
        "region_code": STREET, "geometry": barrier(), "reason": "x",
        "from_at": "2026-12-02T00:00:00Z", "until_at": "2026-12-01T00:00:00Z",
    });
    assert_eq!(refused(backwards, CLOSURES).await, ("/until_at".to_owned(), "bad_period".into()));
    let community = json!({"region_code": "440307009001", "geometry": barrier(), "reason": "x"});
    assert_eq!(refused(community, CLOSURES).await, ("/region_code".to_owned(), "no_network".into()));
}

async fn a_closure_closes_some_path_and_ends_in_the_future(app: TestApp) {
    let officer = start(&app).await;
    let body = |geometry: Value| json!({"region_code": STREET, "geometry": geometry, "reason": "维修"});
    let point = |(lon, lat): (f64, f64)| json!({"type": "Point", "coordinates": [lon, lat]});
    let beside = line(&[at(2_050.0, -60.0), at(2_050.0, -20.0)]);
    for closes_nothing in [beside, point(at(2_050.0, -40.0))] {
        let problem = officer.post(CLOSURES, &body(closes_nothing)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/geometry");
        assert_eq!(problem["errors"][0]["code"], "closes_nothing");
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains("横穿"), "{problem}");
    }
    let mut over = body(barrier());
    over["until_at"] = json!(app.clock.now() - TimeDelta::hours(1));
    let problem = officer.post(CLOSURES, &over).await.problem(422, "invalid");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("/until_at"), &json!("bad_period"))
    );
    assert_eq!(officer.get(CLOSURES).await.ok()["items"], json!([]));

    let near = officer.post(CLOSURES, &body(point(at(2_050.0, -20.0)))).await;
    assert_eq!(near.status, 201, "{}", near.text());
    assert_eq!(walk_m(&app).await, Value::Null);
    // What is closed may be drawn anew.
    let id = near.json()["id"].as_i64().unwrap();
    assert_eq!(officer.put_version(&format!("{CLOSURES}/{id}"), 1, &body(barrier())).await.status, 200);
}
