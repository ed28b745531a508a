//! What a player fetches.

use chrono::{DateTime, TimeDelta, Utc};
use entity::media;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Player, card_playlist, medium, new_screen, new_slot, playing, playlist, slot, worker};
use crate::knowledge::{between, draft, publish, withdraw};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_manifest_covers_at_least_two_days_without_gap_or_overlap,
    the_same_inputs_give_the_same_bytes_and_one_tag,
    an_article_that_is_withdrawn_drops_out_and_never_blanks_a_screen,
    an_article_comes_and_goes_at_its_instants,
    files_are_told_with_their_hashes_and_only_those_that_are_needed,
    a_plain_playlist_lists_the_files_that_play_now,
    quiet_hours_and_volume_are_told,
);

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

async fn a_manifest_covers_at_least_two_days_without_gap_or_overlap(app: TestApp) {
    let worker = worker(&app).await;
    let list = card_playlist(&worker, "早上", &[1, 2]).await;
    let screen = new_screen(&worker, None).await;
    new_slot(&worker, &slot("早上", &list, &screen, "08:00", "11:00")).await;
    new_slot(&worker, &slot("半夜", &list, &screen, "23:00", "01:00")).await;
    let player = Player::paired(&worker, &screen).await;
    for _ in 0..5 {
        let now = app.clock.now();
        let manifest = player.manifest().await;
        let slots = manifest["slots"].as_array().unwrap();
        assert!(instant(&manifest["generated_at"]) <= now);
        assert!(instant(&manifest["valid_until"]) - now >= TimeDelta::hours(48));
        assert!(instant(&manifest["valid_until"]) - now <= TimeDelta::hours(72));
        assert_eq!(slots[0]["start"], manifest["generated_at"]);
        assert_eq!(slots[slots.len() - 1]["end"], manifest["valid_until"]);
        for pair in slots.windows(2) {
            assert_eq!(pair[0]["end"], pair[1]["start"]);
        }
        app.clock.advance(TimeDelta::minutes(97));
    }
}

async fn the_same_inputs_give_the_same_bytes_and_one_tag(app: TestApp) {
    let worker = worker(&app).await;
    let list = card_playlist(&worker, "平时", &[1, 2]).await;
    let screen = new_screen(&worker, Some(&list)).await;
    let player = Player::paired(&worker, &screen).await;
    let first = player.get("manifest").await;
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"'), "{tag} is not strong");
    let asked = async |tag: &str| {
        let path = format!("/api/v1/screens/{screen}/manifest");
        let request = app.request(Method::GET, &path).header("authorization", &player.bearer());
        request.header("if-none-match", tag).send().await
    };
    // It is 10:00; the six hours end at 14:00. Signs of life and reports of plays change nothing.
    for _ in 0..3 {
        app.clock.advance(TimeDelta::minutes(79));
        player.beat().await;
        let again = player.get("manifest").await;
        assert_eq!((again.header("etag"), &again.body), (Some(tag.as_str()), &first.body));
        assert_eq!(asked(&tag).await.status, 304);
    }
    app.clock.advance(TimeDelta::minutes(10));
    let later = asked(&tag).await;
    assert_eq!(later.status, 200);
    let later_tag = later.header("etag").unwrap().to_owned();
    assert_ne!(later_tag, tag);

    // Log-ins end after a quarter of an hour.
    let worker = super::worker(&app).await;
    let change = json!({"name": "平时", "items": [{"article_id": 2}, {"article_id": 1}]});
    let edit = worker.request(Method::PUT, &format!("/api/v1/playlists/{list}")).header("if-match", "\"1\"");
    edit.json(&change).send().await.ok();
    assert_eq!(asked(&later_tag).await.status, 200);
    let back = json!({"name": "平时", "items": [{"article_id": 1}, {"article_id": 2}]});
    let edit = worker.request(Method::PUT, &format!("/api/v1/playlists/{list}")).header("if-match", "\"2\"");
    edit.json(&back).send().await.ok();
    assert_eq!(asked(&later_tag).await.status, 304, "the same inputs have another tag");
}

async fn an_article_that_is_withdrawn_drops_out_and_never_blanks_a_screen(app: TestApp) {
    let worker = worker(&app).await;
    let always = crate::knowledge::always(&app);
    let article = publish(&app, draft("only-one", "只有这一篇", "正文"), always).await;
    let special = card_playlist(&worker, "专场", &[article]).await;
    let usual = card_playlist(&worker, "平时", &[article, 1]).await;
    let screen = new_screen(&worker, Some(&usual)).await;
    new_slot(&worker, &slot("专场", &special, &screen, "00:00", "24:00")).await;
    let player = Player::paired(&worker, &screen).await;
    let before = player.manifest().await;
    assert_eq!(playing(&before, app.clock.now()).as_deref(), Some("专场"));
    assert!(before.to_string().contains("只有这一篇"));

    withdraw(&app, article).await;
    let after = player.manifest().await;
    assert_eq!(playing(&after, app.clock.now()).as_deref(), Some("平时"));
    assert!(!after.to_string().contains("只有这一篇"));

    let path = format!("/api/v1/playlists/{usual}");
    let kept = worker.get(&path).await.ok();
    assert_eq!((&kept["items"][0]["shown"], &kept["items"][1]["shown"]), (&json!(false), &json!(true)));
    let nothing = json!({"name": "平时", "items": []});
    let edit = worker.request(Method::PUT, &path).header("if-match", "\"1\"").json(&nothing);
    edit.send().await.ok();
    let built_in = player.manifest().await;
    assert_eq!(built_in["fallback"], Value::Null);
    assert_eq!(playing(&built_in, app.clock.now()), None);
    assert_eq!(built_in["slots"][0]["playlist"], Value::Null);
}

