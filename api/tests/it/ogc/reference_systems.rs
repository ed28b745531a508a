//! Coordinate reference systems (Part 2, 18-058r1, Annex A).

use std::process::Command;

use geo::Point;
use serde_json::Value;

use super::{collections, href, ids, listed, place, publish, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_crs_crs_uri,
    ats_crs_fc_md_crs_list,
    ats_crs_fc_md_storage_crs_valid_value,
    ats_crs_fc_crs_action,
    ats_crs_fc_bbox_crs_action,
    ats_crs_ogc_crs_header,
    ats_crs_crs_exception,
    a_box_with_swapped_axes_is_refused_with_words_about_the_order,
    positions_in_the_zone_are_those_of_gdal,
);

const ITEMS: &str = "/map/collections/park/items";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

fn epsg(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

/// All systems of the district's map; its zone has the central meridian 114° E.
fn systems() -> [String; 5] {
    [CRS84.to_owned(), epsg(4326), epsg(3857), epsg(4490), epsg(4547)]
}

/// The place at 114.4134, 22.63 in each of them, first axis first (by GDAL).
const SPOT: [(f64, f64); 5] = [
    (114.4134, 22.63),
    (22.63, 114.4134),
    (12_736_441.428, 2_587_334.301),
    (22.63, 114.4134),
    (2_503_622.241, 542_497.713),
];

async fn with_spot(app: &TestApp) -> u64 {
    publish(app, vec![place("park", "定点公园", Point::new(114.4134, 22.63))]).await;
    ids(&app.get(&format!("{ITEMS}?name=定点公园")).await.ok())[0]
}

fn position(feature: &Value) -> (f64, f64) {
    let numbers = feature["geometry"]["coordinates"].as_array().unwrap();
    (numbers[0].as_f64().unwrap(), numbers[1].as_f64().unwrap())
}

async fn ats_crs_crs_uri(app: TestApp) {
    for collection in collections(&app).await {
        assert_eq!(collection["crs"], serde_json::to_value(systems()).unwrap());
    }
}

async fn ats_crs_fc_md_crs_list(app: TestApp) {
    let list = app.get("/map/collections").await.ok();
    assert_eq!(list["crs"], serde_json::to_value(systems()).unwrap());
    let one = app.get("/map/collections/park").await.ok();
    assert_eq!(one["crs"][0], CRS84, "the default comes first");
}

async fn ats_crs_fc_md_storage_crs_valid_value(app: TestApp) {
    for collection in collections(&app).await {
        assert!(collection["crs"].as_array().unwrap().contains(&collection["storageCrs"]));
    }
}

async fn ats_crs_fc_crs_action(app: TestApp) {
    let id = with_spot(&app).await;
    for (system, expected) in systems().iter().zip(SPOT) {
        let list = app.get(&format!("{ITEMS}?name=定点公园&crs={system}")).await.ok();
        let one = app.get(&format!("{ITEMS}/{id}?crs={system}")).await.ok();
        for feature in [&listed(&list)[0], &one] {
            assert_eq!(position(feature), expected, "{system}");
            assert_eq!(feature["properties"]["name"], "定点公园");
        }
        assert!(href(&one, "self", "application/geo+json").contains("crs=http"));
    }
    let first = app.get(&format!("{ITEMS}?limit=2&crs={}", epsg(4547))).await.ok();
    let second = app.get(href(&first, "next", "application/geo+json")).await;
    assert_eq!(
        second.header("content-crs"),
        Some(format!("<{}>", epsg(4547)).as_str()),
        "a walk keeps its system"
    );
}

async fn ats_crs_fc_bbox_crs_action(app: TestApp) {
    let id = with_spot(&app).await;
    for ((system, (first, second)), reach) in systems().iter().zip(SPOT).zip([1e-4, 1e-4, 10.0, 1e-4, 10.0]) {
        let around = |shift: f64| {
            let (low, high) = (first + shift - reach, first + shift + reach);
            format!("{ITEMS}?bbox-crs={system}&bbox={low},{},{high},{}", second - reach, second + reach)
        };
        let found = app.get(&around(0.0)).await.ok();
        assert!(ids(&found).contains(&id), "{system}");
        let beside = app.get(&around(3.0 * reach)).await.ok();
        assert!(!ids(&beside).contains(&id), "{system}");
        assert_eq!(found["numberMatched"], ids(&found).len());
    }
}

async fn ats_crs_ogc_crs_header(app: TestApp) {
    for path in [ITEMS.to_owned(), format!("{ITEMS}/11")] {
        assert_eq!(app.get(&path).await.header("content-crs"), Some(format!("<{CRS84}>").as_str()));
        for system in systems() {
            let answer = app.get(&format!("{path}?crs={system}")).await;
            assert_eq!(answer.header("content-crs"), Some(format!("<{system}>").as_str()), "{path}");
        }
    }
    let asked =
        app.request(reqwest::Method::GET, ITEMS).header("origin", "https://map.example.cn").send().await;
    let exposed = asked.header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(exposed.contains("content-crs"), "{exposed}");
}

async fn ats_crs_crs_exception(app: TestApp) {
    for parameter in ["crs", "bbox-crs", "filter-crs"] {
        for unlisted in [epsg(32650), epsg(4548), "EPSG:4326".to_owned(), String::new()] {
            let problem =
                app.get(&format!("{ITEMS}?{parameter}={unlisted}")).await.problem(400, "bad_parameter");
            assert_eq!(problem["parameter"], parameter);
            assert!(text(&problem, "detail").contains(&epsg(4547)), "{problem}");
        }
    }
    app.get(&format!("{ITEMS}/11?crs={}", epsg(4548))).await.problem(400, "bad_parameter");
}

async fn a_box_with_swapped_axes_is_refused_with_words_about_the_order(app: TestApp) {
    for code in [4326, 4490] {
        let swapped = app.get(&format!("{ITEMS}?bbox=114.3,22.5,114.6,22.8&bbox-crs={}", epsg(code))).await;
        let problem = swapped.problem(400, "bad_parameter");
        assert!(text(&problem, "detail").contains("纬度在前"), "{problem}");
        let right =
            app.get(&format!("{ITEMS}?bbox=22.5,114.3,22.8,114.6&bbox-crs={}", epsg(code))).await.ok();
        assert_eq!(right["numberMatched"], 9);
    }
}

async fn positions_in_the_zone_are_those_of_gdal(app: TestApp) {
    if Command::new("gdaltransform").arg("--version").output().is_err() {
        crate::support::say_skipped("comparing the zone with GDAL, because gdaltransform is not installed");
        return;
    }
    with_spot(&app).await;
    let shown = app.get(&format!("{ITEMS}?name=定点公园&crs={}", epsg(4547))).await.ok();
    let (northing, easting) = position(&listed(&shown)[0]);
    let output = tokio::task::spawn_blocking(|| {
        Command::new("sh")
            .args(["-c", "echo 114.4134 22.63 | gdaltransform -s_srs OGC:CRS84 -t_srs EPSG:4547 -output_xy"])
            .output()
            .unwrap()
    })
    .await
    .unwrap();
    let transformed = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = transformed.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert!((numbers[0] - easting).abs() < 0.001 && (numbers[1] - northing).abs() < 0.001, "{transformed}");
}
