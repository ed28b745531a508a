//! Lists of places and single places as files: what GDAL reads of them, and that they come back the same.

use std::path::Path;
use std::process::Command;

use geo::{line_string, point, polygon};
use geodata::Datum;
use geodata::geometry::{read_geometry, repaired, write_geometry};
use geodata::import::ColumnMapping;
use kangtu::map::import::{self, ImportRequest, Outcome};
use serde_json::{Value, json};

use super::{accepting, features, href, links, place, publish, text};
use crate::support::command::{complained, kangtu, said};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(
    each_format_is_had_by_f_and_by_accept,
    every_file_that_a_list_links_to_can_be_had,
    a_file_has_the_properties_and_the_reference_system_that_are_asked_for,
    a_long_filter_does_not_outgrow_the_headers,
    gdal_reads_each_format_with_the_same_shapes_and_names,
    a_file_holds_everything_unless_there_is_a_limit_and_then_pages,
    what_was_exported_is_imported_again_without_a_change,
    a_geopackage_that_is_damaged_or_full_of_tricks_brings_nothing_in,
    one_greenway_comes_as_gpx,
);

mod commands {
    use super::on_both_databases;

    on_both_databases!(in world: the_whole_map_is_written_by_a_command);

    async fn the_whole_map_is_written_by_a_command(world: &super::World) {
        super::the_whole_map_is_written_by_a_command(world).await;
    }
}

