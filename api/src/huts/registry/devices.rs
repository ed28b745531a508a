//! Devices of huts.

use entity::{hut, hut_device};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{HutDevice, HutDeviceChange, NewHutDevice};
use super::service::checked_name;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::http::patch::Patch;
use crate::huts::DIGEST_KEY;
use crate::huts::in_charge::{InCharge, next_version, not_found};
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

const LONGEST_SERIAL: usize = 60;

/// Registers a device.
pub(super) async fn add(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    new: NewHutDevice,
) -> ApiResult<HutDevice> {
    let mut errors = FieldErrors::default();
    let name = checked_name(&new.name, "/name", &mut errors);
    let serial = new.serial.and_then(|serial| checked_serial(&serial, &mut errors));
    errors.finish()?;
    let (kind, calibration_due) = (new.kind, new.calibration_due);
    let (shared, now) = (state.clone(), state.clock.now());
    let added = state.database.write(move |transaction| {
        let (state, caller, name, serial) = (shared.clone(), caller.clone(), name.clone(), serial.clone());
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            require_open(&hut)?;
            require_new_serial(transaction, hut_id, serial.as_deref(), None).await?;
            let id = state.random.id(now);
            let address = CellAddress { column: DIGEST_KEY, row: id.as_bytes() };
            let digest_key = state.random.bytes::<32>();
            let row = hut_device::Model {
                id,
                hut_id,
                kind: kind.into(),
                name,
                serial,
                calibration_due,
                digest_key_cell: state
                    .vault
                    .seal(transaction, KeyOwner::Server, address, &digest_key)
                    .await?,
                status: hut_device::Status::Active,
                version: 1,
                created_at: now.into(),
                updated_at: now.into(),
            };
            hut_device::Entity::insert(row.clone().into_active_model())
                .exec_without_returning(transaction)
                .await?;
            let event = caller
                .event(Action::HutsChanged, "hut_device", id, &hut.region_code)
                .with(json!({"change": "created"}));
            audit::append(transaction, &event, now).await?;
            Ok(HutDevice::from(row))
        })
    });
    added.await
}

/// Changes a device.
pub(super) async fn change(
    state: &AppState,
    caller: InCharge,
    (hut_id, device_id): (Uuid, Uuid),
    version: IfMatch,
    change: HutDeviceChange,
) -> ApiResult<HutDevice> {
    let mut errors = FieldErrors::default();
    let name = change.name.map(|name| checked_name(&name, "/name", &mut errors));
    let serial = change.serial.try_map(|serial| checked_serial(&serial, &mut errors).ok_or(()));
    let serial = serial.unwrap_or(Patch::Keep);
    errors.finish()?;
    let (calibration_due, status) = (change.calibration_due, change.status);
    let (shared, now) = (state.clone(), state.clock.now());
    let changed = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        let (name, serial, calibration_due) = (name.clone(), serial.clone(), calibration_due.clone());
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            let row = hut_device::Entity::find_by_id(device_id).one(transaction).await?;
            let mut row = row.filter(|row| row.hut_id == hut_id).ok_or_else(not_found)?;
            version.require(row.version)?;
            row.name = name.unwrap_or(row.name);
            match serial {
                Patch::Keep => {}
                Patch::Clear => row.serial = None,
                Patch::Set(serial) => {
                    require_new_serial(transaction, hut_id, Some(&serial), Some(device_id)).await?;
                    row.serial = Some(serial);
                }
            }
            match calibration_due {
                Patch::Keep => {}
                Patch::Clear => row.calibration_due = None,
                Patch::Set(due) => row.calibration_due = Some(due),
            }
            row.status = status.map_or(row.status, Into::into);
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            let mut edited = row.clone().into_active_model().reset_all();
            edited.id = ActiveValue::Unchanged(device_id);
            hut_device::Entity::update(edited).exec(transaction).await?;
            let event = caller
                .event(Action::HutsChanged, "hut_device", device_id, &hut.region_code)
                .with(json!({"change": "edited"}));
            audit::append(transaction, &event, state.clock.now()).await?;
            Ok(HutDevice::from(row))
        })
    });
    changed.await
}

/// Refuses to change what belongs to a hut that was given up.
pub(super) fn require_open(hut: &hut::Model) -> ApiResult<()> {
    match hut.status {
        hut::Status::Open => Ok(()),
        hut::Status::Closed => Err(ApiError::Conflict {
            code: "hut_closed",
            detail: "这个健康小屋已经停用，请先把它改回开放再操作。".into(),
        }),
    }
}

/// The same device entered twice would count the same reading twice.
async fn require_new_serial(
    transaction: &DatabaseTransaction,
    hut_id: Uuid,
    serial: Option<&str>,
    except: Option<Uuid>,
) -> ApiResult<()> {
    let Some(serial) = serial else { return Ok(()) };
    let known = hut_device::Entity::find()
        .filter(hut_device::Column::HutId.eq(hut_id))
        .filter(hut_device::Column::Serial.eq(serial))
        .filter(hut_device::Column::Status.eq(hut_device::Status::Active))
        .select_only()
        .column(hut_device::Column::Id)
        .into_tuple::<Uuid>()
        .all(transaction)
        .await?;
    if known.iter().all(|id| Some(*id) == except) {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "device_exists",
        detail: "这个小屋已经有同一序列号的设备，请直接打开它修改。".into(),
    })
}

fn checked_serial(text: &str, errors: &mut FieldErrors) -> Option<String> {
    let serial = text.trim();
    if serial.is_empty() || serial.chars().count() > LONGEST_SERIAL || serial.chars().any(char::is_control) {
        errors.add("/serial", "bad_serial", "序列号请照设备铭牌填写，最多 60 个字符，或者不填。");
        return None;
    }
    Some(serial.to_owned())
}
