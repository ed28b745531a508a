//! Many places at once: what was exported is sent back.

use reqwest::Method;
use serde_json::{Value, json};

use super::{GEO_JSON, ITEMS, patch, place, pointers, published, publisher, tag_of};
use crate::access::{ELSEWHERE, HERE};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    what_was_exported_and_comes_back_changes_nothing,
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
