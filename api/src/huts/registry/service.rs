use std::collections::HashMap;

use entity::{feature, hut, hut_box_check, hut_device, hut_gateway, hut_supply, region, staff};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{FirstAidBox, HutChange, HutDetail, HutKeeper, HutList, HutStatus, HutView, NewHut};
use super::standing::Inventory;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::http::patch::Patch;
use crate::huts::in_charge::{InCharge, Page, next_version, within};
use crate::huts::sessions;
use crate::opening::{CivilTime, opening};
use crate::regions::RegionScope;
use crate::state::AppState;

/// The layer of the map on which huts stand.
const LAYER: &str = "health_hut";
const LONGEST_NOTE: usize = 200;

/// One page of the huts in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<HutList> {
    let reader = state.database.reader();
    let mut rows = hut::Entity::find()
        .filter(within(scope, hut::Column::RegionCode))
        .filter(page.begins(hut::Column::Id))
        .order_by_asc(hut::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    let mut items = Vec::with_capacity(rows.len());
    for detail in told(state, reader, rows).await? {
        items.push(detail.hut);
    }
    Ok(HutList { items, next })
}

/// One hut with all that belongs to it.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<HutDetail> {
    let row = caller.hut(state.database.reader(), id).await?;
    one(state, state.database.reader(), row).await
}

/// A hut as it is told, read in the transaction that changed it.
pub(super) async fn one(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: hut::Model,
) -> ApiResult<HutDetail> {
    let details = told(state, connection, vec![row]).await?;
    details.into_iter().next().ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a hut is not told")))
}

/// Registers a hut.
pub(super) async fn create(state: &AppState, caller: InCharge, new: NewHut) -> ApiResult<HutDetail> {
    let (shared, now) = (state.clone(), state.clock.now());
    let created = state.database.write(move |transaction| {
        let (state, caller, new) = (shared.clone(), caller.clone(), new.clone());
        Box::pin(async move {
            let place = place(transaction, &caller, new.feature_id).await?;
            let note = new.note.map(|note| checked_note(&note)).transpose()?;
            if let Some(keeper_id) = new.keeper_id {
                require_keeper(transaction, keeper_id).await?;
            }
            let known =
                hut::Entity::find().filter(hut::Column::FeatureId.eq(place.id)).one(transaction).await?;
            if known.is_some() {
                return Err(ApiError::Conflict {
                    code: "hut_exists",
                    detail: "这个地点已经登记为健康小屋，请直接打开它修改。".into(),
                });
            }
            let row = hut::Model {
                id: state.random.id(now),
                feature_id: place.id,
                region_code: place.region_code,
                keeper_id: new.keeper_id,
                note,
                status: hut::Status::Open,
                version: 1,
                created_at: now.into(),
                updated_at: now.into(),
            };
            hut::Entity::insert(row.clone().into_active_model()).exec_without_returning(transaction).await?;
            let event = caller.event(Action::HutsChanged, "hut", row.id, &row.region_code);
            let detail = one(&state, transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(detail)
        })
    });
    created.await
}

/// Changes a hut. One that is closed takes no readings, and whoever sits in it is sent away.
pub(super) async fn change(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: HutChange,
) -> ApiResult<HutDetail> {
    let note = change.note.try_map(|note| checked_note(&note))?;
    let (keeper_id, status) = (change.keeper_id, change.status);
    let (shared, now) = (state.clone(), state.clock.now());
    let changed = state.database.write(move |transaction| {
        let (state, caller, note, keeper_id) =
            (shared.clone(), caller.clone(), note.clone(), keeper_id.clone());
        Box::pin(async move {
            let mut row = caller.locked_hut(transaction, id).await?;
            version.require(row.version)?;
            match note {
                Patch::Keep => {}
                Patch::Clear => row.note = None,
                Patch::Set(note) => row.note = Some(note),
            }
            match keeper_id {
                Patch::Keep => {}
                Patch::Clear => row.keeper_id = None,
                Patch::Set(keeper_id) => {
                    require_keeper(transaction, keeper_id).await?;
                    row.keeper_id = Some(keeper_id);
                }
            }
            if let Some(status) = status {
                row.status = status.into();
            }
            if status == Some(HutStatus::Closed) {
                sessions::end_for_closing(transaction, id, now).await?;
            }
            row.updated_at = now.into();
            row.version = next_version(row.version)?;
            save(transaction, row.clone()).await?;
            let event = caller.event(Action::HutsChanged, "hut", id, &row.region_code);
            let detail = one(&state, transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(detail)
        })
    });
    changed.await
}

/// Writes every column of a row.
pub(super) async fn save(transaction: &DatabaseTransaction, row: hut::Model) -> ApiResult<()> {
    let id = row.id;
    let mut edited = row.into_active_model().reset_all();
    edited.id = ActiveValue::Unchanged(id);
    hut::Entity::update(edited).exec(transaction).await?;
    Ok(())
}

async fn place(
    connection: &impl ConnectionTrait,
    caller: &InCharge,
    feature_id: i32,
) -> ApiResult<feature::Model> {
    let place = feature::Entity::find_by_id(feature_id).one(connection).await?;
    let is_hut = |place: &feature::Model| {
        place.layer_id == LAYER
            && place.status == feature::Status::Published
            && caller.scope.covers(&place.region_code)
    };
    place.filter(is_hut).ok_or_else(|| {
        wrong(
            "/feature_id",
            "unknown_place",
            "请选择您负责区域内、已经发布在地图“健康小屋”图层上的地点；还没有的话，请先在地图上登记并发布。",
        )
    })
}

async fn require_keeper(connection: &impl ConnectionTrait, keeper_id: Uuid) -> ApiResult<()> {
    let keeper = staff::Entity::find_by_id(keeper_id).one(connection).await?;
    if keeper.is_some_and(|keeper| keeper.status == staff::Status::Active) {
        return Ok(());
    }
    Err(wrong("/keeper_id", "unknown_staff", "没有这位工作人员，请从在职人员中选择。"))
}

pub(super) fn checked_note(note: &str) -> ApiResult<String> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > LONGEST_NOTE {
        return Err(wrong("/note", "bad_note", "说明请写 1 到 200 个字，或者不填。"));
    }
    Ok(note.to_owned())
}

/// A name of 1 to 40 characters.
pub(super) fn checked_name(text: &str, pointer: &str, errors: &mut FieldErrors) -> String {
    let name = text.trim().to_owned();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        errors.add(pointer, "bad_name", "请填写 1 到 40 个字的名称。");
    }
    name
}

