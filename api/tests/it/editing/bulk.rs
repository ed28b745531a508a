//! Many places at once: what was exported is sent back.

use geo::polygon;
use reqwest::Method;
use serde_json::{Value, json};

use super::{GEO_JSON, ITEMS, patch, place, pointers, published, publisher, tag_of};
use crate::access::{ELSEWHERE, HERE};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases, say_skipped};

on_both_databases!(
    what_was_exported_and_comes_back_changes_nothing,
    files_of_gis_programs_come_back_and_change_nothing,
    what_gdal_made_of_an_export_changes_nothing_but_what_was_edited,
    a_table_that_was_edited_changes_what_was_edited,
    changed_and_new_places_are_written_together,
    a_conflict_or_a_fault_keeps_the_whole_file_from_being_written,
    whoever_needs_another_to_agree_leaves_drafts,
    files_that_are_no_collections_are_refused,
    a_file_larger_than_other_bodies_is_taken,
);

const BULK: &str = "/api/v1/map/bulk-edits";

async fn send(caller: &Caller, apply: bool, file: &Value) -> TestResponse {
    let path = if apply { format!("{BULK}?apply=true") } else { BULK.to_owned() };
    let request = caller.request(Method::POST, &path).header("content-type", GEO_JSON);
    request.body(file.to_string()).send().await
}

async fn exported(app: &TestApp) -> Value {
    app.get(&format!("{ITEMS}?limit=10000")).await.ok()
}

fn counts(plan: &Value) -> [u64; 5] {
    ["new", "changed", "unchanged", "conflicts", "wrong"].map(|name| plan[name].as_u64().unwrap())
}

async fn what_was_exported_and_comes_back_changes_nothing(app: TestApp) {
    let caller = publisher(&app).await;
    let before = app.get("/api/v1/map/layers").await.ok()["revision"].clone();
    for layer in app.get("/map/collections").await.ok()["collections"].as_array().unwrap() {
        let items = format!("/map/collections/{}/items?limit=10000", layer["id"].as_str().unwrap());
        let file = app.get(&items).await.ok();
        let places = file["features"].as_array().unwrap().len() as u64;
        for apply in [false, true] {
            // Places of other regions may be in it: they do not change.
            let plan = send(&caller, apply, &file).await.ok();
            assert_eq!(counts(&plan), [0, 0, places, 0, 0], "{plan}");
            assert_eq!((&plan["applied"], &plan["rows"]), (&json!(apply), &json!([])));
        }
    }
    assert_eq!(app.get("/api/v1/map/layers").await.ok()["revision"], before);
}

async fn sent(caller: &Caller, more: &str, file: Vec<u8>) -> TestResponse {
    caller.request(Method::POST, &format!("{BULK}?{more}")).body(file).send().await
}

/// A place with everything that tables and databases have their own way to write.
async fn with_tricky_places(app: &TestApp) {
    let mut tricky = crate::ogc::place("park", "=带公式的名字", geo::Point::new(114.418_234_5, 22.637_1));
    tricky.address = Some("“一号”\"路\"，2 号".to_owned());
    HERE.clone_into(&mut tricky.region_code);
    tricky.entrances = vec![geodata::snapshot::Entrance {
        name: Some("东门".to_owned()),
        kind: "main".to_owned(),
        at: geodata::Wgs84 { lon: 114.4183, lat: 22.6372 },
    }];
    for (name, value) in [
        ("Name", json!("同名的列")),
        ("height_m", json!(12)),
        ("area_ha", json!(1.5)),
        ("lit", json!(true)),
        ("kinds", json!(["甲", "乙、丙"])),
        ("nested", json!({"甲": [1, null]})),
        ("nothing", Value::Null),
        ("empty", json!("")),
        ("none", json!([])),
    ] {
        tricky.properties.insert(name.to_owned(), value);
    }
    let mut other = crate::ogc::place(
        "park",
        "另一个公园",
        polygon![(x: 114.40, y: 22.60), (x: 114.41, y: 22.60), (x: 114.41, y: 22.61), (x: 114.40, y: 22.60)],
    );
    HERE.clone_into(&mut other.region_code);
    other.properties.insert("height_m".to_owned(), json!(3.25));
    other.properties.insert("lit".to_owned(), json!("傍晚"));
    crate::ogc::publish(app, vec![tricky, other]).await;
}