/// Name in `f`, media type, end of the file name.
const FORMATS: [(&str, &str, &str); 7] = [
    ("geojsonseq", "application/geo+json-seq", "geojsons"),
    ("fgb", "application/flatgeobuf", "fgb"),
    ("gpkg", "application/geopackage+sqlite3", "gpkg"),
    ("gpx", "application/gpx+xml", "gpx"),
    ("kml", "application/vnd.google-earth.kml+xml", "kml"),
    ("csv", "text/csv", "csv"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
];
const ITEMS: &str = "/map/collections/park/items";

async fn three_more_parks(app: &TestApp) {
    let square =
        polygon![(x: 114.40, y: 22.60), (x: 114.41, y: 22.60), (x: 114.41, y: 22.61), (x: 114.40, y: 22.60)];
    let mut nasty = place("park", "=cmd|'/c calc'!A1", point!(x: 114.418_234_5, y: 22.637_1));
    nasty.address = Some("“一号”\"路\"，2 号<b>&".to_owned());
    nasty.properties.insert("height_m".to_owned(), json!(12.5));
    nasty.properties.insert("Name".to_owned(), json!("同名的列"));
    publish(
        app,
        vec![
            place("park", "葵涌测试公园", square),
            nasty,
            place("park", "环山道", line_string![(x: 114.45, y: 22.6), (x: 114.46, y: 22.61)]),
        ],
    )
    .await;
}

async fn each_format_is_had_by_f_and_by_accept(app: TestApp) {
    three_more_parks(&app).await;
    let list = app.get(ITEMS).await.ok();
    let collection = app.get("/map/collections/park").await.ok();
    for (f, media_type, extension) in FORMATS {
        let by_f = app.get(&format!("{ITEMS}?f={f}")).await;
        assert_eq!((by_f.status, by_f.media_type()), (200, media_type), "{}", by_f.status);
        let by_accept = accepting(&app, ITEMS, media_type).await;
        assert_eq!(by_accept.media_type(), media_type);
        assert_eq!(by_accept.body, by_f.body, "{f}");
        let name = by_f.header("content-disposition").unwrap();
        assert!(name.contains(&format!("filename=\"park.{extension}\"")), "{name}");
        assert!(by_f.header("content-crs").unwrap().contains("CRS84"));
        let matched = list["numberMatched"].to_string();
        assert_eq!(by_f.header("ogc-numbermatched"), Some(matched.as_str()));
        assert_eq!(by_f.header("ogc-numberreturned"), Some(matched.as_str()));
        let tag = by_f.header("etag").unwrap().to_owned();
        let again = app.request(reqwest::Method::GET, &format!("{ITEMS}?f={f}"));
        assert_eq!(again.header("if-none-match", &tag).send().await.status, 304);
        assert!(href(&list, "alternate", media_type).contains(&format!("f={f}")));
        assert!(href(&collection, "items", media_type).contains(&format!("f={f}")));
    }
    assert!(links(&list, "self").len() == 1);
    app.get(&format!("{ITEMS}?f=shp")).await.problem(400, "bad_parameter");
    app.get(&format!("{ITEMS}?f=fgb&bbox=1,2")).await.problem(400, "bad_parameter");
    app.get("/map/collections/nothing/items?f=fgb").await.problem(404, "collection_not_found");
    assert!(app.get("/map/collections/park?f=html").await.text().contains("f=gpkg"));
}

const ZONE: &str = "crs=http://www.opengis.net/def/crs/EPSG/0/4547";

async fn every_file_that_a_list_links_to_can_be_had(app: TestApp) {
    three_more_parks(&app).await;
    let id = features(&app, "park").await[0]["id"].to_string();
    for (path, files) in [
        (format!("{ITEMS}?properties=name&limit=2"), FORMATS.len()),
        (format!("{ITEMS}?{ZONE}&properties=name"), 2),
        (format!("{ITEMS}?crs=http://www.opengis.net/def/crs/EPSG/0/4326"), 2),
        (format!("{ITEMS}/{id}"), FORMATS.len()),
        (format!("{ITEMS}/{id}?{ZONE}"), 2),
    ] {
        let body = app.get(&path).await.ok();
        let listed = links(&body, "alternate");
        let listed: Vec<_> = listed.into_iter().filter(|link| link["type"] != "text/html").collect();
        assert_eq!(listed.len(), files, "{path}");
        for link in listed {
            let file = app.get(text(link, "href")).await;
            assert_eq!((file.status, file.media_type()), (200, text(link, "type")), "{link}");
        }
    }
    for f in ["geojsonseq", "gpx", "kml", "csv", "xlsx"] {
        let refused = app.get(&format!("{ITEMS}?f={f}&{ZONE}")).await.problem(400, "bad_parameter");
        assert_eq!(refused["parameter"], "crs", "{refused}");
    }
}

async fn a_file_has_the_properties_and_the_reference_system_that_are_asked_for(app: TestApp) {
    three_more_parks(&app).await;
    let query = "properties=name,height_m&name=葵涌测试公园";
    let line = app.get(&format!("{ITEMS}?f=geojsonseq&{query}")).await;
    let line = line.text();
    let feature: Value = serde_json::from_str(line.trim_start_matches('\u{1E}')).unwrap();
    assert_eq!(feature["properties"], json!({"name": "葵涌测试公园"}));
    let table = app.get(&format!("{ITEMS}?f=csv&{query}")).await;
    let table = table.text();
    assert_eq!(table.lines().next().unwrap().trim_start_matches('\u{FEFF}'), "编号,名称,经度,纬度,WKT");
    for f in ["gpkg", "fgb"] {
        let file = app.get(&format!("{ITEMS}?f={f}&{ZONE}&{query}")).await;
        assert_eq!(file.header("content-crs"), Some("<http://www.opengis.net/def/crs/EPSG/0/4547>"));
        if !has_gdal() {
            continue;
        }
        let name = format!("park.{f}");
        let back = read_by_gdal(&file.body, &name, &["-t_srs", "EPSG:4326"]);
        assert_eq!(back.len(), 1, "{f}");
        let properties = back[0]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().map(String::as_str).collect::<Vec<_>>(), ["id", "name"], "{f}");
        let as_drawn = app.get(&format!("{ITEMS}?name=葵涌测试公园")).await.ok();
        let drawn = &as_drawn["features"][0]["geometry"]["coordinates"][0];
        let read = &back[0]["geometry"]["coordinates"][0];
        let numbers = |ring: &Value| {
            let positions = ring.as_array().unwrap().iter().flat_map(|at| at.as_array().unwrap());
            positions.map(|number| number.as_f64().unwrap()).collect::<Vec<_>>()
        };
        let (drawn, read) = (numbers(drawn), numbers(read));
        assert_eq!(drawn.len(), read.len(), "{f}");
        for number in &drawn {
            assert!(read.iter().any(|other| (number - other).abs() < 1e-5), "{f}: {number} {read:?}");
        }
    }
}

async fn a_long_filter_does_not_outgrow_the_headers(app: TestApp) {
    three_more_parks(&app).await;
    let names: Vec<String> = (0..80).map(|n| format!("'公园{n}'")).collect();
    let filter = format!("name NOT IN ({})", names.join(","));
    let encoded = percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC);
    let list = app.get(&format!("{ITEMS}?limit=1&filter={encoded}")).await;
    assert_eq!(list.header("link"), None, "not even `next` fits");
    assert!(links(&list.ok(), "next").len() == 1, "the body has it");
    let file = app.get(&format!("{ITEMS}?f=fgb&limit=1&filter={encoded}")).await;
    let told = file.header("link").unwrap();
    assert!(told.contains("rel=\"next\"") && !told.contains("rel=\"self\""), "{told}");
}

fn read_by_gdal(file: &[u8], name: &str, options: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join(name), folder.path().join("read.geojson"));
    std::fs::write(&source, file).unwrap();
    let mut command = Command::new("ogr2ogr");
    command.args(options).args(["-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=7"]);
    let output = command.arg(&target).arg(&source).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !errors.contains("ERROR"), "{name}: {errors}");
    let mut body: Value = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    let Value::Array(features) = body["features"].take() else { panic!("{body}") };
    features
}

