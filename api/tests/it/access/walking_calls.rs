//! How the operations of walking networks are called, on a network of the owner's community.

use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, edit, get, send};
use crate::walking::load_river;

pub(super) fn is_meant(path: &str) -> bool {
    path.starts_with("/api/v1/walking/")
}

fn drawing() -> Value {
    json!({
        "region_code": HERE, "reason": "维修",
        "geometry": {"type": "LineString", "coordinates": [[114.402, 22.629_98], [114.402, 22.630_54]]},
    })
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    load_river(&objects.app, HERE).await;
    let all = path.strip_suffix("/{id}").unwrap_or(path);
    match method {
        "GET" => get(path),
        "POST" => send(path, drawing()),
        _ => {
            let officer = objects.app.staff("reviewer", HERE).await;
            let drawn = officer.post(all, &drawing()).await.json();
            let path = format!("{all}/{}", drawn["id"]);
            let edited = edit(path, drawing());
            if method == "PUT" { edited } else { Call { body: None, ..edited } }
        }
    }
}
