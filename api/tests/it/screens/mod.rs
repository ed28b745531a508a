//! Screens in lobbies: pairing, playlists, slots, emergency messages, manifests, plays and the player.

mod day;
mod emergencies;
mod manifest;
mod page;
mod pairing;
mod player;
mod plays;
mod registry;
mod schedule;

use chrono::{DateTime, Utc};
use entity::media;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::HERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

/// A worker who manages the screens of a community.
pub(crate) async fn worker(app: &TestApp) -> Caller {
    app.staff("editor", HERE).await
}

/// The members that `name` gives of all items of a list.
fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn created(answer: &TestResponse) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// A new screen with what it plays by default.
pub(crate) async fn new_screen(worker: &Caller, default_playlist_id: Option<&str>) -> String {
    let body = json!({"region_code": HERE, "name": "大堂", "default_playlist_id": default_playlist_id});
    id(&created(&worker.post("/api/v1/screens", &body).await))
}

/// A new playlist of the cards of these articles.
pub(crate) async fn card_playlist(worker: &Caller, name: &str, article_ids: &[i32]) -> String {
    let items: Vec<Value> = article_ids.iter().map(|id| json!({"article_id": id})).collect();
    playlist(worker, name, items).await
}

async fn playlist(worker: &Caller, name: &str, items: Vec<Value>) -> String {
    let body = json!({"region_code": HERE, "name": name, "items": items});
    id(&created(&worker.post("/api/v1/playlists", &body).await))
}

/// What a slot is made of; tests change what they are about.
pub(crate) fn slot(name: &str, playlist_id: &str, screen_id: &str, begins: &str, ends: &str) -> Value {
    json!({
        "region_code": HERE,
        "name": name,
        "playlist_id": playlist_id,
        "screen_ids": [screen_id],
        "begins": begins,
        "ends": ends,
    })
}

pub(crate) async fn new_slot(worker: &Caller, slot: &Value) -> String {
    id(&created(&worker.post("/api/v1/screen-slots", slot).await))
}

/// A medium without a file: enough for what is planned.
async fn medium(app: &TestApp, kind: media::Kind, content: &[u8]) -> Uuid {
    let now = app.clock.now();
    let hash = Sha256::digest(content).to_vec();
    let is_picture = kind == media::Kind::Image;
    let row = media::Model {
        id: app.state.random.id(now),
        kind,
        source_sha256: hash.clone(),
        sha256: hash,
        size_bytes: i64::try_from(content.len()).unwrap(),
        content_type: if is_picture { "image/jpeg" } else { "video/mp4" }.to_owned(),
        width: Some(1_920),
        height: Some(1_080),
        duration_ms: (!is_picture).then_some(31_500),
        alt: Some("八段锦第一式".to_owned()),
        transcript: None,
        poster_id: None,
        region_code: HERE.to_owned(),
        uploaded_by: None,
        version: 1,
        created_at: now.into(),
    };
    let id = row.id;
    let written = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            media::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    written.await.unwrap();
    id
}

/// A player as it talks to the server.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    app: TestApp,
    pub(crate) screen_id: String,
    token: String,
}

impl Player {
    /// Shows a code, has a worker type it in, and knows its screen.
    pub(crate) async fn paired(worker: &Caller, screen_id: &str) -> Self {
        let app = &worker.app;
        let pairing = created(&app.post("/api/v1/screens/pairings", &json!({})).await);
        let path = format!("/api/v1/screens/{screen_id}/pair");
        worker.post(&path, &json!({"code": pairing["code"]})).await.ok();
        let claim = json!({"code": pairing["code"], "token": pairing["token"]});
        let progress = app.post("/api/v1/screens/pair", &claim).await.ok();
        assert_eq!(progress, json!({"state": "paired", "screen_id": screen_id}));
        let token = pairing["token"].as_str().unwrap().to_owned();
        Self { app: app.clone(), screen_id: screen_id.to_owned(), token }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    async fn get(&self, what: &str) -> TestResponse {
        let path = format!("/api/v1/screens/{}/{what}", self.screen_id);
        self.app.request(reqwest::Method::GET, &path).header("authorization", &self.bearer()).send().await
    }

    async fn post(&self, what: &str, body: &Value) -> TestResponse {
        let path = format!("/api/v1/screens/{}/{what}", self.screen_id);
        let request = self.app.request(reqwest::Method::POST, &path);
        request.header("authorization", &self.bearer()).json(body).send().await
    }

    pub(crate) async fn manifest(&self) -> Value {
        self.get("manifest").await.ok()
    }

    async fn beat(&self) -> TestResponse {
        let body = json!({
            "player_version": "test-1",
            "showing": "schedule",
            "item": "article-1",
            "offline_ready": true,
            "clock_offset_ms": -320,
            "free_bytes": 1_000_000_000,
        });
        self.post("heartbeat", &body).await
    }
}

/// Name of the playlist that a manifest plays at an instant; `None` is the built-in slide.
pub(crate) fn playing(manifest: &Value, at: DateTime<Utc>) -> Option<String> {
    let instant = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let slots = manifest["slots"].as_array().unwrap();
    let here: Vec<&Value> =
        slots.iter().filter(|slot| instant(&slot["start"]) <= at && at < instant(&slot["end"])).collect();
    assert_eq!(here.len(), 1, "not exactly one slot at {at}");
    let playlists = manifest["playlists"].as_array().unwrap();
    let playlist = playlists.iter().find(|playlist| playlist["id"] == here[0]["playlist"]);
    playlist.map(|playlist| playlist["name"].as_str().unwrap().to_owned())
}

/// An instant in the civil time of the screens.
pub(crate) fn local(text: &str) -> DateTime<Utc> {
    format!("{text}+08:00").parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc()
}
