use geo::{Contains, Geometry, Point};
use geodata::geometry::read_geometry;
use geodata::{Datum, Gcj02, Wgs84};
use serde_json::{Value, json};

use super::{MAP, STREET, add_place, at, load_river, query};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_area_stays_on_this_side_of_the_river,
    what_is_within_reach_is_told_by_layer,
    older_people_reach_less,
    without_streets_the_circle_is_flagged,
    a_closure_around_somebody_never_makes_the_reach_larger,
    whose_bank_is_closed_does_not_live_on_the_other,
    who_is_too_far_from_every_path_is_told_so,
    the_answer_is_in_the_datum_of_the_question,
    wrong_parameters_are_named,
);

fn contains(area: &Value, (lon, lat): (f64, f64)) -> bool {
    let shape: Geometry<f64> = read_geometry(&area["geometry"]).unwrap();
    shape.contains(&Point::new(lon, lat))
}

async fn reach(app: &TestApp, from: (f64, f64), more: &str) -> Value {
    app.get(&format!("{MAP}/reach?{}{more}", query(from))).await.ok()
}

async fn the_area_stays_on_this_side_of_the_river(app: TestApp) {
    load_river(&app, STREET).await;
    let answer = reach(&app, at(1_000.0, 5.0), "").await;
    assert_eq!(answer["method"], "network");
    assert_eq!(answer["notice"], Value::Null);
    let areas = answer["areas"].as_array().unwrap();
    let minutes: Vec<_> = areas.iter().map(|area| area["minutes"].as_u64().unwrap()).collect();
    assert_eq!(minutes, [5, 10, 15]);
    let sizes: Vec<_> = areas.iter().map(|area| area["area_m2"].as_f64().unwrap()).collect();
    assert!(sizes.is_sorted() && sizes[0] > 10_000.0, "{sizes:?}");
    // A path of twice 360 m, with 30 m on either side.
    assert!((40_000.0..50_000.0).contains(&sizes[0]), "{sizes:?}");
    let largest = &areas[2];
    assert!(contains(largest, at(1_000.0, 0.0)) && contains(largest, at(1_900.0, 10.0)));
    assert!(!contains(largest, at(1_000.0, 60.0)) && !contains(largest, at(1_000.0, 45.0)));

    let near_the_bridge = reach(&app, at(2_900.0, 0.0), "&minutes=10").await;
    let largest = near_the_bridge["areas"].as_array().unwrap().last().unwrap();
    assert!(contains(largest, at(2_800.0, 60.0)), "over the bridge and back");
}

async fn what_is_within_reach_is_told_by_layer(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "这岸诊所", at(1_240.0, -5.0)).await;
    add_place(&app, "clinic", "对岸诊所", at(1_000.0, 65.0)).await;
    let answer = reach(&app, at(1_000.0, 0.0), "&layers=clinic&minutes=5").await;
    let layers = answer["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1, "{answer}");
    assert_eq!((&layers[0]["layer"], &layers[0]["count"]), (&"clinic".into(), &1.into()));
    let place = &layers[0]["places"][0];
    assert_eq!(place["name"], "这岸诊所");
    // 245 m at 1.2 m/s.
    assert_eq!(place["walk_minutes"], 4);
}

async fn older_people_reach_less(app: TestApp) {
    load_river(&app, STREET).await;
    let mut sizes = Vec::new();
    for speed in ["elder", "child", "adult"] {
        let answer = reach(&app, at(1_500.0, 0.0), &format!("&speed={speed}&minutes=10")).await;
        assert_eq!(answer["speed"], speed);
        sizes.push(answer["areas"][1]["area_m2"].as_f64().unwrap());
    }
    assert!(sizes.is_sorted() && sizes[0] < 0.8 * sizes[2], "{sizes:?}");
}

async fn without_streets_the_circle_is_flagged(app: TestApp) {
    add_place(&app, "clinic", "对岸诊所", at(1_000.0, 65.0)).await;
    let answer = reach(&app, at(1_000.0, 0.0), "&layers=clinic").await;
    assert_eq!(answer["method"], "straight");
    assert!(answer["notice"].as_str().unwrap().contains("1.3"));
    let areas = answer["areas"].as_array().unwrap();
    let radius_m: f64 = 1_080.0 / 1.3;
    let expected_m2 = std::f64::consts::PI * radius_m * radius_m;
    let size_m2 = areas[2]["area_m2"].as_f64().unwrap();
    assert!((size_m2 - expected_m2).abs() < 0.02 * expected_m2, "{size_m2}");
    assert!(answer["layers"][0]["count"].as_u64().unwrap() >= 1);
}

/// Closes both banks from so many metres east of the corner to so many.
async fn close(officer: &Caller, from_m: f64, to_m: f64) {
    close_up_to(officer, from_m, to_m, 200.0).await;
}

/// The same from the south up to so many metres north of the corner.
async fn close_up_to(officer: &Caller, from_m: f64, to_m: f64, north_m: f64) {
    let corners = [(from_m, -200.0), (to_m, -200.0), (to_m, north_m), (from_m, north_m), (from_m, -200.0)];
    let ring: Vec<[f64; 2]> = corners.iter().map(|(east_m, north_m)| at(*east_m, *north_m).into()).collect();
    let closed = json!({
        "region_code": STREET, "geometry": {"type": "Polygon", "coordinates": [ring]}, "reason": "台风",
    });
    assert_eq!(officer.post("/api/v1/walking/closures", &closed).await.status, 201);
}