/// Huts with all that belongs to them, one statement for each table.
async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    rows: Vec<hut::Model>,
) -> ApiResult<Vec<HutDetail>> {
    let now = state.clock.now();
    let mut parts = Parts::of(connection, &rows).await?;
    let mut details = Vec::with_capacity(rows.len());
    for row in rows {
        let place = parts.places.get(&row.feature_id);
        let zone = parts.zones.get(&row.region_code).map(String::as_str);
        let hours = place.and_then(|place| place.opening_hours.as_deref());
        let can_be_called = place.is_some_and(|place| place.phone.is_some());
        let inventory = parts.inventory(&row);
        let keeper = row.keeper_id.and_then(|id| {
            parts.keepers.get(&id).map(|name| HutKeeper { staff_id: id, display_name: name.clone() })
        });
        let view = HutView {
            id: row.id,
            feature_id: row.feature_id,
            name: place.map(|place| place.name.clone()).unwrap_or_default(),
            address: place.and_then(|place| place.address.clone()),
            opening: opening(hours, CivilTime::new(now, zone), can_be_called),
            keeper,
            note: row.note,
            attention: if row.status == hut::Status::Open { inventory.attention(now) } else { Vec::new() },
            status: row.status.into(),
            version: row.version,
            created_at: *row.created_at,
            updated_at: *row.updated_at,
            region_code: row.region_code,
        };
        details.push(HutDetail {
            hut: view,
            devices: taken(&mut parts.devices, row.id).into_iter().map(Into::into).collect(),
            gateways: taken(&mut parts.gateways, row.id).into_iter().map(Into::into).collect(),
            first_aid_box: FirstAidBox {
                supplies: taken(&mut parts.supplies, row.id).into_iter().map(Into::into).collect(),
                last_check: parts.checks.remove(&row.id).map(Into::into),
            },
        });
    }
    Ok(details)
}

fn taken<T>(by_hut: &mut HashMap<Uuid, Vec<T>>, hut_id: Uuid) -> Vec<T> {
    by_hut.remove(&hut_id).unwrap_or_default()
}

/// What belongs to some huts.
struct Parts {
    places: HashMap<i32, feature::Model>,
    zones: HashMap<String, String>,
    keepers: HashMap<Uuid, String>,
    devices: HashMap<Uuid, Vec<hut_device::Model>>,
    gateways: HashMap<Uuid, Vec<hut_gateway::Model>>,
    supplies: HashMap<Uuid, Vec<hut_supply::Model>>,
    /// The last of each hut.
    checks: HashMap<Uuid, hut_box_check::Model>,
}

