use std::sync::Arc;

use reqwest::Method;

use super::{VIDEO, editor, photo, uploaded};
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    a_file_is_kept_for_ever_and_cannot_act,
    a_part_is_sent_where_a_part_is_asked_for,
    a_size_the_picture_does_not_reach_is_the_original,
    a_seeded_video_plays,
);

const TOGETHER: usize = 4;

async fn ask(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request = app.request(method, path);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

async fn a_file_is_kept_for_ever_and_cannot_act(app: TestApp) {
    let medium = uploaded(&editor(&app).await, photo(90, 60, 20)).await;
    let path = medium["files"][0]["url"].as_str().unwrap();
    let file = app.get(path).await;
    let tag = format!("\"{}\"", medium["files"][0]["sha256"].as_str().unwrap());
    assert_eq!(file.header("etag"), Some(tag.as_str()));
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(file.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(file.header("accept-ranges"), Some("bytes"));
    let asked = [("accept-encoding", "br, gzip")];
    let plain = ask(&app, Method::GET, path, &asked).await;
    assert_eq!((plain.header("content-encoding"), plain.header("etag")), (None, Some(tag.as_str())));
    for held in [tag.as_str(), "*", &format!("\"x\", W/{tag}")] {
        let answer = ask(&app, Method::GET, path, &[("if-none-match", held)]).await;
        assert_eq!((answer.status, answer.raw.len()), (304, 0), "{held}");
    }
    let head = ask(&app, Method::HEAD, path, &[("range", "bytes=0-3")]).await;
    assert_eq!((head.status, head.raw.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(file.raw.len().to_string().as_str()));
    for name in ["etag", "content-type", "cache-control"] {
        assert_eq!(head.header(name), file.header(name));
    }
    for missing in
        ["/media/0193a1b2-0000-7000-8000-000000000001/original", &path.replace("original", "received")]
    {
        app.get(missing).await.problem(404, "media_not_found");
    }
    app.get("/media/none/original").await.problem(404, "not_found");
}

async fn a_part_is_sent_where_a_part_is_asked_for(app: TestApp) {
    let medium = uploaded(&editor(&app).await, photo(320, 200, 21)).await;
    let path = medium["files"][0]["url"].as_str().unwrap();
    let whole = app.get(path).await;
    let (tag, size) = (whole.header("etag").unwrap().to_owned(), whole.raw.len());
    for (range, part) in [("bytes=0-9", 0..10), ("bytes=-7", size - 7..size), ("bytes=5-", 5..size)] {
        let answer = ask(&app, Method::GET, path, &[("range", range), ("if-range", &tag)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.raw, whole.raw[part.clone()]);
        let told = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(told.as_str()));
        assert_eq!(answer.header("content-length"), Some(part.len().to_string().as_str()));
    }
    let beyond = ask(&app, Method::GET, path, &[("range", "bytes=99999999-")]).await;
    beyond.problem(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{size}").as_str()));
    for headers in [
        [("range", "bytes=0-9"), ("if-range", "\"other\"")],
        [("range", "bytes=0-1,4-5"), ("if-range", tag.as_str())],
        [("range", "bytes=9-0"), ("if-range", tag.as_str())],
    ] {
        let answer = ask(&app, Method::GET, path, &headers).await;
        assert_eq!((answer.status, answer.raw.len()), (200, size), "{headers:?}");
    }
    let both = [("range", "bytes=0-9"), ("if-none-match", tag.as_str())];
    assert_eq!(ask(&app, Method::GET, path, &both).await.status, 304);
}

async fn a_size_the_picture_does_not_reach_is_the_original(app: TestApp) {
    let medium = uploaded(&editor(&app).await, photo(200, 100, 22)).await;
    let original = app.get(medium["files"][0]["url"].as_str().unwrap()).await;
    for name in ["320", "750", "1125"] {
        let path = format!("/media/{}/{name}", medium["id"].as_str().unwrap());
        assert_eq!(app.get(&path).await.raw, original.raw, "{name}");
    }
    let path = format!("/media/{}/2000", medium["id"].as_str().unwrap());
    app.get(&path).await.problem(404, "media_not_found");
}

async fn a_seeded_video_plays(app: TestApp) {
    let article = app.get("/api/v1/articles/video-less-salt").await.ok();
    assert_eq!(article["kind"], "video");
    let (video, cover) = (article["video_url"].as_str().unwrap(), article["cover_url"].as_str().unwrap());
    let whole = Arc::new(app.get(video).await.raw);
    assert!(whole.len() > VIDEO.len() / 2 && whole.len() < VIDEO.len() * 2);
    assert_eq!(app.get(cover).await.header("content-type"), Some("image/jpeg"));
    // As players do: several parts at a time.
    let parts = (0..TOGETHER).map(|part| {
        let (start, end) = (whole.len() * part / TOGETHER, whole.len() * (part + 1) / TOGETHER);
        let (app, whole) = (app.clone(), Arc::clone(&whole));
        async move {
            let range = format!("bytes={start}-{}", end - 1);
            let answer = ask(&app, Method::GET, video, &[("range", &range)]).await;
            assert!(answer.raw == whole[start..end]);
        }
    });
    futures_util::future::join_all(parts).await;
}