async fn an_article_comes_and_goes_at_its_instants(app: TestApp) {
    let worker = worker(&app).await;
    let term = between(&app, TimeDelta::hours(1), TimeDelta::hours(30));
    let article = publish(&app, draft("for-a-while", "限时", "正文"), term).await;
    let list = card_playlist(&worker, "平时", &[article, 1]).await;
    let screen = new_screen(&worker, Some(&list)).await;
    let player = Player::paired(&worker, &screen).await;
    let manifest = player.manifest().await;
    let items = manifest["playlists"][0]["items"].as_array().unwrap();
    assert_eq!(instant(&items[0]["from"]), app.clock.now() + TimeDelta::hours(1));
    assert_eq!(instant(&items[0]["until"]), app.clock.now() + TimeDelta::hours(30));
    assert!(items[1].get("until").is_none());
    app.clock.advance(TimeDelta::hours(30));
    assert_eq!(player.manifest().await["playlists"][0]["items"].as_array().unwrap().len(), 1);
}

async fn files_are_told_with_their_hashes_and_only_those_that_are_needed(app: TestApp) {
    let worker = worker(&app).await;
    let film = medium(&app, media::Kind::Video, b"a film").await;
    let picture = medium(&app, media::Kind::Image, b"a picture").await;
    let unused = medium(&app, media::Kind::Image, b"not for this screen").await;
    let items = vec![
        json!({"media_id": film}),
        json!({"media_id": picture, "duration_s": 9}),
        json!({"media_id": film, "duration_s": 10}),
        json!({"article_id": 1}),
    ];
    let list = playlist(&worker, "片子", items).await;
    let screen = new_screen(&worker, Some(&list)).await;
    let other = playlist(&worker, "以后", vec![json!({"media_id": unused})]).await;
    let mut later = slot("以后", &other, &screen, "08:00", "12:00");
    later["first_day"] = json!("2027-01-01");
    new_slot(&worker, &later).await;
    let manifest = Player::paired(&worker, &screen).await.manifest().await;
    let assets = manifest["assets"].as_array().unwrap();
    assert_eq!(assets.len(), 2, "{assets:?}");
    let told = assets.iter().find(|asset| asset["id"] == film.to_string()).unwrap();
    assert_eq!(told["url"], format!("/media/{film}/original"));
    // printf 'a film' | sha256sum
    assert_eq!(told["sha256"], "eb4d67fa94a1035e41117b2890d6281a1ad461ac0c9cfa6d3c0e94256a08532f");
    assert_eq!(
        (&told["bytes"], &told["duration"], &told["mime"]),
        (&json!(6), &json!(31.5), &json!("video/mp4"))
    );
    let items = manifest["playlists"][0]["items"].as_array().unwrap();
    let durations: Vec<&Value> = items.iter().map(|item| &item["duration"]).collect();
    assert_eq!(durations, [&json!(31.5), &json!(9.0), &json!(10.0), &json!(20.0)]);
    assert_eq!(items[3]["key"], "article-1");
    assert!(!items[3]["card"]["text"].as_str().unwrap().is_empty());
    let listed = worker.get(&format!("/api/v1/playlists/{list}")).await.ok();
    assert_eq!(
        (&listed["items"][0]["title"], &listed["items"][0]["shown"]),
        (&json!("八段锦第一式"), &json!(true))
    );
}

async fn a_plain_playlist_lists_the_files_that_play_now(app: TestApp) {
    let worker = worker(&app).await;
    let film = medium(&app, media::Kind::Video, b"a film").await;
    let list = playlist(&worker, "片子", vec![json!({"media_id": film}), json!({"article_id": 1})]).await;
    let screen = new_screen(&worker, Some(&list)).await;
    let issued = worker.post(&format!("/api/v1/screens/{screen}/token"), &json!({})).await;
    assert_eq!(issued.status, 201);
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    // As VLC sends what stands before the host in an address.
    let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("screen:{token}"));
    let path = format!("/api/v1/screens/{screen}/playlist.m3u");
    let answer =
        app.request(Method::GET, &path).header("authorization", &format!("Basic {basic}")).send().await;
    assert_eq!((answer.status, answer.media_type()), (200, "audio/x-mpegurl"));
    let expected =
        format!("#EXTM3U\n#PLAYLIST:片子\n#EXTINF:32,{film}\n{}/media/{film}/original\n", app.base_url);
    assert_eq!(answer.text(), expected);
    for wrong in ["Basic !", "Basic c2NyZWVu", "Bearer", "Digest x"] {
        let refused = app.request(Method::GET, &path).header("authorization", wrong).send().await;
        refused.problem(401, "screen_not_paired");
    }
}

async fn quiet_hours_and_volume_are_told(app: TestApp) {
    let worker = worker(&app).await;
    let screen = new_screen(&worker, None).await;
    let change = json!({"volume": 40, "quiet_hours": {"from": "21:00", "until": "07:00"}});
    worker.patch_version(&format!("/api/v1/screens/{screen}"), 1, &change).await.ok();
    let manifest = Player::paired(&worker, &screen).await.manifest().await;
    assert_eq!(manifest["volume"], 40);
    let quiet = manifest["quiet_hours"].as_array().unwrap();
    assert_eq!(quiet[0], json!({"start": "2026-11-25T13:00:00Z", "end": "2026-11-25T23:00:00Z"}));
    assert_eq!(quiet.len(), 3, "{quiet:?}");
}
