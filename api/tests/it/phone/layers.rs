use serde_json::json;

use super::{MAP, add, draft};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(layers_come_in_display_order, layers_are_not_sent_twice, an_extent_is_in_the_asked_datum);

async fn layers_come_in_display_order(app: TestApp) {
    let answer = app.get(&format!("{MAP}/layers")).await;
    assert_eq!(answer.header("kangtu-datum"), Some("wgs84"));
    let list = answer.ok();
    let ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    let expected = [
        "greenway",
        "trail",
        "park",
        "sports_court",
        "fitness_site",
        "activity_point",
        "health_hut",
        "clinic",
        "health_base",
        "demonstration_unit",
        "smoke_free_place",
        "peak",
    ];
    assert_eq!(ids, expected);
    assert_eq!((&list["next"], &list["revision"]), (&json!(null), &json!(1)));
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(list["items"][6], @r#"
        {
          "count": 9,
          "description": "可以自己量血压、身高和体重的地方，备有急救药箱。",
          "extent": [
            114.354923,
            22.606636,
            114.495991,
            22.644938
          ],
          "geometry_kinds": [
            "point"
          ],
          "icon": "health-hut",
          "id": "health_hut",
          "max_zoom": 20,
          "min_zoom": 9,
          "title": "健康小屋",
          "title_en": "Health huts"
        }
        "#);
    }
}

async fn layers_are_not_sent_twice(app: TestApp) {
    let path = format!("{MAP}/layers");
    let first = app.get(&path).await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    let tag = first.header("etag").unwrap().to_owned();
    let ask = || app.request(reqwest::Method::GET, &path).header("if-none-match", &tag).send();
    let again = ask().await;
    assert_eq!((again.status, again.header("kangtu-datum"), again.raw.len()), (304, Some("wgs84"), 0));

    add(&app, vec![draft("新开的健康小屋", 114.42, 22.63)]).await;
    let changed = ask().await.ok();
    assert_eq!(changed["items"][6]["count"], 10);
    assert_eq!(changed["revision"], 2);
}

async fn an_extent_is_in_the_asked_datum(app: TestApp) {
    let extent = |list: serde_json::Value| -> Vec<f64> {
        list["items"][11]["extent"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect()
    };
    let stored = extent(app.get(&format!("{MAP}/layers")).await.ok());
    let shown = extent(app.get(&format!("{MAP}/layers?datum=gcj02")).await.ok());
    let north_west = geodata::Wgs84::new(stored[0], stored[3]).unwrap().to_gcj02();
    assert!(
        (shown[0] - north_west.lon).abs() < 1e-4 && (shown[3] - north_west.lat).abs() < 1e-4,
        "{shown:?}"
    );
}
