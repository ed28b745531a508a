use serde_json::Value;

use super::{MAP, STREET, add_place, at, load_river, names, query};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_nearest_to_walk_to_is_not_the_nearest_over_the_river,
    a_place_tells_the_walk_from_where_somebody_stands,
    without_streets_walks_are_straight_and_say_so,
);

async fn two_clinics(app: &TestApp) {
    add_place(app, "clinic", "对岸诊所", at(1_000.0, 60.0)).await;
    add_place(app, "clinic", "这岸诊所", at(1_400.0, 0.0)).await;
}

async fn the_nearest_to_walk_to_is_not_the_nearest_over_the_river(app: TestApp) {
    load_river(&app, STREET).await;
    two_clinics(&app).await;
    let here = query(at(1_000.0, 0.0));
    let straight = app.get(&format!("{MAP}/nearest?{here}&layers=clinic&limit=2&radius_m=500")).await.ok();
    assert_eq!(names(&straight["items"]), ["对岸诊所", "这岸诊所"]);
    let over_there = &straight["items"][0];
    assert_eq!(over_there["walk_method"], "network");
    // To the bridge, over it and back.
    assert!((4_055..=4_070).contains(&over_there["walk_m"].as_u64().unwrap()), "{over_there}");
    assert_eq!(over_there["walk_minutes"], 57);

    let path = format!("{MAP}/nearest?{here}&layers=clinic&limit=2&radius_m=500&by=walk&path=true");
    let walked = app.get(&path).await.ok();
    assert_eq!(names(&walked["items"]), ["这岸诊所", "对岸诊所"]);
    let line = &walked["items"][1]["path"];
    assert_eq!(line["type"], "LineString");
    let line = line["coordinates"].as_array().unwrap();
    let ends = [line.first().unwrap(), line.last().unwrap()];
    for (end, (lon, lat)) in ends.into_iter().zip([at(1_000.0, 0.0), at(1_000.0, 60.0)]) {
        assert!(
            (end[0].as_f64().unwrap() - lon).abs() < 2e-6 && (end[1].as_f64().unwrap() - lat).abs() < 2e-6
        );
    }
    assert!(line.len() > 40);
    let one = app.get(&format!("{MAP}/nearest?{here}&layers=clinic&limit=1&by=walk")).await.ok();
    assert_eq!(names(&one["items"]), ["这岸诊所"]);
    assert_eq!(one["items"][0].get("path"), None);
}

async fn a_place_tells_the_walk_from_where_somebody_stands(app: TestApp) {
    load_river(&app, STREET).await;
    two_clinics(&app).await;
    let here = at(1_000.0, 0.0);
    let found = app.get(&format!("{MAP}/nearest?{}&layers=clinic&limit=1&by=walk", query(here))).await.ok();
    let id = found["items"][0]["id"].as_u64().unwrap();
    let path = format!("{MAP}/features/{id}?from_lon={:.7}&from_lat={:.7}&speed=elder", here.0, here.1);
    let answer = app.get(&path).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let place = answer.ok();
    assert!((400..=401).contains(&place["walk_m"].as_u64().unwrap()), "{place}");
    assert_eq!((&place["walk_minutes"], &place["walk_method"]), (&9.into(), &"network".into()));
    let alone = app.get(&format!("{MAP}/features/{id}")).await.ok();
    assert_eq!(alone.get("walk_m"), None);
}

async fn without_streets_walks_are_straight_and_say_so(app: TestApp) {
    two_clinics(&app).await;
    let here = query(at(1_000.0, 0.0));
    let plain = app.get(&format!("{MAP}/nearest?{here}&layers=clinic&limit=1&radius_m=500")).await.ok();
    assert_eq!(plain["items"][0].get("walk_method"), None, "nobody asked for walks");
    let walked =
        app.get(&format!("{MAP}/nearest?{here}&layers=clinic&limit=2&radius_m=500&by=walk")).await.ok();
    let methods: Vec<&Value> =
        walked["items"].as_array().unwrap().iter().map(|item| &item["walk_method"]).collect();
    assert_eq!(methods, ["straight", "straight"]);
    let walk_m = walked["items"][1]["walk_m"].as_u64().unwrap();
    assert!((518..=523).contains(&walk_m), "400 m and a third more, {walk_m}");
}
