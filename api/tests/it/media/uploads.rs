use chrono::TimeDelta;
use entity::{audit_event, media_leftover};
use kangtu::media::sweep;
use reqwest::Method;
use sea_orm::{ActiveValue, EntityTrait, PaginatorTrait, QueryOrder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{another_video, editor, photo, upload, uploaded};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_photo_is_kept_in_every_size_without_its_place,
    the_mini_program_sends_a_form,
    the_same_file_is_the_same_medium,
    a_video_is_kept_so_that_it_plays_while_it_loads,
    what_is_no_picture_or_video_is_refused_and_nothing_is_left,
    an_upload_that_stops_half_way_leaves_nothing,
    what_a_dead_server_left_is_swept_away,
    a_compressed_or_endless_upload_is_refused,
    a_region_of_others_does_not_exist,
);

/// Objects that belong to the media that there are, and no others.
async fn stray_objects(app: &TestApp) -> Vec<String> {
    let media = entity::media::Entity::find().all(app.state.database.reader()).await.unwrap();
    let mut names = app.state.files.names("media").await.unwrap();
    names.retain(|name| !media.iter().any(|medium| name.contains(&medium.id.to_string())));
    names
}

async fn leftovers(app: &TestApp) -> u64 {
    media_leftover::Entity::find().count(app.state.database.reader()).await.unwrap()
}

async fn media_count(app: &TestApp) -> u64 {
    entity::media::Entity::find().count(app.state.database.reader()).await.unwrap()
}

/// What is dropped is cleared away by a task of its own.
async fn assert_nothing_is_left(app: &TestApp, media_before: u64) {
    for _ in 0..2_000 {
        if leftovers(app).await == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(leftovers(app).await, 0);
    assert_eq!(stray_objects(app).await, Vec::<String>::new());
    assert_eq!(media_count(app).await, media_before);
}

async fn a_photo_is_kept_in_every_size_without_its_place(app: TestApp) {
    let editor = editor(&app).await;
    let mut file = photo(1_200, 90, 7);
    let exif = [b"\xff\xe1\0\x20Exif\0\0".as_slice(), b"GPS 22.63N 114.42E......"].concat();
    file.splice(2..2, exif);
    let medium = uploaded(&editor, file).await;
    assert_eq!(medium["kind"], "image");
    assert_eq!(medium["region_code"], HERE);
    let files = medium["files"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["original", "1125", "750", "320", "cover"]);
    for file in files {
        let got = app.get(file["url"].as_str().unwrap()).await;
        assert_eq!(got.status, 200);
        assert_eq!(got.raw.len() as u64, file["size_bytes"].as_u64().unwrap());
        assert!(!got.raw.windows(3).any(|bytes| bytes == b"GPS"));
        let picture = image::load_from_memory(&got.raw).unwrap();
        assert_eq!(u64::from(picture.width()), file["width"].as_u64().unwrap());
    }
    let noted = audit_event::Entity::find().order_by_desc(audit_event::Column::Seq);
    let noted = noted.one(app.state.database.reader()).await.unwrap().unwrap();
    assert_eq!(noted.action, "media.uploaded");
}

async fn the_mini_program_sends_a_form(app: TestApp) {
    let editor = editor(&app).await;
    let boundary = "----kangtu";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"../../a.svg\"\r\nContent-Type: image/svg+xml\r\n\r\n"
    )
    .into_bytes();
    body.extend(photo(40, 30, 8));
    let begun = body.clone();
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    let send = |body: Vec<u8>| {
        editor
            .request(Method::POST, "/api/v1/media")
            .header("content-type", &format!("multipart/form-data; boundary={boundary}"))
            .body(body)
            .send()
    };
    send(begun).await.problem(400, "bad_body");
    let medium = send(body).await;
    assert_eq!(medium.status, 201, "{}", medium.text());
    assert_eq!(medium.json()["files"][0]["content_type"], "image/jpeg");
    send(
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--{boundary}--\r\n")
            .into(),
    )
    .await
    .problem(400, "no_file");
}

