use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use entity::{screen_group, screen_slot, screen_slot_exception, screen_slot_group, screen_slot_screen};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::check::Checked;
use super::dto::{ScreenSlot, ScreenSlotChange, ScreenSlotList};
use crate::audit;
use crate::error::ApiResult;
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::regions::{RegionScope, RegionTree};
use crate::screens::groups::require_screens;
use crate::screens::in_charge::{Change, InCharge, Page, next_version, not_found, within};
use crate::screens::registry::service::require_playlist;
use crate::screens::time_of_day;
use crate::state::AppState;

/// One page of the slots in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<ScreenSlotList> {
    let reader = state.database.reader();
    let mut rows = screen_slot::Entity::find()
        .filter(within(scope, screen_slot::Column::RegionCode))
        .filter(page.begins(screen_slot::Column::Id))
        .order_by_asc(screen_slot::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok(ScreenSlotList { items: told(reader, rows).await?, next })
}

/// One slot.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<ScreenSlot> {
    let reader = state.database.reader();
    let row = screen_slot::Entity::find_by_id(id).one(reader).await?;
    one(reader, caller.of(row, |row| &row.region_code)?).await
}

/// Makes a slot.
pub(super) async fn create(
    state: &AppState,
    caller: InCharge,
    new: ScreenSlotChange,
) -> ApiResult<ScreenSlot> {
    let mut errors = FieldErrors::default();
    let checked = Arc::new(Checked::read(new, &caller.scope, &mut errors));
    errors.finish()?;
    let (now, tree) = (state.clock.now(), state.regions.current());
    let row = checked.row(state.random.id(now), now);
    let created = state.database.write(move |transaction| {
        let (caller, tree, row, checked) =
            (caller.clone(), Arc::clone(&tree), row.clone(), Arc::clone(&checked));
        Box::pin(async move {
            require_playlist(transaction, &caller, checked.playlist_id(), "/playlist_id").await?;
            let insert = screen_slot::Entity::insert(row.clone().into_active_model());
            insert.exec_without_returning(transaction).await?;
            put_attached(transaction, &caller, &tree, &row, &checked).await?;
            let event = caller.changed("screen_slot", row.id, &row.region_code, Change::Created);
            let slot = one(transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(slot)
        })
    });
    created.await
}

/// Replaces a slot; its age stays.
pub(super) async fn replace(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: ScreenSlotChange,
) -> ApiResult<ScreenSlot> {
    let mut errors = FieldErrors::default();
    let checked = Arc::new(Checked::read(change, &caller.scope, &mut errors));
    errors.finish()?;
    let (now, tree) = (state.clock.now(), state.regions.current());
    let replaced = state.database.write(move |transaction| {
        let (caller, tree, checked) = (caller.clone(), Arc::clone(&tree), Arc::clone(&checked));
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            require_playlist(transaction, &caller, checked.playlist_id(), "/playlist_id").await?;
            checked.put_into(&mut row, now);
            row.version = next_version(row.version)?;
            let mut edited = row.clone().into_active_model().reset_all();
            edited.id = ActiveValue::Unchanged(id);
            screen_slot::Entity::update(edited).exec(transaction).await?;
            put_attached(transaction, &caller, &tree, &row, &checked).await?;
            let event = caller.changed("screen_slot", id, &row.region_code, Change::Edited);
            let slot = one(transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(slot)
        })
    });
    replaced.await
}

/// Deletes a slot.
pub(super) async fn delete(state: &AppState, caller: InCharge, id: Uuid, version: IfMatch) -> ApiResult<()> {
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let caller = caller.clone();
        Box::pin(async move {
            let row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            screen_slot::Entity::delete_by_id(id).exec(transaction).await?;
            let event = caller.changed("screen_slot", id, &row.region_code, Change::Deleted);
            audit::append(transaction, &event, now).await
        })
    });
    deleted.await
}

async fn locked(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    id: Uuid,
) -> ApiResult<screen_slot::Model> {
    let row = screen_slot::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    caller.of(row, |row| &row.region_code)
}

