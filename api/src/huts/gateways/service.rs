use chrono::{DateTime, TimeDelta, Utc};
use entity::hut_gateway;
use sea_orm::{
    ActiveModelTrait, ActiveValue, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{GatewayKey, NewGateway};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::huts::in_charge::{InCharge, next_version, not_found};
use crate::huts::{FORMER_GATEWAY_KEY, GATEWAY_KEY};
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

/// How long the former key counts while the new one is on its way to the hut.
const FORMER_KEY_LIVES: TimeDelta = TimeDelta::hours(24);

/// Makes a gateway with its first key.
pub(super) async fn add(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    new: NewGateway,
) -> ApiResult<GatewayKey> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        return Err(wrong("/name", "bad_name", "请填写 1 到 40 个字的名称。"));
    }
    let (shared, now) = (state.clone(), state.clock.now());
    let added = state.database.write(move |transaction| {
        let (state, caller, name) = (shared.clone(), caller.clone(), name.clone());
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            let id = state.random.id(now);
            let key = state.random.token();
            let row = hut_gateway::Model {
                id,
                hut_id,
                name,
                status: hut_gateway::Status::Active,
                key_cell: Some(sealed(&state, transaction, id, &key).await?),
                key_issued_at: Some(now.into()),
                former_key_cell: None,
                former_key_until: None,
                last_seq: 0,
                seen_seqs: 0,
                seen_at: None,
                clock_offset_ms: None,
                version: 1,
                created_at: now.into(),
                updated_at: now.into(),
            };
            hut_gateway::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
            let event = caller.event(Action::GatewayKeyIssued, "hut_gateway", id, &hut.region_code);
            audit::append(transaction, &event, now).await?;
            Ok(GatewayKey { gateway_id: id, key, issued_at: now, former_key_until: None })
        })
    });
    added.await
}

/// Gives a gateway another key.
pub(super) async fn rotate(
    state: &AppState,
    caller: InCharge,
    (hut_id, gateway_id): (Uuid, Uuid),
    at_once: bool,
) -> ApiResult<GatewayKey> {
    let (shared, now) = (state.clone(), state.clock.now());
    let rotated = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            let mut row = locked(transaction, hut_id, gateway_id).await?;
            if row.status == hut_gateway::Status::Revoked {
                return Err(ApiError::Conflict {
                    code: "gateway_revoked",
                    detail: "这个网关已经停用，请新增一个网关。".into(),
                });
            }
            let former = row.key_cell.filter(|_| !at_once);
            row.former_key_cell = match former {
                Some(cell) => Some(moved(&state, transaction, gateway_id, &cell).await?),
                None => None,
            };
            row.former_key_until = row.former_key_cell.as_ref().map(|_| (now + FORMER_KEY_LIVES).into());
            let key = state.random.token();
            row.key_cell = Some(sealed(&state, transaction, gateway_id, &key).await?);
            row.key_issued_at = Some(now.into());
            let former_key_until = row.former_key_until.map(|until| *until);
            save(transaction, row, now).await?;
            let event = caller
                .event(Action::GatewayKeyIssued, "hut_gateway", gateway_id, &hut.region_code)
                .with(json!({"at_once": at_once}));
            audit::append(transaction, &event, now).await?;
            Ok(GatewayKey { gateway_id, key, issued_at: now, former_key_until })
        })
    });
    rotated.await
}

/// Takes the keys of a gateway away. Asked again, it changes nothing.
pub(super) async fn revoke(
    state: &AppState,
    caller: InCharge,
    (hut_id, gateway_id): (Uuid, Uuid),
) -> ApiResult<()> {
    let now = state.clock.now();
    let revoked = state.database.write(move |transaction| {
        let caller = caller.clone();
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            let mut row = locked(transaction, hut_id, gateway_id).await?;
            if row.status == hut_gateway::Status::Revoked {
                return Ok(());
            }
            row.status = hut_gateway::Status::Revoked;
            (row.key_cell, row.key_issued_at) = (None, None);
            (row.former_key_cell, row.former_key_until) = (None, None);
            save(transaction, row, now).await?;
            let event = caller.event(Action::GatewayRevoked, "hut_gateway", gateway_id, &hut.region_code);
            audit::append(transaction, &event, now).await
        })
    });
    revoked.await
}

async fn locked(
    transaction: &DatabaseTransaction,
    hut_id: Uuid,
    gateway_id: Uuid,
) -> ApiResult<hut_gateway::Model> {
    let row = hut_gateway::Entity::find_by_id(gateway_id).lock_exclusive().one(transaction).await?;
    row.filter(|row| row.hut_id == hut_id).ok_or_else(not_found)
}

async fn save(
    transaction: &DatabaseTransaction,
    mut row: hut_gateway::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    row.version = next_version(row.version)?;
    row.updated_at = now.into();
    let id = row.id;
    let mut edited = row.into_active_model().reset_all();
    edited.id = ActiveValue::Unchanged(id);
    hut_gateway::Entity::update(edited).exec(transaction).await?;
    Ok(())
}

async fn sealed(
    state: &AppState,
    transaction: &DatabaseTransaction,
    gateway_id: Uuid,
    key: &str,
) -> ApiResult<Vec<u8>> {
    let address = CellAddress { column: GATEWAY_KEY, row: gateway_id.as_bytes() };
    state.vault.seal(transaction, KeyOwner::Server, address, key.as_bytes()).await
}

/// A cell is bound to its column, so the former key is sealed anew.
async fn moved(
    state: &AppState,
    transaction: &DatabaseTransaction,
    gateway_id: Uuid,
    cell: &[u8],
) -> ApiResult<Vec<u8>> {
    let row = gateway_id.as_bytes();
    let from = CellAddress { column: GATEWAY_KEY, row };
    let key = state.vault.open(transaction, from, cell).await?;
    let to = CellAddress { column: FORMER_GATEWAY_KEY, row };
    state.vault.seal(transaction, KeyOwner::Server, to, &key).await
}
