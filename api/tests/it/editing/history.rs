//! What places were before.

use std::sync::Arc;

use kangtu::map::edit::{FeatureEdit, Origin, write};
use serde_json::json;

use super::{delete, number, patch, place, published, publisher, put, tag_of};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_version_is_kept_and_tells_who_made_it,
    an_older_version_comes_back_as_a_draft,
    a_place_that_was_taken_off_the_map_comes_back,
    an_import_leaves_what_it_replaced,
    the_past_is_for_staff_of_the_region,
);

async fn every_version_is_kept_and_tells_who_made_it(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("历史健身点", 114.4203, 22.6335)).await;
    let first = app.get(&path).await.ok();
    let entrances = json!({"properties": {"entrances": [{"name": "南门", "kind": "main", "lon": 114.4203, "lat": 22.6335}]}});
    patch(&caller, &path, &tag_of(&app, &path).await, &entrances).await.ok();
    put(&caller, &path, &tag_of(&app, &path).await, &place("历史健身点二", 114.4213, 22.6345)).await.ok();
    let history = format!("/api/v1/map/features/{id}/history");
    let listed = caller.get(&history).await.ok();
    let told: Vec<_> = listed["items"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 3);
    for (item, (version, name)) in
        told.iter().zip([(3, "历史健身点二"), (2, "历史健身点"), (1, "历史健身点")])
    {
        assert_eq!((&item["version"], &item["name"]), (&json!(version), &json!(name)));
        assert_eq!((&item["changed_by"], &item["current"]), (&json!("测试员"), &json!(version == 3)));
    }
    let old = caller.get(&format!("{history}/1")).await.ok();
    assert_eq!(old["feature"]["geometry"], first["geometry"]);
    assert_eq!(old["feature"]["properties"]["surface"], "塑胶");
    assert_eq!(old["feature"]["properties"]["entrances"], json!([]));
    let old = caller.get(&format!("{history}/2")).await.ok();
    assert_eq!(old["feature"]["properties"]["entrances"][0]["name"], "南门");
    caller.get(&format!("{history}/4")).await.problem(404, "version_not_found");
}

async fn an_older_version_comes_back_as_a_draft(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("恢复健身点", 114.4203, 22.6335)).await;
    put(&caller, &path, &tag_of(&app, &path).await, &place("改坏了", 114.4213, 22.6345)).await.ok();
    let restore = |version: i32| format!("/api/v1/map/features/{id}/history/{version}/restore");
    caller.post(&restore(2), &json!({})).await.problem(409, "is_current");
    let draft = caller.post(&restore(1), &json!({})).await;
    assert_eq!(draft.status, 201, "{}", draft.text());
    assert_eq!(app.get(&path).await.ok()["properties"]["name"], "改坏了");
    let submit = format!("{}/submit", draft.header("location").unwrap());
    let done = caller.post_version(&submit, 1, &json!({})).await.ok();
    assert_eq!(done["state"], "published", "nobody else has to agree here");
    let restored = app.get(&path).await.ok();
    assert_eq!(restored["properties"]["name"], "恢复健身点");
    assert_eq!(restored["geometry"]["coordinates"], json!([114.4203, 22.6335]));
    assert_eq!(restored["properties"]["version"], 3);
    let history = caller.get(&format!("/api/v1/map/features/{id}/history")).await.ok();
    assert_eq!(history["items"][0]["note"], "恢复第 1 版");
}

async fn a_place_that_was_taken_off_the_map_comes_back(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("误删健身点", 114.4203, 22.6335)).await;
    assert_eq!(delete(&caller, &path, &tag_of(&app, &path).await).await.status, 204);
    let draft = caller.post(&format!("/api/v1/map/features/{id}/history/1/restore"), &json!({})).await;
    let submit = format!("{}/submit", draft.header("location").unwrap());
    caller.post_version(&submit, 1, &json!({})).await.ok();
    assert_eq!(app.get(&path).await.ok()["properties"]["name"], "误删健身点");
}

async fn an_import_leaves_what_it_replaced(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("导入前", 114.4203, 22.6335)).await;
    let next = |name: &str| {
        let draft = crate::ogc::place("fitness_site", name, geo::Point::new(114.4203, 22.6335));
        let origin = Origin { source: "名录".into(), key: name.into(), hash: "1".into() };
        FeatureEdit::Replace(id, Box::new(draft), Some(origin))
    };
    // Two records of one file about the same place: the version in between is kept as well.
    let edits: Arc<[FeatureEdit]> = [next("导入一"), next("导入二")].into();
    let now = app.clock.now();
    let written = app
        .state
        .database
        .write(move |transaction| Box::pin(write(transaction, Arc::clone(&edits), now)))
        .await;
    written.unwrap();
    app.state.map.refresh(&app.state.database, &app.state.metrics).await.unwrap();
    assert_eq!(app.get(&path).await.ok()["properties"]["name"], "导入二");
    let street = app.staff("editor", "440307009000").await;
    let history = street.get(&format!("/api/v1/map/features/{id}/history")).await.ok();
    let told: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (number(&item["version"]), item["name"].as_str().unwrap(), item["changed_by"].as_str()))
        .collect();
    assert_eq!(told, [(3, "导入二", None), (2, "导入一", None), (1, "导入前", Some("测试员"))]);
}

async fn the_past_is_for_staff_of_the_region(app: TestApp) {
    let caller = publisher(&app).await;
    let (_, id) = published(&caller, &place("谁的历史", 114.4203, 22.6335)).await;
    let history = format!("/api/v1/map/features/{id}/history");
    app.get(&history).await.problem(401, "login_required");
    let neighbour = app.staff("editor", ELSEWHERE).await;
    neighbour.get(&history).await.problem(404, "feature_not_found");
    neighbour.get(&format!("{history}/1")).await.problem(404, "feature_not_found");
    neighbour.post(&format!("{history}/1/restore"), &json!({})).await.problem(404, "feature_not_found");
    app.staff("reviewer", HERE).await.get(&history).await.ok();
    app.staff("supervisor", HERE).await.get(&history).await.problem(403, "not_permitted");
    let unknown = caller.get("/api/v1/map/features/999999/history").await;
    unknown.problem(404, "feature_not_found");
}
