//! How staff change the map: OGC API Features Part 4 under the names of its requirements, drafts and review,
//! history, many places at once, photos.

mod bulk;
mod drafts;
mod gdal;
mod history;
mod part4;
mod photos;
mod races;

use kangtu::map::edit::{Authorship, FeatureEdit, write_as};
use reqwest::Method;
use serde_json::{Value, json};

use crate::access::HERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

pub(crate) const ITEMS: &str = "/map/collections/fitness_site/items";
const GEO_JSON: &str = "application/geo+json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Lets whoever may change and review publish alone in a community.
pub(crate) async fn without_review(app: &TestApp, region_code: &str) {
    let admin = app.staff("region_admin", region_code).await;
    let answer = admin.put(&format!("/api/v1/map/review-rules/{region_code}"), &json!({"steps": 0})).await;
    assert!(answer.status == 200 || answer.status == 428, "{}", answer.text());
}

/// Somebody who publishes alone.
async fn publisher(app: &TestApp) -> Caller {
    without_review(app, HERE).await;
    app.staff("region_admin", HERE).await
}

/// A place that nobody knows yet.
pub(crate) fn place(name: &str, lon: f64, lat: f64) -> Value {
    json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {
            "name": name,
            "region_code": HERE,
            "phone": "0755-84206000",
            "opening_hours": "Mo-Su 06:00-22:00",
            "facilities": ["单杠", "饮水点"],
            "surface": "塑胶",
        },
    })
}

/// A place that is on the map already, drawn past the rules of review.
pub(crate) async fn drawn(app: &TestApp, region_code: &str) -> i32 {
    let mut draft = crate::ogc::place("fitness_site", "画好的健身点", geo::Point::new(114.4203, 22.6335));
    draft.region_code = region_code.to_owned();
    let (edits, now) = (vec![FeatureEdit::Add(Box::new(draft), None)], app.clock.now());
    let written = app.state.database.write(move |transaction| {
        let edits = edits.clone();
        Box::pin(async move { write_as(transaction, edits.into(), &Authorship::default(), now).await })
    });
    let ids = written.await.unwrap();
    app.state.map.refresh(&app.state.database, &app.state.metrics).await.unwrap();
    ids[0]
}

async fn send(caller: &Caller, method: Method, path: &str, media_type: &str, body: &Value) -> TestResponse {
    caller.request(method, path).header("content-type", media_type).body(body.to_string()).send().await
}

async fn post(caller: &Caller, body: &Value) -> TestResponse {
    send(caller, Method::POST, ITEMS, GEO_JSON, body).await
}

async fn put(caller: &Caller, path: &str, tag: &str, body: &Value) -> TestResponse {
    let request = caller.request(Method::PUT, path).header("content-type", GEO_JSON);
    request.header("if-match", tag).body(body.to_string()).send().await
}

async fn patch(caller: &Caller, path: &str, tag: &str, body: &Value) -> TestResponse {
    let request = caller.request(Method::PATCH, path).header("content-type", MERGE_PATCH);
    request.header("if-match", tag).body(body.to_string()).send().await
}

async fn delete(caller: &Caller, path: &str, tag: &str) -> TestResponse {
    caller.request(Method::DELETE, path).header("if-match", tag).send().await
}

/// Publishes a place and returns its address and its number.
async fn published(caller: &Caller, body: &Value) -> (String, i32) {
    let answer = post(caller, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = number(&answer.json()["id"]);
    (format!("{ITEMS}/{id}"), id)
}

/// The tag of what is at an address.
async fn tag_of(app: &TestApp, path: &str) -> String {
    app.get(path).await.header("etag").unwrap().to_owned()
}

fn number(value: &Value) -> i32 {
    i32::try_from(value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))).unwrap()
}

#[track_caller]
fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}