async fn put_attached(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    tree: &RegionTree,
    slot: &screen_slot::Model,
    checked: &Checked,
) -> ApiResult<()> {
    let slot_id = slot.id;
    require_screens(transaction, &caller.scope, tree, &slot.region_code, &checked.screen_ids).await?;
    require_groups(transaction, caller, tree, &slot.region_code, &checked.group_ids).await?;
    screen_slot_screen::Entity::delete_many()
        .filter(screen_slot_screen::Column::SlotId.eq(slot_id))
        .exec(transaction)
        .await?;
    screen_slot_group::Entity::delete_many()
        .filter(screen_slot_group::Column::SlotId.eq(slot_id))
        .exec(transaction)
        .await?;
    screen_slot_exception::Entity::delete_many()
        .filter(screen_slot_exception::Column::SlotId.eq(slot_id))
        .exec(transaction)
        .await?;
    let screens: Vec<_> = checked
        .screen_ids
        .iter()
        .map(|screen_id| screen_slot_screen::Model { slot_id, screen_id: *screen_id }.into_active_model())
        .collect();
    if !screens.is_empty() {
        screen_slot_screen::Entity::insert_many(screens).exec_without_returning(transaction).await?;
    }
    let groups: Vec<_> = checked
        .group_ids
        .iter()
        .map(|group_id| screen_slot_group::Model { slot_id, group_id: *group_id }.into_active_model())
        .collect();
    if !groups.is_empty() {
        screen_slot_group::Entity::insert_many(groups).exec_without_returning(transaction).await?;
    }
    let exceptions: Vec<_> = checked
        .exceptions
        .iter()
        .map(|on_date| screen_slot_exception::Model { slot_id, on_date: *on_date }.into_active_model())
        .collect();
    if !exceptions.is_empty() {
        screen_slot_exception::Entity::insert_many(exceptions).exec_without_returning(transaction).await?;
    }
    Ok(())
}

async fn require_groups(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    tree: &RegionTree,
    region_code: &str,
    group_ids: &[Uuid],
) -> ApiResult<()> {
    let found = screen_group::Entity::find()
        .filter(screen_group::Column::Id.is_in(group_ids.iter().copied()))
        .all(transaction)
        .await?;
    let is_fine = |row: &&screen_group::Model| {
        caller.scope.covers(&row.region_code) && tree.is_within(&row.region_code, region_code)
    };
    if found.iter().filter(is_fine).count() == group_ids.len() {
        return Ok(());
    }
    let message = "有的分组不存在，或者不在这个区划内，请刷新分组列表后重新选择。";
    Err(wrong("/group_ids", "unknown_group", message))
}

async fn one(connection: &impl ConnectionTrait, row: screen_slot::Model) -> ApiResult<ScreenSlot> {
    told(connection, vec![row]).await?.pop().ok_or_else(not_found)
}

async fn told(
    connection: &impl ConnectionTrait,
    rows: Vec<screen_slot::Model>,
) -> ApiResult<Vec<ScreenSlot>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let screens = screen_slot_screen::Entity::find()
        .filter(screen_slot_screen::Column::SlotId.is_in(ids.iter().copied()))
        .order_by_asc(screen_slot_screen::Column::ScreenId)
        .all(connection)
        .await?;
    let groups = screen_slot_group::Entity::find()
        .filter(screen_slot_group::Column::SlotId.is_in(ids.iter().copied()))
        .order_by_asc(screen_slot_group::Column::GroupId)
        .all(connection)
        .await?;
    let exceptions = screen_slot_exception::Entity::find()
        .filter(screen_slot_exception::Column::SlotId.is_in(ids))
        .order_by_asc(screen_slot_exception::Column::OnDate)
        .all(connection)
        .await?;
    let mut screens = gathered(screens.into_iter().map(|row| (row.slot_id, row.screen_id)));
    let mut groups = gathered(groups.into_iter().map(|row| (row.slot_id, row.group_id)));
    let mut exceptions = gathered(exceptions.into_iter().map(|row| (row.slot_id, row.on_date)));
    let slot = |row: screen_slot::Model| ScreenSlot {
        screen_ids: screens.remove(&row.id).unwrap_or_default(),
        group_ids: groups.remove(&row.id).unwrap_or_default(),
        exceptions: exceptions.remove(&row.id).unwrap_or_default(),
        weekdays: (1..=7).filter(|weekday| row.weekdays & (1 << (weekday - 1)) != 0).collect(),
        begins: time_of_day::text(row.begins_min),
        ends: time_of_day::text(row.ends_min),
        id: row.id,
        region_code: row.region_code,
        name: row.name,
        playlist_id: row.playlist_id,
        first_day: row.first_day,
        last_day: row.last_day,
        holidays: row.holidays.into(),
        priority: row.priority,
        version: row.version,
        created_at: *row.created_at,
        updated_at: *row.updated_at,
    };
    Ok(rows.into_iter().map(slot).collect())
}

fn gathered<K: Eq + Hash, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut gathered: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        gathered.entry(key).or_default().push(value);
    }
    gathered
}
