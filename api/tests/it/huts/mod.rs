//! Health huts: registry, gateways, readings on their way to a person.

mod claims;
mod gateways;
mod ingest;
mod registry;
mod sessions;

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use entity::feature;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::access::HERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

pub(crate) const READINGS: &str = "/api/v1/gateway/readings";

/// 120/80, pulse 72, by a cuff whose clock says 2024-06-15 08:30:00.
pub(crate) const CUFF: &str = "1E780050005D00E807060F081E004800010000";

#[track_caller]
pub(crate) fn created(answer: &TestResponse) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The place of a hut on the seeded map.
pub(crate) async fn place(app: &TestApp, region_code: &str) -> i32 {
    let place = feature::Entity::find()
        .filter(feature::Column::LayerId.eq("health_hut"))
        .filter(feature::Column::RegionCode.eq(region_code))
        .one(app.state.database.reader());
    place.await.unwrap().unwrap().id
}

/// A place like it on which there is no hut yet.
pub(crate) async fn new_place(app: &TestApp, region_code: &str) -> i32 {
    let known = feature::Entity::find_by_id(place(app, region_code).await);
    let known = known.one(app.state.database.reader()).await.unwrap().unwrap();
    let added = app.state.database.write(move |transaction| {
        let mut row = known.clone().into_active_model().reset_all();
        row.id = ActiveValue::NotSet;
        Box::pin(async move { Ok(feature::Entity::insert(row).exec(transaction).await?.last_insert_id) })
    });
    added.await.unwrap()
}

/// A hut with a cuff and a scale, and its keeper.
#[derive(Clone, Debug)]
pub(crate) struct Hut {
    pub(crate) app: TestApp,
    pub(crate) keeper: Caller,
    pub(crate) id: String,
    pub(crate) cuff: String,
    pub(crate) scale: String,
}

impl Hut {
    pub(crate) async fn new(app: &TestApp) -> Self {
        Self::kept_by(&app.staff("hut_keeper", HERE).await).await
    }

    pub(crate) async fn kept_by(keeper: &Caller) -> Self {
        let place = new_place(&keeper.app, HERE).await;
        let hut = created(&keeper.post("/api/v1/huts", &json!({"feature_id": place})).await);
        let id = text(&hut["id"]);
        let mut devices = Vec::new();
        for (kind, name) in [("blood_pressure", "臂筒式血压计"), ("weight", "身高体重仪")] {
            let body = json!({"kind": kind, "name": name});
            let device = created(&keeper.post(&format!("/api/v1/huts/{id}/devices"), &body).await);
            devices.push(text(&device["id"]));
        }
        let [cuff, scale] = devices.try_into().unwrap();
        Self { app: keeper.app.clone(), keeper: keeper.clone(), id, cuff, scale }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/huts/{}{rest}", self.id)
    }

    /// The code that the hut shows now.
    pub(crate) async fn code(&self) -> String {
        text(&self.keeper.get(&self.path("/code")).await.ok()["code"])
    }

    /// Lets a resident scan the code.
    pub(crate) async fn scanned_by(&self, resident: &Caller) -> Value {
        let body = json!({"code": self.code().await});
        created(&resident.post(&self.path("/sessions"), &body).await)
    }

    /// A pressure that was measured then.
    pub(crate) fn pressure(&self, uid: &str, systolic: i64, taken_at: DateTime<Utc>) -> Value {
        json!({
            "uid": uid, "device_id": self.cuff, "kind": "blood_pressure", "clock": "synced", "unit": "mmHg",
            "values": {"systolic": systolic, "diastolic": 80, "pulse": 72}, "taken_at": taken_at,
        })
    }

    pub(crate) fn weight(&self, uid: &str, kilograms: f64, taken_at: DateTime<Utc>) -> Value {
        json!({
            "uid": uid, "device_id": self.scale, "kind": "weight", "clock": "synced", "unit": "kg",
            "values": {"weight": kilograms}, "taken_at": taken_at,
        })
    }
}

