//! Photos of a place.

use serde_json::{Value, json};

use super::{place, pointers, published, publisher, tag_of};
use crate::access::{ELSEWHERE, HERE};
use crate::media::{another_video, photo, uploaded};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    photos_are_added_put_in_order_and_taken_away,
    photos_are_put_with_the_tag_of_the_place_that_was_read,
    a_photo_that_a_place_shows_cannot_be_deleted,
    photos_of_whoever_may_not_publish_wait,
    wrong_photos_are_refused,
);

fn items(ids: &[&Value]) -> Value {
    let items: Vec<Value> =
        ids.iter().map(|id| json!({"media_id": id, "caption": "正门", "credit": "葵涌街道"})).collect();
    json!({"items": items})
}

async fn photos_are_added_put_in_order_and_taken_away(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("有照片的点", 114.4203, 22.6335)).await;
    let first = uploaded(&caller, photo(1_600, 1_200, 31)).await;
    let second = uploaded(&caller, photo(800, 600, 32)).await;
    let address = format!("/api/v1/map/features/{id}/photos");
    let shown = format!("/api/v1/map/features/{id}");
    assert_eq!(app.get(&shown).await.ok()["photos"], json!([]));
    caller.put(&address, &items(&[])).await.problem(428, "version_required");

    let both = items(&[&first["id"], &second["id"]]);
    let answer = caller.put_version(&address, 1, &both).await;
    assert_eq!(answer.ok(), json!({"version": 2, "draft_id": null}));
    let place = app.get(&shown).await.ok();
    assert_eq!(place["version"], 2);
    assert_eq!(place["photos"][0]["media_id"], first["id"]);
    assert_eq!(
        (&place["photos"][0]["caption"], &place["photos"][0]["credit"]),
        (&json!("正门"), &json!("葵涌街道"))
    );
    assert_eq!(place["photos"][0]["width"], 1_600);
    for url in [&place["photos"][0]["url"], &place["photos"][0]["sizes"][0]["url"]] {
        let file = app.get(url.as_str().unwrap()).await;
        assert_eq!((file.status, file.media_type()), (200, "image/jpeg"));
    }
    // The same again is no change, and what an edit does not name stays.
    assert_eq!(caller.put_version(&address, 2, &both).await.ok()["version"], 2);
    let patched = json!({"properties": {"surface": "草地"}});
    super::patch(&caller, &path, &tag_of(&app, &path).await, &patched).await.ok();
    assert_eq!(app.get(&shown).await.ok()["photos"].as_array().unwrap().len(), 2);

    caller.put_version(&address, 2, &items(&[&second["id"]])).await.problem(412, "stale_version");
    caller.put_version(&address, 3, &items(&[&second["id"], &first["id"]])).await.ok();
    assert_eq!(app.get(&shown).await.ok()["photos"][0]["media_id"], second["id"]);
    caller.put_version(&address, 4, &items(&[&second["id"]])).await.ok();
    assert_eq!(app.get(&shown).await.ok()["photos"].as_array().unwrap().len(), 1);
    caller.put_version(&address, 5, &items(&[])).await.ok();
    assert_eq!(app.get(&shown).await.ok()["photos"], json!([]));
    let history = caller.get(&format!("{shown}/history")).await.ok();
    assert_eq!(history["items"].as_array().unwrap().len(), 6);
    assert_eq!(history["items"][0]["note"], "更换照片");
}

async fn photos_are_put_with_the_tag_of_the_place_that_was_read(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("读了再换照片的点", 114.4203, 22.6335)).await;
    let picture = uploaded(&caller, photo(800, 600, 36)).await;
    let address = format!("/api/v1/map/features/{id}/photos");
    let put = |tag: String| {
        let body = items(&[&picture["id"]]).to_string();
        let request =
            caller.request(reqwest::Method::PUT, &address).header("content-type", "application/json");
        request.header("if-match", &tag).body(body).send()
    };
    let read = tag_of(&app, &path).await;
    assert_eq!(put(read.clone()).await.ok()["version"], 2);
    put(read).await.problem(412, "stale_version");
    assert_eq!(put("*".to_owned()).await.ok()["version"], 2, "the same again is no change");
    put("2".to_owned()).await.problem(400, "bad_if_match");
}

async fn a_photo_that_a_place_shows_cannot_be_deleted(app: TestApp) {
    let caller = publisher(&app).await;
    let (_, id) = published(&caller, &place("留照片的点", 114.4203, 22.6335)).await;
    let picture = uploaded(&caller, photo(800, 600, 33)).await;
    let address = format!("/api/v1/map/features/{id}/photos");
    caller.put_version(&address, 1, &items(&[&picture["id"]])).await.ok();
    let medium = format!("/api/v1/media/{}", picture["id"].as_str().unwrap());
    let refused = caller.delete_version(&medium, 1).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    caller.put_version(&address, 2, &items(&[])).await.ok();
    assert_eq!(caller.delete_version(&medium, 1).await.status, 204);
}

async fn photos_of_whoever_may_not_publish_wait(app: TestApp) {
    let (_, id) = published(&publisher(&app).await, &place("待审照片点", 114.4203, 22.6335)).await;
    let (editor, reviewer) = (app.staff("editor", HERE).await, app.staff("reviewer", HERE).await);
    let picture = uploaded(&editor, photo(800, 600, 34)).await;
    let address = format!("/api/v1/map/features/{id}/photos");
    let answer = editor.put_version(&address, 1, &items(&[&picture["id"]])).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json()["message"], "已送审，审核通过后会更新。");
    let shown = format!("/api/v1/map/features/{id}");
    assert_eq!(app.get(&shown).await.ok()["photos"], json!([]));
    let draft = format!("/api/v1/map/drafts/{}", answer.json()["draft_id"]);
    assert_eq!(reviewer.get(&draft).await.ok()["changes"], json!(["photos"]));
    reviewer.post_version(&format!("{draft}/approve"), 1, &json!({})).await.ok();
    assert_eq!(app.get(&shown).await.ok()["photos"][0]["media_id"], picture["id"]);
}

async fn wrong_photos_are_refused(app: TestApp) {
    let caller = publisher(&app).await;
    let (_, id) = published(&caller, &place("照片不对的点", 114.4203, 22.6335)).await;
    let address = format!("/api/v1/map/features/{id}/photos");
    let picture = uploaded(&caller, photo(800, 600, 35)).await;
    let video = uploaded(&caller, another_video()).await;
    let mut long = items(&[&picture["id"]]);
    long["items"][0]["caption"] = json!("长".repeat(101));
    for (body, pointer) in [
        (items(&[&picture["id"], &picture["id"]]), "/items/1/media_id"),
        (items(&[&video["id"]]), "/items/0/media_id"),
        (items(&[&json!("0193a1b2-0000-7000-8000-000000000001")]), "/items/0/media_id"),
        (long, "/items/0/caption"),
        (items(&[&picture["id"]; 21]), "/items"),
    ] {
        let refused = caller.put_version(&address, 1, &body).await.problem(422, "invalid");
        assert_eq!(pointers(&refused), [pointer], "{body}");
    }
    let neighbour = app.staff("editor", ELSEWHERE).await;
    neighbour.put_version(&address, 1, &items(&[])).await.problem(403, "another_region");
    let unknown = caller.put_version("/api/v1/map/features/999999/photos", 1, &items(&[])).await;
    unknown.problem(404, "feature_not_found");
}