const ZONE: &str = "crs=http://www.opengis.net/def/crs/EPSG/0/4547";

async fn files_of_gis_programs_come_back_and_change_nothing(app: TestApp) {
    let caller = publisher(&app).await;
    with_tricky_places(&app).await;
    let before = app.get("/api/v1/map/layers").await.ok()["revision"].clone();
    for layer in app.get("/map/collections").await.ok()["collections"].as_array().unwrap() {
        let items = format!("/map/collections/{}/items", layer["id"].as_str().unwrap());
        let places = app.get(&items).await.ok()["numberMatched"].as_u64().unwrap();
        for query in ["f=geojsonseq", "f=gpkg", "f=csv", &format!("f=gpkg&{ZONE}")] {
            let file = app.get(&format!("{items}?{query}")).await.body;
            let plan = sent(&caller, "apply=true", file).await.ok();
            assert_eq!(counts(&plan), [0, 0, places, 0, 0], "{items} {query}: {plan}");
        }
    }
    assert_eq!(app.get("/api/v1/map/layers").await.ok()["revision"], before);
}

async fn what_gdal_made_of_an_export_changes_nothing_but_what_was_edited(app: TestApp) {
    let installed = std::process::Command::new("ogr2ogr").arg("--version").output().is_ok();
    if !installed {
        say_skipped("editing with GDAL, because ogr2ogr is not installed");
        return;
    }
    let caller = publisher(&app).await;
    with_tricky_places(&app).await;
    let exported = app.get("/map/collections/park/items?f=gpkg").await.body;
    let places = app.get("/map/collections/park/items").await.ok()["numberMatched"].as_u64().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("park.gpkg"), exported).unwrap();
    for (made, from, options) in [
        // Numbered anew, as QGIS does when it saves a layer under another name.
        ("copy.gpkg", "park.gpkg", &["-f", "GPKG", "-unsetFid"][..]),
        ("park.geojson", "copy.gpkg", &["-f", "GeoJSON"]),
        ("park.geojsonl", "copy.gpkg", &["-f", "GeoJSONSeq"]),
    ] {
        let output =
            std::process::Command::new("ogr2ogr").args(options).arg(at(made)).arg(at(from)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let plan = sent(&caller, "layer=park", std::fs::read(at(made)).unwrap()).await.ok();
        assert_eq!(counts(&plan), [0, 0, places, 0, 0], "{made}: {plan}");
    }
    let file = std::fs::read_to_string(at("park.geojson")).unwrap();
    assert!(file.contains("CRS84"), "GDAL names the reference system");
    let edited = file.replace("另一个公园", "改名的公园");
    let plan = sent(&caller, "apply=false", edited.into_bytes()).await.ok();
    assert_eq!((&plan["changed"], &plan["rows"][0]["changes"]), (&json!(1), &json!(["name"])), "{plan}");
}

async fn a_table_that_was_edited_changes_what_was_edited(app: TestApp) {
    let caller = publisher(&app).await;
    with_tricky_places(&app).await;
    let table = app.get("/map/collections/park/items?f=csv").await.text().to_owned();
    let edited = table.replace("另一个公园", "改名的公园");
    let plan = sent(&caller, "apply=false", edited.into_bytes()).await.ok();
    assert_eq!((&plan["changed"], &plan["rows"][0]["changes"]), (&json!(1), &json!(["name"])), "{plan}");
    // In a spreadsheet people move a point by its longitude and leave the shape.
    let moved = table.replace("114.4182345,22.6371,", "114.4192345,22.6371,");
    assert_ne!(moved, table);
    let plan = sent(&caller, "apply=false", moved.into_bytes()).await.ok();
    assert_eq!((&plan["changed"], &plan["rows"][0]["changes"]), (&json!(1), &json!(["geometry"])), "{plan}");
}