/// A gateway as it talks to the server.
#[derive(Debug)]
pub(crate) struct Gateway {
    app: TestApp,
    pub(crate) id: String,
    pub(crate) key: String,
    seq: AtomicI64,
}

impl Gateway {
    pub(crate) async fn new(hut: &Hut) -> Self {
        let made = created(&hut.keeper.post(&hut.path("/gateways"), &json!({"name": "网关"})).await);
        Self::with(&hut.app, &text(&made["gateway_id"]), &text(&made["key"]))
    }

    pub(crate) fn with(app: &TestApp, id: &str, key: &str) -> Self {
        Self { app: app.clone(), id: id.to_owned(), key: key.to_owned(), seq: AtomicI64::new(0) }
    }

    pub(crate) fn next_seq(&self) -> i64 {
        self.seq.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Sends bytes with a signature.
    pub(crate) async fn send_signed(&self, path: &str, body: &str, signature: &str) -> TestResponse {
        self.app
            .request(Method::POST, path)
            .header("x-kangtu-gateway", &self.id)
            .header("x-kangtu-signature", signature)
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .await
    }

    pub(crate) fn signature(&self, path: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).unwrap();
        mac.update(format!("{path}\n{body}").as_bytes());
        kangtu::hex::lower_hex(&mac.finalize().into_bytes())
    }

    /// Sends a body under a number, as sent at an instant by the clock of the gateway.
    pub(crate) async fn send(&self, path: &str, more: &Value, sent_at: DateTime<Utc>) -> TestResponse {
        let mut body = json!({"gateway_id": self.id, "seq": self.next_seq(), "sent_at": sent_at});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = body.to_string();
        self.send_signed(path, &body, &self.signature(path, &body)).await
    }

    /// Sends readings now, with a clock that is right; what became of each.
    pub(crate) async fn deliver(&self, readings: &[Value]) -> Vec<Value> {
        self.deliver_by_clock(readings, self.app.clock.now()).await
    }

    pub(crate) async fn deliver_by_clock(&self, readings: &[Value], sent_at: DateTime<Utc>) -> Vec<Value> {
        let answer = self.send(READINGS, &json!({"readings": readings}), sent_at).await.ok();
        answer["items"].as_array().unwrap().clone()
    }
}

/// A resident of the community who agreed that a record is kept.
pub(crate) async fn resident(app: &TestApp, name: &str) -> Caller {
    let resident = app.resident(name).await;
    agree(&resident, "records").await;
    resident.patch("/api/v1/me", &json!({"region_code": HERE, "birth_date": "1956-03-08"})).await.ok();
    resident
}

pub(crate) async fn agree(resident: &Caller, purpose: &str) {
    let path = format!("/api/v1/me/consents/{purpose}");
    let answer = resident.put(&path, &json!({"text_version": 1})).await;
    assert!(answer.status < 300, "{}", answer.text());
}

/// What is in the record of a person, newest first.
pub(crate) async fn record(reader: &Caller, person_id: &str, metric: &str) -> Vec<Value> {
    let path = format!("/api/v1/people/{person_id}/measurements?metric={metric}");
    reader.get(&path).await.ok()["items"].as_array().unwrap().clone()
}

/// The upper pressures in a resident's own record, newest first.
pub(crate) async fn pressures(resident: &Caller) -> Vec<i64> {
    let person_id = resident.person_id.unwrap().to_string();
    let items = record(resident, &person_id, "blood_pressure").await;
    items.iter().map(|item| component(item, "systolic")).collect()
}

/// A number of a reading, in the unit of the catalogue.
pub(crate) fn component(item: &Value, code: &str) -> i64 {
    let number = item["values"][code].as_f64().unwrap_or_else(|| panic!("no {code} in {item}"));
    format!("{number:.0}").parse().unwrap()
}

pub(crate) fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// One member of each item.
pub(crate) fn each(items: &[Value], member: &str) -> Vec<Value> {
    items.iter().map(|item| item[member].clone()).collect()
}
