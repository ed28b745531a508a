//! A file of places comes onto the map whole or not at all, and doubtful places wait for an officer.

use std::path::{Path, PathBuf};

use entity::feature::{self, Status};
use geodata::Datum;
use geodata::import::ColumnMapping;
use kangtu::map::import::{self, ImportRefusal, ImportReport, ImportRequest, Outcome};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(
    a_file_of_which_half_are_placeholders_publishes_the_good_half,
    importing_a_file_twice_changes_nothing,
    a_bad_row_keeps_the_whole_file_out_unless_it_may_be_skipped,
    a_dry_run_writes_nothing,
    a_row_without_a_position_completes_the_place_of_its_name,
    a_waiting_place_gets_the_position_that_a_later_file_knows,
    the_next_edition_updates_the_same_place_and_keeps_what_people_decided,
    positions_in_another_datum_land_where_they_belong,
    a_wrong_layer_or_region_is_told_which_are_right,
    a_damaged_geopackage_is_told_of_in_chinese,
    the_real_park_directory_goes_through,
);

const KUICHONG: &str = "440307009";

fn request(source: &str) -> ImportRequest {
    ImportRequest {
        layer_id: "park".to_owned(),
        region_code: KUICHONG.to_owned(),
        source: source.to_owned(),
        source_licence: None,
        datum: Datum::Wgs84,
        columns: ColumnMapping::default(),
        sheet: None,
        skip_bad: false,
        dry_run: false,
        demo: false,
    }
}

async fn take_in(
    app: &TestApp,
    file: &str,
    text: &[u8],
    request: &ImportRequest,
) -> Result<ImportReport, ImportRefusal> {
    let report = import::run(&app.state.database, &app.clock, file, text, request).await?;
    app.state.map.refresh(&app.state.database, &app.state.metrics).await.unwrap();
    Ok(report)
}

async fn rows(app: &TestApp) -> Vec<feature::Model> {
    feature::Entity::find().order_by_asc(feature::Column::Id).all(app.state.database.reader()).await.unwrap()
}

async fn named(app: &TestApp, name: &str) -> feature::Model {
    let found =
        feature::Entity::find().filter(feature::Column::Name.eq(name)).all(app.state.database.reader()).await;
    let mut found = found.unwrap();
    assert_eq!(found.len(), 1, "{name}");
    found.remove(0)
}

fn reasons(row: &feature::Model) -> Vec<&str> {
    row.review_reasons.as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

fn published_parks(app: &TestApp) -> usize {
    app.state.map.current().snapshot.layer("park").unwrap().count()
}

fn park(name: &str, lon: f64, lat: f64) -> Value {
    json!({"type": "Feature", "properties": {"name": name},
           "geometry": {"type": "Point", "coordinates": [lon, lat]}})
}

fn collection(parks: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"type": "FeatureCollection", "features": parks})).unwrap()
}

/// 1,300 parks; every second one sits on one of three made-up spots.
fn half_placeholders() -> Vec<u8> {
    let parks: Vec<Value> = (0..1_300_u32)
        .map(|number| {
            let (column, row) = (f64::from(number % 40), f64::from(number / 40));
            match number % 2 {
                0 => park(&format!("测试公园{number}号"), 114.40 + column * 0.000_8, 22.62 + row * 0.000_5),
                _ => park(&format!("测试公园{number}号"), 114.415 + f64::from(number % 3) * 0.01, 22.625),
            }
        })
        .collect();
    collection(&parks)
}

async fn a_file_of_which_half_are_placeholders_publishes_the_good_half(app: TestApp) {
    let before = published_parks(&app);
    let report = take_in(&app, "parks.geojson", &half_placeholders(), &request("测试目录")).await.unwrap();
    assert_eq!((report.count(Outcome::Published), report.count(Outcome::NeedsReview)), (650, 650));
    assert_eq!(published_parks(&app), before + 650);
    for row in rows(&app).await.iter().filter(|row| row.source == "测试目录") {
        let number: u32 = row.name.trim_start_matches("测试公园").trim_end_matches('号').parse().unwrap();
        let expected: &[&str] = if number.is_multiple_of(2) { &[] } else { &["shared_coordinate"] };
        assert_eq!(reasons(row), expected, "{}", row.name);
        assert_eq!(
            row.status,
            if number.is_multiple_of(2) { Status::Published } else { Status::NeedsReview }
        );
    }
    let listed = app.get("/map/collections/park/items?limit=10000").await.ok();
    assert_eq!(listed["numberMatched"], before + 650);
}