fn shape(geometry: &Value) -> String {
    let mut out = Vec::new();
    write_geometry(&repaired(read_geometry(geometry).unwrap()), 7, &mut out);
    String::from_utf8(out).unwrap()
}

fn has_gdal() -> bool {
    let installed = Command::new("ogr2ogr").arg("--version").output().is_ok();
    if !installed {
        say_skipped("reading downloads with GDAL, because ogr2ogr is not installed");
    }
    installed
}

async fn gdal_reads_each_format_with_the_same_shapes_and_names(app: TestApp) {
    three_more_parks(&app).await;
    if !has_gdal() {
        return;
    }
    let places = features(&app, "park").await;
    for (f, _, extension) in FORMATS {
        let file = app.get(&format!("{ITEMS}?f={f}")).await.body;
        let (name, options): (&str, &[&str]) = match f {
            "gpx" => continue,
            "kml" => ("Name", &[]),
            "csv" => ("名称", &[]),
            "xlsx" => ("名称", &["-oo", "HEADERS=FORCE"]),
            _ => ("name", &[]),
        };
        let read = read_by_gdal(&file, &format!("park.{extension}"), options);
        assert_eq!(read.len(), places.len(), "{f}");
        for place in &places {
            let own_name = text(&place["properties"], "name");
            let known = |feature: &&Value| {
                feature["properties"][name]
                    .as_str()
                    .is_some_and(|read| read.trim_start_matches('\'') == own_name)
            };
            let found = read.iter().find(known).unwrap_or_else(|| panic!("{f} lost {own_name}: {read:?}"));
            if f != "xlsx" && !place["geometry"].is_null() {
                assert_eq!(shape(&found["geometry"]), shape(&place["geometry"]), "{f}: {own_name}");
            }
        }
    }
    let file = app.get(&format!("{ITEMS}?f=gpkg")).await.body;
    let read = read_by_gdal(&file, "park.gpkg", &["-where", "height_m = 12.5"]);
    assert_eq!(read.len(), 1);
    assert_eq!(read[0]["properties"]["Name_"], "同名的列");
    let near = "114.418,22.637,114.419,22.638";
    let file = app.get(&format!("{ITEMS}?f=fgb&bbox={near}")).await.body;
    assert_eq!(read_by_gdal(&file, "near.fgb", &[]).len(), 1);
}

async fn a_file_holds_everything_unless_there_is_a_limit_and_then_pages(app: TestApp) {
    let many =
        (0..250).map(|n| place("park", &format!("公园{n}"), point!(x: 114.4 + f64::from(n) * 1e-4, y: 22.6)));
    publish(&app, many.collect()).await;
    let all = app.get(&format!("{ITEMS}?f=geojsonseq")).await;
    let matched: usize = all.header("ogc-numbermatched").unwrap().parse().unwrap();
    assert_eq!(all.text().lines().count(), matched);
    assert!(matched > 250 && !all.header("link").unwrap().contains("rel=\"next\""));

    let mut next = format!("{ITEMS}?f=geojsonseq&limit=100");
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let page = app.get(&next).await;
        assert_eq!(page.status, 200);
        ids.extend(page.text().lines().map(|line| {
            let feature: Value = serde_json::from_str(line.trim_start_matches('\u{1E}')).unwrap();
            feature["id"].as_u64().unwrap()
        }));
        pages += 1;
        let link = page.header("link").unwrap();
        let Some(found) = link.split(", <").find(|link| link.contains("rel=\"next\"")) else { break };
        assert!(found.contains("type=\"application/geo+json-seq\""), "{found}");
        found.trim_start_matches('<').split('>').next().unwrap().clone_into(&mut next);
    }
    assert_eq!((ids.len(), pages), (matched, matched.div_ceil(100)));
    assert!(ids.is_sorted());
}