impl Parts {
    async fn of(connection: &impl ConnectionTrait, huts: &[hut::Model]) -> ApiResult<Self> {
        let ids = || huts.iter().map(|hut| hut.id);
        let places = feature::Entity::find()
            .filter(feature::Column::Id.is_in(huts.iter().map(|hut| hut.feature_id)))
            .all(connection)
            .await?;
        let zones: Vec<(String, String)> = region::Entity::find()
            .select_only()
            .column(region::Column::Code)
            .column(region::Column::TimeZone)
            .filter(region::Column::Code.is_in(huts.iter().map(|hut| hut.region_code.as_str())))
            .into_tuple()
            .all(connection)
            .await?;
        let keepers: Vec<(Uuid, String)> = staff::Entity::find()
            .select_only()
            .column(staff::Column::Id)
            .column(staff::Column::DisplayName)
            .filter(staff::Column::Id.is_in(huts.iter().filter_map(|hut| hut.keeper_id)))
            .into_tuple()
            .all(connection)
            .await?;
        let devices = hut_device::Entity::find()
            .filter(hut_device::Column::HutId.is_in(ids()))
            .order_by_asc(hut_device::Column::Id)
            .all(connection)
            .await?;
        let gateways = hut_gateway::Entity::find()
            .filter(hut_gateway::Column::HutId.is_in(ids()))
            .order_by_asc(hut_gateway::Column::Id)
            .all(connection)
            .await?;
        let supplies = hut_supply::Entity::find()
            .filter(hut_supply::Column::HutId.is_in(ids()))
            .order_by_asc(hut_supply::Column::Position)
            .all(connection)
            .await?;
        let checks = last_checks(connection, ids().collect()).await?;
        Ok(Self {
            places: places.into_iter().map(|place| (place.id, place)).collect(),
            zones: zones.into_iter().collect(),
            keepers: keepers.into_iter().collect(),
            devices: by_hut(devices, |row| row.hut_id),
            gateways: by_hut(gateways, |row| row.hut_id),
            supplies: by_hut(supplies, |row| row.hut_id),
            checks: checks.into_iter().map(|check| (check.hut_id, check)).collect(),
        })
    }

    fn inventory(&self, hut: &hut::Model) -> Inventory {
        let devices = self.devices.get(&hut.id).map(Vec::as_slice).unwrap_or_default();
        let in_use = devices.iter().filter(|device| device.status == hut_device::Status::Active);
        let supplies = self.supplies.get(&hut.id).map(Vec::as_slice).unwrap_or_default();
        let gateways = self.gateways.get(&hut.id).map(Vec::as_slice).unwrap_or_default();
        let active = gateways.iter().filter(|gateway| gateway.status == hut_gateway::Status::Active);
        let place = self.places.get(&hut.feature_id);
        Inventory {
            is_on_map: place.is_some_and(|place| place.status == feature::Status::Published),
            calibration_due: in_use.filter_map(|device| device.calibration_due).collect(),
            expires_on: supplies.iter().filter_map(|supply| supply.expires_on).collect(),
            last_check: self.checks.get(&hut.id).map(|check| (*check.checked_at, check.complete)),
            gateways_heard_at: active.map(|gateway| *gateway.seen_at.unwrap_or(gateway.created_at)).collect(),
        }
    }
}

async fn last_checks(
    connection: &impl ConnectionTrait,
    hut_ids: Vec<Uuid>,
) -> ApiResult<Vec<hut_box_check::Model>> {
    let last: Vec<(Uuid, i64)> = hut_box_check::Entity::find()
        .select_only()
        .column(hut_box_check::Column::HutId)
        .column_as(hut_box_check::Column::CheckedAt.max(), "last")
        .filter(hut_box_check::Column::HutId.is_in(hut_ids.iter().copied()))
        .group_by(hut_box_check::Column::HutId)
        .into_tuple()
        .all(connection)
        .await?;
    let mut checks = hut_box_check::Entity::find()
        .filter(hut_box_check::Column::HutId.is_in(hut_ids))
        .filter(hut_box_check::Column::CheckedAt.is_in(last.iter().map(|(_, at)| *at)))
        .all(connection)
        .await?;
    // Another hut may have been checked at the same instant as the last check of this one.
    checks.retain(|check| last.contains(&(check.hut_id, check.checked_at.timestamp_millis())));
    Ok(checks)
}

fn by_hut<T>(rows: Vec<T>, hut_id: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<T>> {
    let mut by_hut: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows {
        by_hut.entry(hut_id(&row)).or_default().push(row);
    }
    by_hut
}