async fn importing_a_file_twice_changes_nothing(app: TestApp) {
    let file = half_placeholders();
    take_in(&app, "parks.geojson", &file, &request("测试目录")).await.unwrap();
    let (before, revision) = (rows(&app).await, app.state.map.current().snapshot.revision());
    let again = take_in(&app, "parks.geojson", &file, &request("测试目录")).await.unwrap();
    assert_eq!(again.count(Outcome::Unchanged), 1_300);
    assert_eq!(rows(&app).await, before);
    assert_eq!(app.state.map.current().snapshot.revision(), revision);
}

async fn a_bad_row_keeps_the_whole_file_out_unless_it_may_be_skipped(app: TestApp) {
    let before = rows(&app).await;
    let file = "名称,经度,纬度\n好公园,114.4125,22.6301\n坏公园,东经,22.63\n,114.42,22.64\n";
    let refused = take_in(&app, "parks.csv", file.as_bytes(), &request("手工表")).await.unwrap_err();
    let ImportRefusal::BadRows { bad, report } = &refused else { panic!("{refused}") };
    assert_eq!(*bad, 2);
    assert!(refused.to_string().contains("没有导入任何内容"));
    assert_eq!((report.rows[1].number, report.rows[1].outcome), (3, Outcome::Unreadable));
    assert_eq!(report.rows[1].notes[0].code, "not_an_angle");
    assert_eq!(report.rows[2].notes[0].code, "no_name");
    assert_eq!(rows(&app).await, before);

    let skipping = ImportRequest { skip_bad: true, ..request("手工表") };
    let report = take_in(&app, "parks.csv", file.as_bytes(), &skipping).await.unwrap();
    assert_eq!((report.count(Outcome::Published), report.count(Outcome::Unreadable)), (1, 2));
    assert_eq!(rows(&app).await.len(), before.len() + 1);
    for broken in
        [&b"{\"type\":\"FeatureCollection\""[..], b"name\n\"unclosed", b"PK\x03\x04no zip", b"\xff\xfe\x00"]
    {
        assert!(take_in(&app, "broken.csv", broken, &request("手工表")).await.is_err());
    }
}

async fn a_dry_run_writes_nothing(app: TestApp) {
    let before = rows(&app).await;
    let dry = ImportRequest { dry_run: true, ..request("测试目录") };
    let report = take_in(&app, "parks.geojson", &half_placeholders(), &dry).await.unwrap();
    assert_eq!(report.count(Outcome::Published), 650);
    assert!(report.summary().contains("没有写入"));
    assert_eq!(rows(&app).await, before);
}

async fn a_row_without_a_position_completes_the_place_of_its_name(app: TestApp) {
    let before = named(&app, "葵涌生态公园").await;
    assert_eq!((before.address.as_deref(), before.status), (None, Status::Published));
    let file = "公园名称,公园地址,联系方式,面积（公顷）\n葵涌生态公园,盐坝高速葵涌出口处,84208407、84400018,8.41\n没见过的公园,某处,,1\n";
    let report = take_in(&app, "目录.csv", file.as_bytes(), &request("名录")).await.unwrap();
    assert_eq!((report.count(Outcome::Matched), report.count(Outcome::NeedsReview)), (1, 1));
    let after = named(&app, "葵涌生态公园").await;
    assert_eq!((after.id, after.status, after.version), (before.id, Status::Published, before.version + 1));
    assert_eq!((&after.geometry, after.phone.as_deref()), (&before.geometry, Some("84208407；84400018")));
    assert_eq!(after.properties["area_ha"], before.properties["area_ha"], "a known value stays");
    let waiting = named(&app, "没见过的公园").await;
    assert_eq!(
        (waiting.status, waiting.geometry.is_none(), reasons(&waiting)),
        (Status::NeedsReview, true, vec!["no_position"])
    );
}

async fn a_waiting_place_gets_the_position_that_a_later_file_knows(app: TestApp) {
    let waiting = named(&app, "盐村公园").await;
    assert_eq!((waiting.status, waiting.geometry.is_none()), (Status::NeedsReview, true));
    let report =
        take_in(&app, "p.geojson", &collection(&[park("盐村公园", 114.3450, 22.6062)]), &request("测绘"))
            .await;
    assert_eq!(report.unwrap().count(Outcome::Matched), 1);
    let placed = named(&app, "盐村公园").await;
    assert_eq!(
        (placed.id, placed.status, &placed.address),
        (waiting.id, Status::Published, &waiting.address)
    );
    assert!(reasons(&placed).is_empty());
    let found = app.get(&format!("/map/collections/park/items/{}", placed.id)).await.ok();
    assert_eq!(found["geometry"]["coordinates"], json!([114.345, 22.6062]));
}

