//! How the operations of screens are called, on a screen that hangs in the owner's community.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, edit, get, send};
use crate::screens::{card_playlist, new_screen, new_slot, slot};
use crate::support::callers::Caller;

pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with("/screen") || path.starts_with("/api/v1/screen") || path.starts_with("/api/v1/playlists")
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    let keeper = objects.app.staff("region_admin", HERE).await;
    match (method, path) {
        ("GET", "/screen/{file}") => get("/screen/main.js"),
        ("GET", path) if !path.contains('{') => get(path),
        ("POST", "/api/v1/screens/pairings") => send(path, json!({})),
        ("POST", "/api/v1/screens/pair") => send(path, json!({"code": "000000", "token": "no-such-token"})),
        (_, path) if path.starts_with("/api/v1/screens") => on_screen(method, path, &keeper).await,
        (_, path) if path.starts_with("/api/v1/playlists") => on_playlist(method, path, &keeper).await,
        (_, path) if path.starts_with("/api/v1/screen-slots") => on_slot(method, path, &keeper).await,
        (_, path) if path.starts_with("/api/v1/screen-groups") => on_group(method, path, &keeper).await,
        _ => on_emergency(method, path, &keeper).await,
    }
}

async fn on_screen(method: &str, path: &str, keeper: &Caller) -> Call {
    let screen = async || path.replace("{id}", &new_screen(keeper, None).await);
    match (method, path) {
        ("POST", "/api/v1/screens") => send(path, json!({"region_code": HERE, "name": "新屏幕"})),
        ("PATCH", _) => edit(screen().await, json!({"name": "二楼"})),
        ("POST", "/api/v1/screens/{id}/retire") => edit(screen().await, json!({})),
        ("POST", "/api/v1/screens/{id}/pair") => {
            let pairing = keeper.app.post("/api/v1/screens/pairings", &json!({})).await.json();
            send(screen().await, json!({"code": pairing["code"]}))
        }
        ("POST", "/api/v1/screens/{id}/heartbeat") => {
            send(screen().await, json!({"player_version": "1", "showing": "schedule"}))
        }
        ("POST", "/api/v1/screens/{id}/plays") => send(screen().await, json!([])),
        ("GET" | "DELETE" | "POST", _) => get(screen().await),
        _ => panic!("say in access/screen_calls.rs how {method} {path} is called"),
    }
}

async fn on_playlist(method: &str, path: &str, keeper: &Caller) -> Call {
    let playlist = async || path.replace("{id}", &card_playlist(keeper, "列表", &[1]).await);
    match method {
        "POST" => send(path, json!({"region_code": HERE, "name": "新列表", "items": [{"article_id": 1}]})),
        "PUT" => edit(playlist().await, json!({"name": "改过", "items": []})),
        "DELETE" => edit(playlist().await, json!({})),
        _ => get(playlist().await),
    }
}

async fn on_slot(method: &str, path: &str, keeper: &Caller) -> Call {
    let (playlist, screen) = (card_playlist(keeper, "列表", &[1]).await, new_screen(keeper, None).await);
    let body = slot("上午", &playlist, &screen, "08:00", "12:00");
    if method == "POST" {
        return send(path, body);
    }
    let path = path.replace("{id}", &new_slot(keeper, &body).await);
    match method {
        "PUT" => edit(path, body),
        "DELETE" => edit(path, json!({})),
        _ => get(path),
    }
}

async fn on_group(method: &str, path: &str, keeper: &Caller) -> Call {
    let body = json!({"region_code": HERE, "name": "大堂们", "screen_ids": []});
    if method == "POST" {
        return send(path, body);
    }
    let made = keeper.post("/api/v1/screen-groups", &body).await.json();
    let path = path.replace("{id}", id(&made));
    match method {
        "PUT" => edit(path, json!({"name": "改过", "screen_ids": []})),
        "DELETE" => edit(path, json!({})),
        _ => get(path),
    }
}

async fn on_emergency(method: &str, path: &str, keeper: &Caller) -> Call {
    let ends_at = keeper.app.clock.now() + TimeDelta::hours(1);
    let body = json!({"region_code": HERE, "level": "blue", "message": "停水", "ends_at": ends_at});
    match (method, path) {
        ("POST", "/api/v1/screen-emergencies") => send(path, body),
        ("POST", "/api/v1/screen-emergencies/{id}/withdraw") => {
            let sent = keeper.post("/api/v1/screen-emergencies", &body).await.json();
            get(path.replace("{id}", id(&sent)))
        }
        _ => panic!("say in access/screen_calls.rs how {method} {path} is called"),
    }
}

fn id(answer: &Value) -> &str {
    answer["id"].as_str().unwrap()
}
