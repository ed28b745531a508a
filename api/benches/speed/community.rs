//! A community whose residents share their records with their health officer: past the interface, because there
//! are thousands, but each with a key and a digest of a usual length.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::proxy::Capacity;
use entity::{account, consent, person, record_digest, staff, staff_role};
use kangtu::consents::Purpose;
use kangtu::identity::session::{self, NewSession, SessionOwner};
use kangtu::people::profile::Name;
use kangtu::people::record::{self, NewRecord};
use kangtu::records::digest::{DIGEST, Digest, Pressure, PressureDay, Weight, stored};
use kangtu::state::AppState;
use kangtu::vault::{CellAddress, KeyOwner};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::json;
use uuid::Uuid;

use crate::client::{Connection, Request};
use crate::server::Server;

/// The community, one of the seeds.
const REGION: &str = "440307009001";
/// Residents who are written in one transaction.
const AT_ONCE: u32 = 250;

/// Settles residents, of whom one in fifty is to be called.
pub(crate) async fn settle(server: &Server, residents: u32) -> anyhow::Result<()> {
    let state = &server.state;
    let mut connection = Connection::open(server.address).await?;
    let login = json!({"code": "dev-bench"});
    connection
        .send(&Request::json("POST", server.address, ("/api/v1/auth/wechat", 200), None, &login))
        .await?;
    let keeper = account::Entity::find().one(state.database.reader()).await?.context("nobody logged in")?;
    for first in (0..residents).step_by(AT_ONCE as usize) {
        let (shared, now) = (state.clone(), state.clock.now());
        let numbers = first..(first + AT_ONCE).min(residents);
        let settled = state.database.write(move |transaction| {
            let (state, numbers) = (shared.clone(), numbers.clone());
            Box::pin(async move {
                for number in numbers {
                    let person_id = state.random.id(now);
                    let new = NewRecord {
                        person_id,
                        name: Name::parse("居民", "/name").map_err(|_bad_name| no_name())?,
                        birth_date: "1950-01-01".parse().ok(),
                        sex: person::Sex::Female,
                        region_code: Some(REGION.to_owned()),
                    };
                    record::insert(transaction, &state, &new, now).await?;
                    for purpose in [Purpose::Records, Purpose::Sharing] {
                        let row = agreed(state.random.id(now), person_id, keeper.id, purpose, now);
                        let insert = consent::Entity::insert(row.into_active_model());
                        insert.exec_without_returning(transaction).await?;
                    }
                    let plain = stored::write(&digest(number, now))?;
                    let address = CellAddress { column: DIGEST, row: person_id.as_bytes() };
                    let owner = KeyOwner::Person(person_id);
                    let row = record_digest::Model {
                        person_id,
                        last_measured_at: now.into(),
                        digest_cell: state.vault.seal(transaction, owner, address, &plain).await?,
                        updated_at: now.into(),
                    };
                    let insert = record_digest::Entity::insert(row.into_active_model());
                    insert.exec_without_returning(transaction).await?;
                }
                Ok(())
            })
        });
        settled.await?;
    }
    Ok(())
}

fn no_name() -> kangtu::error::ApiError {
    kangtu::error::ApiError::Internal(anyhow::anyhow!("a name is none"))
}

fn agreed(
    id: Uuid,
    person_id: Uuid,
    account_id: Uuid,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> consent::Model {
    consent::Model {
        id,
        person_id,
        purpose: purpose.as_str().to_owned(),
        text_version: 1,
        given_by_account_id: account_id,
        given_as: Capacity::Caretaker,
        granted_at: now.into(),
        ended_at: None,
        end_reason: None,
    }
}

/// Thirty days of pressures and a hundred weights: as long as digests get.
fn digest(number: u32, now: DateTime<Utc>) -> Digest {
    let systolic = if number.is_multiple_of(50) { 184 } else { 124 };
    let day = |ago: i64| PressureDay {
        day: now.date_naive() - TimeDelta::days(ago),
        systolic: if ago == 0 { systolic } else { 124 },
        diastolic: 78,
        at_home: true,
    };
    Digest {
        last_pressure: Some(Pressure { at: now, systolic, diastolic: 78, at_home: true }),
        pressure_days: (0..30).map(day).collect(),
        weights: (0..100).map(|ago| Weight { at: now - TimeDelta::days(ago), grams: 61_000 + ago }).collect(),
    }
}

/// A token of the health officer of the community.
pub(crate) async fn officer(state: &AppState) -> anyhow::Result<String> {
    let (now, random) = (state.clock.now(), state.random.clone());
    let member = staff::Model {
        id: random.id(now),
        username: "bench-officer".to_owned(),
        display_name: "健康专干".to_owned(),
        password_hash: "none".to_owned(),
        password_changed_at: now.into(),
        totp_cell: None,
        totp_confirmed_at: None,
        totp_last_step: None,
        security_stamp: random.stamp(),
        status: staff::Status::Active,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let role = staff_role::Model {
        staff_id: member.id,
        role_id: "health_officer".to_owned(),
        region_code: REGION.to_owned(),
        granted_at: now.into(),
        granted_by: None,
    };
    let (owner, stamp) = (SessionOwner::Staff(member.id), member.security_stamp);
    let id = member.id;
    let started = state.database.write(move |transaction| {
        let (member, role, random) = (member.clone(), role.clone(), random.clone());
        Box::pin(async move {
            staff::Entity::insert(member.into_active_model()).exec_without_returning(transaction).await?;
            staff_role::Entity::insert(role.into_active_model()).exec_without_returning(transaction).await?;
            let new = NewSession {
                owner,
                security_stamp: stamp,
                client: "bench".to_owned(),
                second_factor_at: Some(now),
            };
            session::start(transaction, &random, new, now).await
        })
    });
    let session_id = started.await?.session.id;
    state.tokens.issue(owner.audience(), id, session_id, stamp, now)
}
