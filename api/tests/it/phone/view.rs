use std::collections::HashSet;

use geodata::Gcj02;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MAP, add, draft};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_marker_stands_where_the_phones_map_shows_it,
    a_box_is_read_in_the_asked_datum,
    a_view_never_holds_more_than_asked,
    clusters_count_every_place,
    layers_are_chosen,
    a_view_is_sent_compressed,
    a_view_is_sent_again_only_after_a_change,
    zoom_may_be_a_fraction,
    missing_choices_mean_all,
);

fn features(view: &Value) -> &Vec<Value> {
    view["features"].as_array().unwrap()
}

fn position(feature: &Value) -> [f64; 2] {
    serde_json::from_value(feature["geometry"]["coordinates"].clone()).unwrap()
}

async fn a_marker_stands_where_the_phones_map_shows_it(app: TestApp) {
    add(&app, vec![draft("独处的小屋", 114.6, 22.7)]).await;
    let at = |datum: &str, bbox: &str| format!("{MAP}/view?bbox={bbox}&zoom=16&datum={datum}");
    let stored = app.get(&at("wgs84", "114.59,22.69,114.61,22.71")).await;
    assert_eq!(stored.header("kangtu-datum"), Some("wgs84"));
    assert_eq!(stored.media_type(), "application/geo+json");
    let stored = stored.ok();
    assert_eq!(features(&stored)[0]["geometry"]["coordinates"], json!([114.6, 22.7]));

    let shown = app.get(&at("gcj02", "114.59,22.68,114.62,22.71")).await;
    assert_eq!(shown.header("kangtu-datum"), Some("gcj02"));
    let shown = shown.ok();
    let [lon, lat] = position(&features(&shown)[0]);
    assert!(lon > 114.603, "{lon}");
    let back = Gcj02::new(lon, lat).unwrap().to_wgs84();
    assert!((back.lon - 114.6).abs() < 1e-6 && (back.lat - 22.7).abs() < 1e-6, "{back:?}");
    assert_eq!(features(&shown)[0]["id"], features(&stored)[0]["id"]);
}

