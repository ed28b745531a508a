//! How the operations that change the map are called, on a place and a draft in the owner's community.

use serde_json::{Value, json};

use super::HERE;
use super::calls::{Call, Objects, edit, get, send};
use crate::editing::{ITEMS, drawn, place, without_review};

pub(super) fn is_meant(method: &str, path: &str) -> bool {
    let by_staff = [
        "/api/v1/map/drafts",
        "/api/v1/map/held-places",
        "/api/v1/map/review-rules",
        "/api/v1/map/bulk-edits",
        "/api/v1/map/features/{id}/",
    ];
    by_staff.iter().any(|start| path.starts_with(start)) || path.starts_with("/map/") && method != "GET"
}

pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    match (method, path) {
        ("POST", "/api/v1/map/drafts") => send(path, json!({"layer": "fitness_site", "feature": new()})),
        ("POST", "/api/v1/map/bulk-edits") => {
            send(path, json!({"type": "FeatureCollection", "features": []}))
        }
        ("PUT", "/api/v1/map/review-rules/{region}") => edit(rule(objects).await, json!({"steps": 0})),
        ("DELETE", "/api/v1/map/review-rules/{region}") => {
            Call { headers: vec![("if-match", "\"1\"".to_owned())], ..get(rule(objects).await) }
        }
        ("POST", "/map/collections/{collectionId}/items") => {
            without_review(&objects.app, HERE).await;
            with_type(send(ITEMS, new()), "application/geo+json")
        }
        ("GET", _) if !path.contains('{') => get(path),
        (_, path) if path.starts_with("/api/v1/map/drafts/") => on_draft(method, path, objects).await,
        _ => on_place(method, path, objects).await,
    }
}

fn new() -> Value {
    place("矩阵健身点", 114.4203, 22.6335)
}

fn with_type(call: Call, media_type: &str) -> Call {
    let headers = call.headers.clone().into_iter().chain([("content-type", media_type.to_owned())]);
    // JSON has a type of its own, so the body is sent as it is.
    let file = call.body.as_ref().map(|body| body.to_string().into_bytes());
    Call { headers: headers.collect(), file, body: None, ..call }
}

/// A rule of the community in its first version.
async fn rule(objects: &Objects) -> String {
    let path = format!("/api/v1/map/review-rules/{HERE}");
    let admin = objects.app.staff("region_admin", HERE).await;
    let rules = admin.get("/api/v1/map/review-rules").await.ok();
    let known = rules["items"].as_array().unwrap().iter().find(|rule| rule["region_code"] == HERE);
    if let Some(rule) = known {
        admin.delete_version(&path, rule["version"].as_i64().unwrap()).await;
    }
    without_review(&objects.app, HERE).await;
    path
}

/// Things that are done to a draft that is as far as they need it.
async fn on_draft(method: &str, path: &str, objects: &Objects) -> Call {
    let author = objects.app.staff("editor", HERE).await;
    let begun =
        author.post("/api/v1/map/drafts", &json!({"layer": "fitness_site", "feature": new()})).await.json();
    let path = path.replace("{id}", &begun["id"].to_string());
    let waits = ["/approve", "/return", "/recall"].iter().any(|end| path.ends_with(end));
    let mut version = 1;
    if waits {
        let submit = format!("/api/v1/map/drafts/{}/submit", begun["id"]);
        version = author.post_version(&submit, 1, &json!({})).await.ok()["version"].as_i64().unwrap();
    }
    let call = match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("GET", _) => return get(path),
        ("PUT", _) => send(path, json!({"feature": new()})),
        ("POST", "return") => send(path, json!({"reason": "请改名称"})),
        _ => get(path),
    };
    Call { headers: vec![("if-match", format!("\"{version}\""))], ..call }
}

async fn on_place(method: &str, path: &str, objects: &Objects) -> Call {
    let id = drawn(&objects.app, HERE).await;
    let known = objects.app.get(&format!("/api/v1/map/features/{id}")).await.ok();
    let path = path
        .replace("{collectionId}", known["layer"].as_str().unwrap())
        .replace("{featureId}", &id.to_string())
        .replace("{id}", &id.to_string())
        .replace("{version}", "1");
    let version = vec![("if-match", format!("\"{}\"", known["version"]))];
    match (method, path.rsplit('/').next().unwrap_or_default()) {
        ("GET", _) | ("POST", "restore") => get(path),
        ("PUT", "photos") => Call { headers: version, ..send(path, json!({"items": []})) },
        ("PUT", _) => {
            let feature = objects.app.get(&path).await.ok();
            with_type(Call { headers: version, ..send(path, feature) }, "application/geo+json")
        }
        ("PATCH", _) => {
            with_type(Call { headers: version, ..send(path, json!({})) }, "application/merge-patch+json")
        }
        _ => Call { headers: version, ..get(path) },
    }
}
