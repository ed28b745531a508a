//! What health officers see and do: today's list, calls, referrals, figures.

mod calls;
mod family_week;
mod figures;
mod list;

use chrono::{DateTime, TimeDelta, Utc};
use entity::proxy::Capacity;
use entity::{consent, person, record_digest};
use kangtu::consents::Purpose;
use kangtu::people::profile::Name;
use kangtu::people::record::{self, NewRecord};
use kangtu::records::digest::{DIGEST, Digest, Pressure, stored};
use kangtu::vault::{CellAddress, KeyOwner};
use reqwest::Method;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::HERE;
use crate::huts::{agree, resident};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

pub(crate) const FOLLOW_UPS: &str = "/api/v1/follow-ups";

/// The health officer of the community.
pub(crate) async fn officer(app: &TestApp) -> Caller {
    app.staff("health_officer", HERE).await
}

/// A resident of the community who lets its officers see the record.
pub(crate) async fn sharer(app: &TestApp, name: &str) -> Caller {
    let sharer = resident(app, name).await;
    agree(&sharer, "sharing").await;
    sharer
}

/// Keeps a reading of a resident.
async fn measure(resident: &Caller, metric: &str, values: Value, at: DateTime<Utc>) {
    let app = &resident.app;
    let reading = json!({
        "uid": app.state.random.stamp(), "metric": metric, "values": values, "measured_at": at, "confirmed": true,
    });
    let path = format!("/api/v1/people/{}/measurements", resident.person_id.unwrap());
    let answer = resident.request(Method::POST, &path).json(&json!({"measurements": [reading]})).send().await;
    assert!(answer.status < 300, "{}", answer.text());
    assert_eq!(answer.json()["items"][0]["status"], "recorded", "{}", answer.text());
}

pub(crate) async fn press(resident: &Caller, systolic: i64, diastolic: i64, days_ago: i64) {
    let at = resident.app.clock.now() - TimeDelta::days(days_ago);
    measure(resident, "blood_pressure", json!({"systolic": systolic, "diastolic": diastolic}), at).await;
}

async fn weigh(resident: &Caller, kilograms: f64, days_ago: i64) {
    let at = resident.app.clock.now() - TimeDelta::days(days_ago);
    measure(resident, "weight", json!({"value": kilograms}), at).await;
}

/// Today's list as the officer sees it.
async fn list(officer: &Caller) -> Vec<Value> {
    officer.get(FOLLOW_UPS).await.ok()["items"].as_array().unwrap().clone()
}

/// Codes of the reasons to call a resident; none where the resident is not on the list.
async fn reasons(officer: &Caller, resident: &Caller) -> Vec<String> {
    let id = json!(resident.person_id.unwrap());
    let items = list(officer).await;
    let found = items.iter().find(|item| item["id"] == id);
    let causes = found.map(|item| item["reasons"].as_array().unwrap().clone()).unwrap_or_default();
    causes.iter().map(|cause| cause["code"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn results(person_id: impl std::fmt::Display) -> String {
    format!("{FOLLOW_UPS}/{person_id}/results")
}

/// Notes what came of a call.
async fn call(officer: &Caller, resident: &Caller, outcome: &str) -> TestResponse {
    let body = json!({"uid": officer.app.state.random.stamp(), "outcome": outcome});
    officer.post(&results(resident.person_id.unwrap()), &body).await
}

/// Somebody who shares, written past the interface: there are many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbour {
    pub(crate) region_code: &'static str,
    pub(crate) shares_days: i64,
    pub(crate) measured_days: i64,
    pub(crate) systolic: i64,
}

/// Adds neighbours, whose consent the account of a resident gave.
pub(crate) async fn settle(resident: &Caller, neighbours: &[Neighbour]) {
    let app = &resident.app;
    for some in neighbours.chunks(200) {
        let (state, account_id, now) = (app.state.clone(), resident.id, app.clock.now());
        let some = some.to_vec();
        let settled = app.state.database.write(move |transaction| {
            let (state, some) = (state.clone(), some.clone());
            Box::pin(async move {
                for neighbour in some {
                    let person_id = state.random.id(now);
                    let new = NewRecord {
                        person_id,
                        name: Name::parse("邻居", "/name").unwrap(),
                        birth_date: "1950-01-01".parse().ok(),
                        sex: person::Sex::Female,
                        region_code: Some(neighbour.region_code.to_owned()),
                    };
                    record::insert(transaction, &state, &new, now).await?;
                    for purpose in [Purpose::Records, Purpose::Sharing] {
                        let row =
                            agreed(state.random.id(now), person_id, account_id, purpose, neighbour, now);
                        consent::Entity::insert(row.into_active_model())
                            .exec_without_returning(transaction)
                            .await?;
                    }
                    let at = now - TimeDelta::days(neighbour.measured_days);
                    let pressure =
                        Pressure { at, systolic: neighbour.systolic, diastolic: 80, at_home: false };
                    let digest = Digest { last_pressure: Some(pressure), ..Digest::default() };
                    let address = CellAddress { column: DIGEST, row: person_id.as_bytes() };
                    let plain = stored::write(&digest).unwrap();
                    let owner = KeyOwner::Person(person_id);
                    let row = record_digest::Model {
                        person_id,
                        last_measured_at: at.into(),
                        digest_cell: state.vault.seal(transaction, owner, address, &plain).await?,
                        updated_at: now.into(),
                    };
                    record_digest::Entity::insert(row.into_active_model())
                        .exec_without_returning(transaction)
                        .await?;
                }
                Ok(())
            })
        });
        settled.await.unwrap();
    }
}

fn agreed(
    id: Uuid,
    person_id: Uuid,
    account_id: Uuid,
    purpose: Purpose,
    neighbour: Neighbour,
    now: DateTime<Utc>,
) -> consent::Model {
    consent::Model {
        id,
        person_id,
        purpose: purpose.as_str().to_owned(),
        text_version: 1,
        given_by_account_id: account_id,
        given_as: Capacity::Caretaker,
        granted_at: (now - TimeDelta::days(neighbour.shares_days)).into(),
        ended_at: None,
        end_reason: None,
    }
}