async fn a_box_is_read_in_the_asked_datum(app: TestApp) {
    add(&app, vec![draft("独处的小屋", 114.6, 22.7)]).await;
    let shown = geodata::Wgs84::new(114.6, 22.7).unwrap().to_bd09();
    let around = |lon: f64, lat: f64| {
        format!("{:.6},{:.6},{:.6},{:.6}", lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    };
    let in_its_datum = format!("{MAP}/view?bbox={}&zoom=18&datum=bd09", around(shown.lon, shown.lat));
    assert_eq!(features(&app.get(&in_its_datum).await.ok()).len(), 1);
    let not_in_its_datum = format!("{MAP}/view?bbox={}&zoom=18&datum=bd09", around(114.6, 22.7));
    assert_eq!(features(&app.get(&not_in_its_datum).await.ok()).len(), 0);
}

async fn a_view_never_holds_more_than_asked(app: TestApp) {
    let many = (0..400).map(|i| {
        let (row, column) = (f64::from(i / 20), f64::from(i % 20));
        draft(&format!("小屋{i}"), 114.60 + column / 200.0, 22.70 + row / 200.0)
    });
    add(&app, many.collect()).await;
    for (limit, most) in
        [("", 200), ("&limit=1", 1), ("&limit=50", 50), ("&limit=200", 200), ("&limit=9999", 200)]
    {
        for zoom in [0, 5, 10, 13, 15, 17, 20] {
            let view = app.get(&format!("{MAP}/view?bbox=114,22,115,23&zoom={zoom}{limit}")).await.ok();
            assert!(features(&view).len() <= most, "{} items at zoom {zoom}{limit}", features(&view).len());
            let ids: HashSet<u64> = features(&view).iter().map(|item| item["id"].as_u64().unwrap()).collect();
            assert_eq!(ids.len(), features(&view).len());
            assert!(ids.iter().all(|id| *id <= 999_999_999));
        }
    }
}

async fn clusters_count_every_place(app: TestApp) {
    let many = (0..400).map(|i| {
        draft(&format!("小屋{i}"), 114.60 + f64::from(i % 20) / 2e3, 22.70 + f64::from(i / 20) / 2e3)
    });
    add(&app, many.collect()).await;
    for zoom in [9, 11, 14, 17] {
        let view = app
            .get(&format!("{MAP}/view?bbox=114.5,22.6,114.7,22.8&zoom={zoom}&layers=health_hut"))
            .await
            .ok();
        let mut clusters = 0;
        let mut places = 0;
        for item in features(&view) {
            let properties = &item["properties"];
            if properties["cluster"] == true {
                clusters += 1;
                assert_eq!(properties["count"], properties["by_layer"]["health_hut"]);
                assert!(properties["expansion_zoom"].as_u64().unwrap() > zoom);
                places += properties["count"].as_u64().unwrap();
            } else {
                places += 1;
            }
        }
        assert!(clusters > 0 || zoom == 17, "no clusters at zoom {zoom}");
        assert!(places >= 400, "{places} places at zoom {zoom}");
    }
}

async fn layers_are_chosen(app: TestApp) {
    let layers = async |layers: &str| {
        let view =
            app.get(&format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=20&layers={layers}")).await.ok();
        let found: HashSet<String> = features(&view)
            .iter()
            .filter_map(|item| item["properties"]["layer"].as_str())
            .map(str::to_owned)
            .collect();
        found
    };
    assert_eq!(layers("peak").await, HashSet::from(["peak".to_owned()]));
    assert!(layers("peak,clinic").await.is_subset(&HashSet::from(["peak".to_owned(), "clinic".to_owned()])));
    assert!(layers("").await.len() > 3);
}

async fn a_view_is_sent_compressed(app: TestApp) {
    let path = format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=14&datum=gcj02");
    let plain = app.get(&path).await;
    let compressed = app.request(Method::GET, &path).header("accept-encoding", "br").send().await;
    assert_eq!(compressed.header("content-encoding"), Some("br"));
    assert_eq!(compressed.header("kangtu-datum"), Some("gcj02"));
    assert_eq!(compressed.body, plain.body);
    assert!(compressed.raw.len() * 2 < plain.raw.len());
}

async fn a_view_is_sent_again_only_after_a_change(app: TestApp) {
    let path = format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=14&layers=health_hut&datum=gcj02");
    let tag = app.get(&path).await.header("etag").unwrap().to_owned();
    let ask = || app.request(Method::GET, &path).header("if-none-match", &tag).send();
    let again = ask().await;
    assert_eq!((again.status, again.raw.len()), (304, 0));
    assert_eq!(again.header("kangtu-datum"), Some("gcj02"));
    assert_eq!(again.header("etag"), Some(tag.as_str()));

    let mut elsewhere = draft("别的图层", 114.4, 22.6);
    elsewhere.layer_id = "peak".into();
    add(&app, vec![elsewhere]).await;
    assert_eq!(ask().await.status, 304);
    add(&app, vec![draft("新小屋", 114.4, 22.6)]).await;
    assert_eq!(ask().await.status, 200);
    let other_datum = format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=14&layers=health_hut&datum=bd09");
    assert_ne!(app.get(&other_datum).await.header("etag"), app.get(&path).await.header("etag"));
}

async fn zoom_may_be_a_fraction(app: TestApp) {
    let at =
        async |zoom: &str| app.get(&format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom={zoom}")).await.ok();
    assert_eq!(at("15.97").await, at("15").await);
    assert_eq!(at("20.9").await, at("20").await);
    assert_ne!(at("16").await, at("10").await);
}

async fn missing_choices_mean_all(app: TestApp) {
    let short = app.get(&format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=14")).await.ok();
    let empty =
        app.get(&format!("{MAP}/view?bbox=114.3,22.5,114.6,22.7&zoom=14&layers=&datum=&limit=")).await.ok();
    assert_eq!(short, empty);
    assert!(!features(&short).is_empty());
}