async fn the_same_file_is_the_same_medium(app: TestApp) {
    let editor = editor(&app).await;
    let file = photo(50, 40, 9);
    let first = uploaded(&editor, file.clone()).await;
    let again = upload(&editor, file.clone()).await;
    assert_eq!(again.ok()["id"], first["id"]);
    let colleague = app.staff("editor", ELSEWHERE).await;
    assert_eq!(upload(&colleague, file).await.ok()["id"], first["id"]);
    let before = media_count(&app).await;
    let other = photo(50, 41, 9);
    let both = tokio::join!(upload(&editor, other.clone()), upload(&editor, other));
    let statuses = [both.0.status, both.1.status];
    assert!(
        statuses.contains(&201) && statuses.iter().all(|status| [200, 201].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(both.0.json()["id"], both.1.json()["id"]);
    assert_nothing_is_left(&app, before + 1).await;
}

async fn a_video_is_kept_so_that_it_plays_while_it_loads(app: TestApp) {
    let editor = editor(&app).await;
    let file = another_video();
    let medium = uploaded(&editor, file.clone()).await;
    assert_eq!(medium["kind"], "video");
    assert_eq!(medium["duration_ms"], 30_000);
    assert_eq!((&medium["files"][0]["width"], &medium["files"][0]["height"]), (&1_280.into(), &720.into()));
    let kept = app.get(medium["files"][0]["url"].as_str().unwrap()).await;
    assert_eq!(kept.header("content-type"), Some("video/mp4"));
    let place = |kind: &[u8]| kept.raw.windows(4).position(|bytes| bytes == kind);
    assert!(place(b"moov").unwrap() < place(b"mdat").unwrap());
    assert!(!kept.raw.windows(4).any(|bytes| bytes == b"uuid" || bytes == b"udta"));
    // Remade once more, nothing changes: its frames are found where the table says.
    let again = uploaded(&editor, kept.raw.clone()).await;
    assert_eq!(again["files"][0]["sha256"], medium["files"][0]["sha256"]);
    upload(&editor, file[..file.len() / 2].to_vec()).await.problem(422, "invalid");
}

async fn what_is_no_picture_or_video_is_refused_and_nothing_is_left(app: TestApp) {
    let editor = editor(&app).await;
    let before = media_count(&app).await;
    let cut = photo(64, 64, 10);
    for (file, code) in [
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>".to_vec(), "markup_refused"),
        (b"<!DOCTYPE html><script>1</script>".to_vec(), "markup_refused"),
        (b"GIF89a\x01\0\x01\0\0\0\0<script>alert(1)</script>".to_vec(), "damaged_file"),
        (b"\xff\xd8\xff<html><script>1</script>".to_vec(), "damaged_file"),
        (cut[..cut.len() / 4].to_vec(), "damaged_file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "heic_refused"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(), "quicktime_refused"),
        (b"\0\0\0\x14ftypisom\0\0\0\0isom\xff\xff\xff\xffmoov".to_vec(), "damaged_file"),
        (b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08moof".to_vec(), "fragmented_video"),
        (b"PK\x03\x04".to_vec(), "format_refused"),
        (b"".to_vec(), "empty_file"),
        (b"\0".repeat(5_000), "format_refused"),
    ] {
        let answer = upload(&editor, file).await.problem(422, "invalid");
        assert_eq!(answer["errors"][0]["code"], code, "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().ends_with('。'));
    }
    assert_nothing_is_left(&app, before).await;
}

async fn an_upload_that_stops_half_way_leaves_nothing(app: TestApp) {
    let editor = editor(&app).await;
    let before = media_count(&app).await;
    let address = app.base_url.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).await.unwrap();
    let file = another_video();
    let head = format!(
        "POST /api/v1/media HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        editor.access_token,
        file.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&file[..file.len() / 2]).await.unwrap();
    // Wait until the server has begun to keep it, then go away.
    while leftovers(&app).await == 0 {
        tokio::task::yield_now().await;
    }
    connection.shutdown().await.unwrap();
    let mut answer = Vec::new();
    drop(connection.read_to_end(&mut answer).await);
    drop(connection);
    assert_nothing_is_left(&app, before).await;
}

async fn what_a_dead_server_left_is_swept_away(app: TestApp) {
    let (id, now) = (app.state.random.id(app.clock.now()), app.clock.now());
    let row =
        media_leftover::ActiveModel { id: ActiveValue::Set(id), noted_at: ActiveValue::Set(now.into()) };
    let written = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            media_leftover::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    written.await.unwrap();
    app.state.files.put(&format!("media/{id}/received"), b"half".to_vec()).await.unwrap();
    assert_eq!(sweep::run(&app.state, now + TimeDelta::minutes(59)).await.unwrap(), 0);
    assert_eq!(stray_objects(&app).await.len(), 1, "somebody may still be filling it");
    assert_eq!(sweep::run(&app.state, now + TimeDelta::minutes(60)).await.unwrap(), 1);
    assert_nothing_is_left(&app, media_count(&app).await).await;
    assert_eq!(sweep::run(&app.state, now + TimeDelta::hours(9)).await.unwrap(), 0);
}

async fn a_compressed_or_endless_upload_is_refused(app: TestApp) {
    let editor = editor(&app).await;
    let before = media_count(&app).await;
    let send = |body: Vec<u8>| {
        editor.request(Method::POST, "/api/v1/media").header("content-encoding", "gzip").body(body)
    };
    send(photo(8, 8, 1)).send().await.problem(415, "unsupported_media_type");
    let mut endless = photo(64, 64, 11);
    endless.resize(21 * 1024 * 1024, b' ');
    upload(&editor, endless).await.problem(413, "payload_too_large");
    assert_nothing_is_left(&app, before).await;
}

async fn a_region_of_others_does_not_exist(app: TestApp) {
    let editor = editor(&app).await;
    let path = format!("/api/v1/media?region={ELSEWHERE}");
    editor.request(Method::POST, &path).body(photo(8, 8, 2)).send().await.problem(404, "not_found");
    let path = format!("/api/v1/media?region={HERE}");
    assert_eq!(editor.request(Method::POST, &path).body(photo(8, 8, 3)).send().await.status, 201);
}