fn request(source: &str) -> ImportRequest {
    ImportRequest {
        layer_id: "smoke_free_place".to_owned(),
        region_code: "440307009".to_owned(),
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

/// Each file goes into a layer of its own source; a second time it says the same.
async fn what_was_exported_is_imported_again_without_a_change(app: TestApp) {
    three_more_parks(&app).await;
    let places = features(&app, "park").await;
    for (f, _, extension) in FORMATS {
        if f == "fgb" {
            continue;
        }
        let file = app.get(&format!("{ITEMS}?f={f}")).await.body;
        let (name, request) = (format!("park.{extension}"), request(f));
        let first = import::run(&app.state.database, &app.clock, &name, &file, &request).await;
        let first = first.unwrap_or_else(|error| panic!("{f}: {error:?}"));
        assert_eq!(first.count(Outcome::Unreadable), 0, "{f}: {first:?}");
        assert_eq!(first.rows.len(), places.len(), "{f}");
        let again = import::run(&app.state.database, &app.clock, &name, &file, &request).await.unwrap();
        assert_eq!(again.count(Outcome::Unchanged), places.len(), "{f}: {again:?}");
        let names: Vec<&str> = first.rows.iter().map(|row| row.name.as_str()).collect();
        for place in &places {
            assert!(names.contains(&text(&place["properties"], "name")), "{f}: {names:?}");
        }
    }
}

async fn a_geopackage_that_is_damaged_or_full_of_tricks_brings_nothing_in(app: TestApp) {
    three_more_parks(&app).await;
    let file = app.get(&format!("{ITEMS}?f=gpkg")).await.body;
    let revision = app.state.map.current().snapshot.revision();
    let mut request = request("gpkg");
    request.dry_run = true;
    for end in [17, 100, 4_096, 5_000, file.len() - 4_096] {
        let refused = import::run(&app.state.database, &app.clock, "a.gpkg", &file[..end], &request).await;
        assert!(refused.is_err(), "{end} bytes of {}", file.len());
    }
    let tricks = [
        "PRAGMA foreign_keys = OFF; DROP TABLE gpkg_contents; CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS table_name FROM n",
        "ALTER TABLE park RENAME TO other; CREATE VIEW park AS SELECT * FROM other",
    ];
    for trick in tricks {
        let made = tricked(&file, trick).await;
        let refused = import::run(&app.state.database, &app.clock, "a.gpkg", &made, &request).await;
        assert!(refused.is_err(), "{trick}");
    }
    assert_eq!(app.state.map.current().snapshot.revision(), revision);
}

/// The file after somebody ran a statement on it.
async fn tricked(file: &[u8], statement: &'static str) -> Vec<u8> {
    use sqlx::{Connection, Executor};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    std::fs::write(&path, file).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute(statement).await.unwrap();
    connection.close().await.unwrap();
    std::fs::read(&path).unwrap()
}

async fn one_greenway_comes_as_gpx(app: TestApp) {
    let line = line_string![(x: 114.45, y: 22.6), (x: 114.46, y: 22.61)];
    publish(&app, vec![place("greenway", "海边绿道", line)]).await;
    let greenway =
        features(&app, "greenway").await.into_iter().find(|one| one["properties"]["name"] == "海边绿道");
    let id = greenway.unwrap()["id"].to_string();
    let address = format!("/map/collections/greenway/items/{id}");
    let file = app.get(&format!("{address}?f=gpx")).await;
    assert_eq!(file.media_type(), "application/gpx+xml");
    assert!(file.text().contains("<trk><name>海边绿道</name>"), "{}", file.text());
    assert!(file.text().contains("<trkpt lat=\"22.6\" lon=\"114.45\"/>"));
    let body = app.get(&address).await.ok();
    assert!(href(&body, "alternate", "application/gpx+xml").ends_with("?f=gpx"));
    app.get("/map/collections/greenway/items/999999?f=gpx").await.problem(404, "feature_not_found");
}

async fn the_whole_map_is_written_by_a_command(world: &World) {
    let settings = world.settings();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (gpkg, split) = (at("map.gpkg"), at("layers"));
    let told = said(&kangtu(&settings, &["export", &gpkg, "--format", "gpkg"]).await);
    assert!(told.contains("12 个图层") && told.contains("map.gpkg"), "{told}");
    let refused = complained(&kangtu(&settings, &["export", &gpkg, "--format", "gpkg"]).await);
    assert!(refused.contains("--force"), "{refused}");
    said(&kangtu(&settings, &["export", &gpkg, "--format", "gpkg", "--force", "--layers", "park"]).await);
    said(&kangtu(&settings, &["export", &split, "--format", "fgb"]).await);
    assert!(Path::new(&split).join("park.fgb").is_file());
    let elsewhere =
        complained(&kangtu(&settings, &["export", &at("a"), "--format", "csv", "--region", "11"]).await);
    assert!(elsewhere.contains("区划"), "{elsewhere}");
    let unknown =
        complained(&kangtu(&settings, &["export", &at("a"), "--format", "csv", "--layers", "moon"]).await);
    assert!(unknown.contains("park"), "{unknown}");
    let inside = ["export", &at("a.csv"), "--format", "csv", "--region", "440307009", "--layers", "park"];
    said(&kangtu(&settings, &inside).await);
    let leftovers = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(leftovers.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));
    if has_gdal() {
        let read = read_by_gdal(&std::fs::read(&gpkg).unwrap(), "map.gpkg", &[]);
        assert!(!read.is_empty());
    }
}