async fn a_closure_around_somebody_never_makes_the_reach_larger(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "这岸诊所", at(1_400.0, 0.0)).await;
    let officer = app.staff("reviewer", STREET).await;
    let open = reach(&app, at(1_000.0, 0.0), "&layers=clinic").await;
    assert!(open["layers"].to_string().contains("这岸诊所"), "{open}");

    close(&officer, 600.0, 1_300.0).await;
    let shut = reach(&app, at(1_000.0, 0.0), "&layers=clinic").await;
    assert_eq!(shut["method"], "network");
    assert!(shut["notice"].as_str().unwrap().contains("封闭"), "{shut}");
    assert!(
        shut["areas"].as_array().unwrap().iter().all(|area| area["area_m2"].as_f64() == Some(0.0)),
        "{shut}"
    );
    assert!(!shut.to_string().contains("-0.0"), "nothing is no negative area: {shut}");
    assert_eq!(shut["layers"], json!([]));
    let near = format!("{MAP}/nearest?{}&layers=clinic&limit=1&by=walk", query(at(1_000.0, 0.0)));
    let near = app.get(&near).await.ok();
    assert_eq!((&near["items"][0]["name"], &near["items"][0]["walk_m"]), (&"这岸诊所".into(), &Value::Null));

    // A place that is closed off is not reached in a straight line either.
    close(&officer, 1_300.0, 1_700.0).await;
    let beside = reach(&app, at(1_900.0, 0.0), "&layers=clinic").await;
    assert_eq!((&beside["method"], &beside["notice"]), (&"network".into(), &Value::Null));
    assert!(!beside["layers"].to_string().contains("这岸诊所"), "{beside}");
}

async fn whose_bank_is_closed_does_not_live_on_the_other(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "对岸诊所", at(2_400.0, 60.0)).await;
    let officer = app.staff("reviewer", STREET).await;
    close_up_to(&officer, 600.0, 2_900.0, 30.0).await;
    // The other bank is 60 m away over the water: nearly 4 km, and 1.3 km, on foot before the closure.
    for east_m in [1_000.0, 2_400.0] {
        let shut = reach(&app, at(east_m, 0.0), "&layers=clinic").await;
        assert_eq!((&shut["method"], &shut["layers"]), (&"network".into(), &json!([])), "{shut}");
        assert!(shut["notice"].as_str().unwrap().contains("封闭"), "{shut}");
        assert!(
            shut["areas"].as_array().unwrap().iter().all(|area| !contains(area, at(east_m, 60.0))),
            "{shut}"
        );
    }
    let across = reach(&app, at(2_400.0, 60.0), "&layers=clinic").await;
    assert!(across["layers"].to_string().contains("对岸诊所"), "{across}");
    assert_eq!(across["notice"], Value::Null);
}

async fn who_is_too_far_from_every_path_is_told_so(app: TestApp) {
    load_river(&app, STREET).await;
    let answer = reach(&app, at(1_000.0, -200.0), "").await;
    assert_eq!(answer["method"], "straight");
    let notice = answer["notice"].as_str().unwrap();
    assert!(notice.contains("150 米") && !notice.contains("没有步行路网"), "{notice}");
}

async fn the_answer_is_in_the_datum_of_the_question(app: TestApp) {
    load_river(&app, STREET).await;
    let (lon, lat) = at(1_000.0, 0.0);
    let shifted: Gcj02 = Wgs84::new(lon, lat).unwrap().to_gcj02();
    let path = format!("{MAP}/reach?lon={:.7}&lat={:.7}&datum=gcj02&minutes=5", shifted.lon, shifted.lat);
    let answer = app.get(&path).await;
    assert_eq!(answer.header("kangtu-datum"), Some(Datum::Gcj02.as_str()));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let area = &answer.ok()["areas"][0];
    assert!(contains(area, (shifted.lon, shifted.lat)));
    assert!(!contains(area, (lon, lat)), "500 m away, where nothing is reached");
}

async fn wrong_parameters_are_named(app: TestApp) {
    let at = query(at(0.0, 0.0));
    for (path, parameter) in [
        (format!("{MAP}/reach?lat=22.6"), "lon"),
        (format!("{MAP}/reach?{at}&minutes=0"), "minutes"),
        (format!("{MAP}/reach?{at}&minutes=31"), "minutes"),
        (format!("{MAP}/reach?{at}&speed=car"), "speed"),
        (format!("{MAP}/reach?{at}&layers=moon"), "layers"),
        (format!("{MAP}/reach?{at}&datum=utm"), "datum"),
        (format!("{MAP}/nearest?{at}&by=car"), "by"),
        (format!("{MAP}/nearest?{at}&path=maybe"), "path"),
        (format!("{MAP}/features/1?from_lon=114.4"), "from_lat"),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains(parameter), "{path}: {}", answer.text());
    }
}
