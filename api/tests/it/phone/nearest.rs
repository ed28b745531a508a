use geo::{LineString, Polygon};
use geodata::geometry::distance_m;
use geodata::{Gcj02, Wgs84};
use serde_json::Value;

use super::{MAP, add, draft, names};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    places_come_nearest_first,
    distance_is_to_the_shape_and_not_to_its_middle,
    a_position_is_read_and_answered_in_the_asked_datum,
    radius_and_limit_bound_the_answer,
    a_position_is_never_kept,
);

fn distances(list: &Value) -> Vec<u64> {
    list["items"].as_array().unwrap().iter().map(|item| item["distance_m"].as_u64().unwrap()).collect()
}

async fn places_come_nearest_first(app: TestApp) {
    let list = app.get(&format!("{MAP}/nearest?lon=114.4185&lat=22.6271&datum=gcj02&limit=100")).await.ok();
    let found = distances(&list);
    assert!(found.len() > 20);
    assert!(found.is_sorted(), "{found:?}");
    let three = app.get(&format!("{MAP}/nearest?lon=114.4185&lat=22.6271&datum=gcj02&limit=3")).await.ok();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(three, @r#"
        {
          "items": [
            {
              "demo": true,
              "distance_m": 32,
              "icon": "greenway",
              "id": 1,
              "lat": 22.62706,
              "layer": "greenway",
              "lon": 114.418193,
              "name": "葵涌河滨水绿道（示例）",
              "opening": {
                "changes_at": null,
                "state": "open",
                "text": "全天开放"
              }
            },
            {
              "demo": false,
              "distance_m": 209,
              "icon": "park",
              "id": 13,
              "lat": 22.627476,
              "layer": "park",
              "lon": 114.420487,
              "name": "金葵街心公园",
              "opening": {
                "changes_at": null,
                "state": "unknown",
                "text": "开放时间未知，请以现场公告为准"
              }
            },
            {
              "demo": true,
              "distance_m": 256,
              "icon": "activity-point",
              "id": 50,
              "lat": 22.627177,
              "layer": "activity_point",
              "lon": 114.420987,
              "name": "金葵广场广场舞点（示例）",
              "opening": {
                "changes_at": "2026-11-25T22:00:00+08:00",
                "state": "open",
                "text": "现在开放，22:00 关闭"
              }
            }
          ],
          "next": null
        }
        "#);
    }
}

async fn distance_is_to_the_shape_and_not_to_its_middle(app: TestApp) {
    let mut path = draft("长绿道", 0.0, 0.0);
    path.layer_id = "greenway".into();
    path.geometry = Some(LineString::from(vec![(114.60, 22.70), (114.70, 22.70)]).into());
    let mut park = draft("大公园", 0.0, 0.0);
    park.layer_id = "park".into();
    let ring = LineString::from(vec![
        (114.60, 22.71),
        (114.65, 22.71),
        (114.65, 22.75),
        (114.60, 22.75),
        (114.60, 22.71),
    ]);
    park.geometry = Some(Polygon::new(ring, Vec::new()).into());
    add(&app, vec![path, park, draft("小屋", 114.601, 22.702)]).await;

    let list = app.get(&format!("{MAP}/nearest?lon=114.601&lat=22.7005")).await.ok();
    assert_eq!(names(&list["items"]), ["长绿道", "小屋", "大公园"]);
    assert_eq!(distances(&list), [55, 166, 1052]);
    // Where to go is the nearest spot of the path, not its middle 5 km away.
    assert_eq!(
        (list["items"][0]["lon"].as_f64(), list["items"][0]["lat"].as_f64()),
        (Some(114.601), Some(22.7))
    );
    assert_eq!(
        (list["items"][2]["lon"].as_f64(), list["items"][2]["lat"].as_f64()),
        (Some(114.601), Some(22.71))
    );

    let inside = app.get(&format!("{MAP}/nearest?lon=114.605&lat=22.715&layers=park")).await.ok();
    assert_eq!((names(&inside["items"])[0], distances(&inside)[0]), ("大公园", 0));
    assert_ne!(inside["items"][0]["lon"], 114.605);
}

async fn a_position_is_read_and_answered_in_the_asked_datum(app: TestApp) {
    add(&app, vec![draft("独处的小屋", 114.6, 22.7)]).await;
    let here = Wgs84::new(114.601, 22.701).unwrap();
    let shown = here.to_gcj02();
    let path = format!("{MAP}/nearest?lon={}&lat={}&datum=gcj02", shown.lon, shown.lat);
    let answer = app.get(&path).await;
    assert_eq!(answer.header("kangtu-datum"), Some("gcj02"));
    let nearest = answer.ok()["items"][0].clone();
    let true_m = distance_m(here, &geo::Point::new(114.6, 22.7).into());
    assert!((nearest["distance_m"].as_f64().unwrap() - true_m).abs() <= 0.5, "{nearest} is {true_m} m away");
    let hut =
        Gcj02::new(nearest["lon"].as_f64().unwrap(), nearest["lat"].as_f64().unwrap()).unwrap().to_wgs84();
    assert!((hut.lon - 114.6).abs() < 1e-6 && (hut.lat - 22.7).abs() < 1e-6, "{hut:?}");
}

async fn radius_and_limit_bound_the_answer(app: TestApp) {
    let found = async |more: &str| {
        distances(&app.get(&format!("{MAP}/nearest?lon=114.4137&lat=22.6300{more}")).await.ok())
    };
    assert_eq!(found("").await.len(), 20);
    assert_eq!(found("&limit=1").await.len(), 1);
    assert!(found("&limit=100&radius_m=800").await.iter().all(|distance_m| *distance_m <= 800));
    assert!(found("&limit=100&radius_m=50000").await.len() > found("&limit=100&radius_m=800").await.len());
    assert_eq!(found("&radius_m=1&layers=peak").await.len(), 0);
    let far_away = app.get(&format!("{MAP}/nearest?lon=-70&lat=-33")).await.ok();
    assert_eq!(distances(&far_away).len(), 0);
}

async fn a_position_is_never_kept(app: TestApp) {
    let answer = app.get(&format!("{MAP}/nearest?lon=114.4137&lat=22.63")).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(answer.header("etag"), None);
    assert!(!app.state.metrics.render().unwrap().contains("114.4137"));
}