async fn changed_and_new_places_are_written_together(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("批量健身点", 114.4203, 22.6335)).await;
    let mut file = exported(&app).await;
    let known = file["features"].as_array().unwrap().len() as u64;
    let features = file["features"].as_array_mut().unwrap();
    let mine = features.iter_mut().find(|feature| feature["id"] == id).unwrap();
    mine["properties"]["surface"] = json!("木屑");
    let mut new = place("批量新点", 114.4233, 22.6365);
    new["properties"]["layer"] = json!("fitness_site");
    features.push(new);

    let plan = send(&caller, false, &file).await.ok();
    assert_eq!(counts(&plan), [1, 1, known - 1, 0, 0]);
    assert_eq!(plan["rows"][0]["changes"], json!(["surface"]));
    assert_eq!(plan["rows"][1]["outcome"], "new");
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "塑胶", "a plan writes nothing");

    let before = app.get("/api/v1/map/layers").await.ok()["revision"].as_u64().unwrap();
    let done = send(&caller, true, &file).await.ok();
    assert_eq!((&done["applied"], &done["drafts"]), (&json!(true), &json!(0)));
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "木屑");
    assert!(exported(&app).await.to_string().contains("批量新点"));
    let after = app.get("/api/v1/map/layers").await.ok()["revision"].as_u64().unwrap();
    assert_eq!(after, before + 1, "all of it is one revision");
    // The same file again is in conflict with what it did.
    let again = send(&caller, false, &file).await.ok();
    assert_eq!(again["conflicts"], 0, "what is there already is no conflict");
}

async fn a_conflict_or_a_fault_keeps_the_whole_file_from_being_written(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("冲突健身点", 114.4203, 22.6335)).await;
    let (good_path, good) = published(&caller, &place("没问题健身点", 114.4253, 22.6385)).await;
    let mut file = exported(&app).await;
    patch(&caller, &path, &tag_of(&app, &path).await, &json!({"properties": {"phone": "110"}})).await.ok();
    let features = file["features"].as_array_mut().unwrap();
    for feature in features.iter_mut().filter(|feature| feature["id"] == id || feature["id"] == good) {
        feature["properties"]["surface"] = json!("木屑");
    }
    let mut unversioned = features.iter().find(|feature| feature["id"] == good).unwrap().clone();
    features.push(json!({"type": "Feature", "id": 999_999, "geometry": null, "properties": {}}));
    features.push(json!({"type": "Feature", "geometry": null, "properties": {"layer": "fitness_site"}}));
    features.push(json!(7));
    let at = features.len();
    let plan = send(&caller, false, &file).await.ok();
    assert_eq!((&plan["changed"], &plan["conflicts"], &plan["wrong"]), (&json!(1), &json!(1), &json!(3)));
    let refused = send(&caller, true, &file).await.problem(422, "invalid");
    let told = pointers(&refused);
    for pointer in [
        format!("/features/{}/id", at - 3),
        format!("/features/{}/properties/name", at - 2),
        format!("/features/{}/properties/layer", at - 1),
    ] {
        assert!(told.contains(&pointer.as_str()), "{pointer} is missing in {refused}");
    }
    assert!(refused.to_string().contains("moved_on"));
    assert_eq!(app.get(&good_path).await.ok()["properties"]["surface"], "塑胶", "nothing was written");

    unversioned["properties"].as_object_mut().unwrap().remove("version");
    let twice = json!({"type": "FeatureCollection", "features": [unversioned, unversioned]});
    let plan = send(&caller, false, &twice).await.ok();
    assert_eq!(plan["rows"][0]["errors"][0]["pointer"], "/properties/version");
    assert_eq!(plan["rows"][1]["errors"][0]["code"], "repeated");
    let mut theirs = place("别区的点", 114.4203, 22.6335);
    theirs["properties"]["layer"] = json!("fitness_site");
    theirs["properties"]["region_code"] = json!(ELSEWHERE);
    let file = json!({"type": "FeatureCollection", "features": [theirs]});
    let plan = send(&caller, false, &file).await.ok();
    assert_eq!(plan["rows"][0]["errors"][0]["code"], "another_region");
}

