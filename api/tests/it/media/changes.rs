use entity::{article_media, media};
use reqwest::Method;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{another_video, editor, photo, uploaded};
use crate::access::ELSEWHERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    what_is_said_about_a_medium_is_edited_version_by_version,
    a_video_gets_a_poster_and_a_transcript,
    what_is_said_in_a_video_stands_beside_its_article,
    what_is_shown_somewhere_cannot_be_deleted,
    colleagues_next_door_see_and_change_nothing,
    the_library_is_paged,
);

fn path(medium: &Value) -> String {
    format!("/api/v1/media/{}", medium["id"].as_str().unwrap())
}

async fn delete(caller: &Caller, medium: &Value, version: u32) -> TestResponse {
    let request = caller.request(Method::DELETE, &path(medium));
    request.header("if-match", &format!("\"{version}\"")).send().await
}

async fn what_is_said_about_a_medium_is_edited_version_by_version(app: TestApp) {
    let editor = editor(&app).await;
    let medium = uploaded(&editor, photo(20, 10, 30)).await;
    editor.patch(&path(&medium), &json!({"alt": "步道"})).await.problem(428, "version_required");
    let changed = editor.patch_version(&path(&medium), 1, &json!({"alt": " 步道 "})).await.ok();
    assert_eq!((&changed["alt"], &changed["version"]), (&"步道".into(), &2.into()));
    editor.patch_version(&path(&medium), 1, &json!({"alt": "别的"})).await.problem(412, "stale_version");
    let long = json!({"alt": "长".repeat(201), "transcript": "字".repeat(20_001)});
    let wrong = editor.patch_version(&path(&medium), 2, &long).await.problem(422, "invalid");
    assert_eq!(wrong["errors"].as_array().unwrap().len(), 2);
    let wrong =
        editor.patch_version(&path(&medium), 2, &json!({"transcript": "字"})).await.problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["code"], "not_for_pictures");
    let cleared = editor.patch_version(&path(&medium), 2, &json!({"alt": null})).await.ok();
    assert_eq!(cleared["alt"], Value::Null);
    assert_eq!(editor.get(&path(&medium)).await.ok(), cleared);
}

async fn a_video_gets_a_poster_and_a_transcript(app: TestApp) {
    let editor = editor(&app).await;
    let video = uploaded(&editor, another_video()).await;
    let poster = uploaded(&editor, photo(128, 72, 31)).await;
    let change = json!({"poster_id": poster["id"], "transcript": "一天五克盐。"});
    let changed = editor.patch_version(&path(&video), 1, &change).await.ok();
    assert_eq!(changed["poster_id"], poster["id"]);
    let wrong = json!({"poster_id": video["id"]});
    let answer = editor.patch_version(&path(&video), 2, &wrong).await.problem(422, "invalid");
    assert_eq!(answer["errors"][0]["code"], "no_such_picture");
    delete(&editor, &poster, 1).await.problem(409, "media_in_use");
}

async fn what_is_said_in_a_video_stands_beside_its_article(app: TestApp) {
    let videos = app.get("/api/v1/articles?kind=video").await.ok();
    let article = format!("/api/v1/articles/{}", videos["items"][0]["slug"].as_str().unwrap());
    let url = app.get(&article).await.ok()["video_url"].as_str().unwrap().to_owned();
    let medium = format!("/api/v1/media/{}", url.split('/').nth(2).unwrap());
    let keeper = app.staff("editor", "440307009000").await;
    let version = u32::try_from(keeper.get(&medium).await.ok()["version"].as_u64().unwrap()).unwrap();
    keeper.patch_version(&medium, version, &json!({"transcript": "一天五克盐。"})).await.ok();
    assert_eq!(app.get(&article).await.ok()["video_transcript"], "一天五克盐。");
}

async fn what_is_shown_somewhere_cannot_be_deleted(app: TestApp) {
    let editor = editor(&app).await;
    let medium = uploaded(&editor, photo(30, 20, 32)).await;
    let media_id: Uuid = medium["id"].as_str().unwrap().parse().unwrap();
    let shown = app.state.database.write(move |transaction| {
        Box::pin(async move {
            let row = article_media::Model { article_id: 1, media_id };
            article_media::Entity::insert(row.into_active_model())
                .exec_without_returning(transaction)
                .await?;
            Ok(())
        })
    });
    shown.await.unwrap();
    delete(&editor, &medium, 1).await.problem(409, "media_in_use");
    let file = medium["files"][0]["url"].as_str().unwrap();
    assert_eq!(app.get(file).await.status, 200);
    let hidden = app.state.database.write(move |transaction| {
        Box::pin(async move {
            article_media::Entity::delete_by_id((1, media_id)).exec(transaction).await?;
            Ok(())
        })
    });
    hidden.await.unwrap();
    delete(&editor, &medium, 2).await.problem(412, "stale_version");
    assert_eq!(delete(&editor, &medium, 1).await.status, 204);
    app.get(file).await.problem(404, "media_not_found");
    let names = app.state.files.names("media").await.unwrap();
    assert!(!names.iter().any(|name| name.contains(&media_id.to_string())), "its files are gone as well");
    // The same file can come again.
    assert_eq!(uploaded(&editor, photo(30, 20, 32)).await["version"], 1);
}

async fn colleagues_next_door_see_and_change_nothing(app: TestApp) {
    let medium = uploaded(&editor(&app).await, photo(20, 12, 33)).await;
    let next_door = app.staff("editor", ELSEWHERE).await;
    next_door.get(&path(&medium)).await.problem(404, "media_not_found");
    next_door.patch_version(&path(&medium), 1, &json!({"alt": "x"})).await.problem(404, "media_not_found");
    delete(&next_door, &medium, 1).await.problem(404, "media_not_found");
    let listed = next_door.get("/api/v1/media?limit=100").await.ok();
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["id"] != medium["id"]));
    // What stands above is for all below: the street's own videos.
    assert!(listed["items"].as_array().unwrap().iter().any(|item| item["kind"] == "video"));
    let above = media::Entity::find().all(app.state.database.reader()).await.unwrap();
    let street = above.iter().find(|row| row.kind == media::Kind::Video).unwrap();
    assert_eq!(next_door.get(&format!("/api/v1/media/{}", street.id)).await.status, 200);
}

async fn the_library_is_paged(app: TestApp) {
    let editor = editor(&app).await;
    let mut expected = Vec::new();
    for shade in 40..43 {
        expected.push(uploaded(&editor, photo(16, 16, shade)).await["id"].clone());
    }
    let (mut ids, mut path) = (Vec::new(), "/api/v1/media?kind=image&limit=2".to_owned());
    loop {
        let page = editor.get(&path).await.ok();
        ids.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/media?kind=image&limit=2&cursor={next}");
    }
    assert!(ids.is_sorted_by(|earlier, later| earlier > later), "the newest first, none twice: {ids:?}");
    assert!(expected.iter().all(|id| ids.iter().any(|found| id == found)), "{ids:?}");
    editor.get("/api/v1/media?limit=0").await.problem(400, "bad_parameter");
    editor.get("/api/v1/media?cursor=x").await.problem(400, "bad_parameter");
}