async fn the_next_edition_updates_the_same_place_and_keeps_what_people_decided(app: TestApp) {
    let edition = |phone: &str| {
        format!(
            "编号,名称,经度,纬度,电话\n7,甲公园,114.4125,22.6301,{phone}\n8,乙公园,114.4165,22.6321,{phone}\n"
        )
    };
    take_in(&app, "a.csv", edition("84200001").as_bytes(), &request("名录")).await.unwrap();
    let (first, second) = (named(&app, "甲公园").await, named(&app, "乙公园").await);
    let retire = second.id;
    app.state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                feature::Entity::update_many()
                    .col_expr(feature::Column::Status, sea_orm::sea_query::Expr::val("retired"))
                    .filter(feature::Column::Id.eq(retire))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    let report = take_in(&app, "b.csv", edition("84200002").as_bytes(), &request("名录")).await.unwrap();
    assert_eq!(report.count(Outcome::Updated), 2);
    let (updated, retired) = (named(&app, "甲公园").await, named(&app, "乙公园").await);
    assert_eq!((updated.id, updated.phone.as_deref(), updated.version), (first.id, Some("84200002"), 2));
    assert_eq!(retired.status, Status::Retired, "what people took off the map stays off");
}

async fn positions_in_another_datum_land_where_they_belong(app: TestApp) {
    let gcj02 = geodata::Wgs84::new(114.4125, 22.6301).unwrap().to_gcj02();
    let file = collection(&[park("高德公园", gcj02.lon, gcj02.lat)]);
    take_in(&app, "p.geojson", &file, &ImportRequest { datum: Datum::Gcj02, ..request("高德") })
        .await
        .unwrap();
    let row = named(&app, "高德公园").await;
    let point = geodata::geometry::from_wkb(row.geometry.as_deref().unwrap()).unwrap();
    let expected = geodata::Wgs84::new(114.4125, 22.6301).unwrap();
    assert!(geodata::geometry::distance_m(expected, &point) < 0.02);
}

async fn a_wrong_layer_or_region_is_told_which_are_right(app: TestApp) {
    let parks = collection(&[park("某公园", 114.4125, 22.6301)]);
    let layer = ImportRequest { layer_id: "parks".to_owned(), ..request("x") };
    let refused = take_in(&app, "p.geojson", &parks, &layer).await.unwrap_err().to_string();
    assert!(refused.contains("park（公园）"), "{refused}");
    let region = ImportRequest { region_code: "999".to_owned(), ..request("x") };
    let refused = take_in(&app, "p.geojson", &parks, &region).await.unwrap_err().to_string();
    assert!(refused.contains("440307009000（葵涌街道）"), "{refused}");
    let refused = take_in(&app, "photo.jpg", b"\xff\xd8", &request("x")).await.unwrap_err().to_string();
    assert!(refused.contains(".geojson"), "{refused}");
}

async fn a_damaged_geopackage_is_told_of_in_chinese(app: TestApp) {
    let mut damaged = b"SQLite format 3\0".to_vec();
    damaged.resize(4_096, 0xA5);
    let refused = take_in(&app, "p.gpkg", &damaged, &request("x")).await.unwrap_err();
    let refused = format!("{refused:#}");
    assert!(refused.contains("GeoPackage 无法读取"), "{refused}");
    assert!(!refused.contains("database") && !refused.contains("file"), "{refused}");
}

/// The city's park directory of 2024 as published: GBK, a title row, no coordinates, two numbers in a
/// cell. It is not part of the project; without it the test says so.
async fn the_real_park_directory_goes_through(app: TestApp) {
    let Some(folder) = corpus() else {
        say_skipped("the real park directory, because the corpus folder is not there (KANGTU_CORPUS)");
        return;
    };
    let request = ImportRequest {
        region_code: "440300".to_owned(),
        ..request("深圳市公园名录（2024，完整）")
    };
    let file = std::fs::read(folder.join("import/parks_1320_masked.gbk.csv")).unwrap();
    let before = rows(&app).await.len();
    let report = take_in(&app, "parks.csv", &file, &request).await.unwrap();
    assert_eq!((report.rows.len(), report.count(Outcome::Unreadable)), (1_320, 0));
    assert!(report.count(Outcome::Matched) >= 7, "the parks of 葵涌 are known already");
    assert_eq!(rows(&app).await.len(), before + report.count(Outcome::NeedsReview));
    let workbook = std::fs::read(folder.join("import/parks_1320_masked.xlsx")).unwrap();
    let again = take_in(&app, "parks.xlsx", &workbook, &request).await.unwrap();
    assert_eq!(again.count(Outcome::Unchanged), 1_320, "the workbook holds the same records");
}

fn corpus() -> Option<PathBuf> {
    let given = std::env::var_os("KANGTU_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    given.or(Some(beside)).filter(|folder| folder.is_dir())
}