async fn whoever_needs_another_to_agree_leaves_drafts(app: TestApp) {
    let (path, id) = published(&publisher(&app).await, &place("草稿批量点", 114.4203, 22.6335)).await;
    let editor = app.staff("editor", HERE).await;
    let mut file = exported(&app).await;
    let features = file["features"].as_array_mut().unwrap();
    features.iter_mut().find(|feature| feature["id"] == id).unwrap()["properties"]["surface"] = json!("木屑");
    let plan = send(&editor, true, &file).await.ok();
    assert_eq!((&plan["applied"], &plan["drafts"], &plan["changed"]), (&json!(true), &json!(1), &json!(1)));
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "塑胶");
    let queue = editor.get("/api/v1/map/drafts?state=in_review").await.ok();
    assert_eq!(queue["items"][0]["feature_id"], id);
}

async fn files_that_are_no_collections_are_refused(app: TestApp) {
    let caller = publisher(&app).await;
    for (file, code) in [
        (json!({"type": "Feature"}), "not_a_collection"),
        (json!({"type": "FeatureCollection"}), "not_a_collection"),
        (json!({"type": "FeatureCollection", "features": [], "crs": {}}), "old_crs"),
        (
            json!({"type": "FeatureCollection", "features": [],
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}}),
            "old_crs",
        ),
        (json!({"type": "FeatureCollection", "features": 7}), "bad_json"),
        (json!({"type": "FeatureCollection", "features": vec![json!({}); 20_001]}), "too_many_features"),
    ] {
        send(&caller, true, &file).await.problem(400, code);
    }
    let cut = caller.request(Method::POST, BULK).header("content-type", GEO_JSON);
    cut.body("{\"type\":\"FeatureCollection\",\"features\":[{").send().await.problem(400, "bad_json");
    let unclear = caller.request(Method::POST, &format!("{BULK}?apply=yes")).body("{}").send().await;
    unclear.problem(400, "bad_parameter");
    let nobody = app.request(Method::POST, BULK).body("{}").send().await;
    nobody.problem(401, "login_required");
    for (file, code) in [
        (&b"<kml/>"[..], "unknown_format"),
        (b"PK\x03\x04\0\0", "unknown_format"),
        (b"SQLite format 3\0and no more", "unreadable_file"),
        (b"a,b\n1,2\n", "unknown_format"),
        (b"\x1E{\"type\":\"Feature\"}\n\x1E{\n", "bad_json"),
    ] {
        sent(&caller, "apply=true", file.to_vec()).await.problem(400, code);
    }
    // Known places whose number was lost are not taken for new ones.
    let mut lost = exported(&app).await;
    lost["features"][0].as_object_mut().unwrap().remove("id");
    let plan = send(&caller, false, &lost).await.ok();
    assert_eq!((&plan["rows"][0]["errors"][0]["pointer"], &plan["new"]), (&json!("/id"), &json!(0)));
    let mut ambiguous = exported(&app).await;
    ambiguous["features"][0]["properties"]["id"] = json!(999_998);
    let plan = send(&caller, false, &ambiguous).await.ok();
    assert_eq!(plan["rows"][0]["errors"][0]["code"], "ambiguous");
    let empty = send(&caller, true, &json!({"type": "FeatureCollection", "features": []})).await.ok();
    assert_eq!(counts(&empty), [0; 5]);
}

async fn a_file_larger_than_other_bodies_is_taken(app: TestApp) {
    let caller = publisher(&app).await;
    let features: Vec<Value> = (0..6_000_u32)
        .map(|number| {
            let (column, row) = (f64::from(number % 100), f64::from(number / 100));
            let mut feature =
                place(&format!("批量点{number}"), 114.40 + column * 0.0004, 22.625 + row * 0.0003);
            feature["properties"]["layer"] = json!("fitness_site");
            feature
        })
        .collect();
    let file = json!({"type": "FeatureCollection", "features": features});
    assert!(file.to_string().len() > 1 << 20);
    let plan = send(&caller, false, &file).await.ok();
    assert_eq!(plan["new"].as_u64().unwrap() + plan["wrong"].as_u64().unwrap(), 6_000);
    assert_eq!(plan["rows"].as_array().unwrap().len(), 1_000);
    assert_eq!(plan["shortened"], true);
}
