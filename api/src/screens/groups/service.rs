use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::{screen, screen_group, screen_group_member};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{NewScreenGroup, ScreenGroup, ScreenGroupChange, ScreenGroupList};
use crate::audit;
use crate::error::ApiResult;
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::regions::{RegionScope, RegionTree};
use crate::screens::in_charge::{Change, InCharge, Page, name, next_version, region, within};
use crate::state::AppState;

const MOST_SCREENS: usize = 500;

/// One page of the groups in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<ScreenGroupList> {
    let reader = state.database.reader();
    let mut rows = screen_group::Entity::find()
        .filter(within(scope, screen_group::Column::RegionCode))
        .filter(page.begins(screen_group::Column::Id))
        .order_by_asc(screen_group::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok(ScreenGroupList { items: told(reader, rows).await?, next })
}

/// One group.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<ScreenGroup> {
    let reader = state.database.reader();
    let row = screen_group::Entity::find_by_id(id).one(reader).await?;
    one(reader, caller.of(row, |row| &row.region_code)?).await
}

/// Makes a group.
pub(super) async fn create(
    state: &AppState,
    caller: InCharge,
    new: NewScreenGroup,
) -> ApiResult<ScreenGroup> {
    let mut errors = FieldErrors::default();
    region(&caller.scope, &new.region_code, &mut errors);
    let change = checked(ScreenGroupChange { name: new.name, screen_ids: new.screen_ids }, &mut errors);
    errors.finish()?;
    let (now, tree) = (state.clock.now(), state.regions.current());
    let row = screen_group::Model {
        id: state.random.id(now),
        region_code: new.region_code,
        name: change.name.clone(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let created = state.database.write(move |transaction| {
        let (caller, tree, row, change) = (caller.clone(), Arc::clone(&tree), row.clone(), change.clone());
        Box::pin(async move {
            let insert = screen_group::Entity::insert(row.clone().into_active_model());
            insert.exec_without_returning(transaction).await?;
            put_members(transaction, &caller.scope, &tree, &row, &change.screen_ids).await?;
            let event = caller.changed("screen_group", row.id, &row.region_code, Change::Created);
            let group = one(transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(group)
        })
    });
    created.await
}

/// Replaces the name and the screens of a group.
pub(super) async fn replace(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: ScreenGroupChange,
) -> ApiResult<ScreenGroup> {
    let mut errors = FieldErrors::default();
    let change = checked(change, &mut errors);
    errors.finish()?;
    let (now, tree) = (state.clock.now(), state.regions.current());
    let replaced = state.database.write(move |transaction| {
        let (caller, tree, change) = (caller.clone(), Arc::clone(&tree), change.clone());
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            row.name = change.name;
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            let mut edited = row.clone().into_active_model().reset_all();
            edited.id = sea_orm::ActiveValue::Unchanged(id);
            screen_group::Entity::update(edited).exec(transaction).await?;
            put_members(transaction, &caller.scope, &tree, &row, &change.screen_ids).await?;
            let event = caller.changed("screen_group", id, &row.region_code, Change::Edited);
            let group = one(transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(group)
        })
    });
    replaced.await
}

/// Deletes a group.
pub(super) async fn delete(state: &AppState, caller: InCharge, id: Uuid, version: IfMatch) -> ApiResult<()> {
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let caller = caller.clone();
        Box::pin(async move {
            let row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            screen_group::Entity::delete_by_id(id).exec(transaction).await?;
            let event = caller.changed("screen_group", id, &row.region_code, Change::Deleted);
            audit::append(transaction, &event, now).await
        })
    });
    deleted.await
}

async fn locked(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    id: Uuid,
) -> ApiResult<screen_group::Model> {
    let row = screen_group::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    caller.of(row, |row| &row.region_code)
}

fn checked(mut change: ScreenGroupChange, errors: &mut FieldErrors) -> ScreenGroupChange {
    change.name = name(&change.name, errors);
    change.screen_ids = change.screen_ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if change.screen_ids.len() > MOST_SCREENS {
        errors.add("/screen_ids", "too_many", "一个分组最多 500 块屏幕。");
    }
    change
}

async fn put_members(
    transaction: &DatabaseTransaction,
    scope: &RegionScope,
    tree: &RegionTree,
    group: &screen_group::Model,
    screen_ids: &[Uuid],
) -> ApiResult<()> {
    require_screens(transaction, scope, tree, &group.region_code, screen_ids).await?;
    screen_group_member::Entity::delete_many()
        .filter(screen_group_member::Column::GroupId.eq(group.id))
        .exec(transaction)
        .await?;
    let rows = screen_ids
        .iter()
        .map(|screen_id| screen_group_member::Model { group_id: group.id, screen_id: *screen_id });
    let rows: Vec<_> = rows.map(IntoActiveModel::into_active_model).collect();
    if !rows.is_empty() {
        screen_group_member::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Refuses screens that are not there, not in the caller's regions, or outside the region that shall hold
/// them.
pub(in crate::screens) async fn require_screens(
    transaction: &DatabaseTransaction,
    scope: &RegionScope,
    tree: &RegionTree,
    region_code: &str,
    screen_ids: &[Uuid],
) -> ApiResult<()> {
    let found = screen::Entity::find()
        .filter(screen::Column::Id.is_in(screen_ids.iter().copied()))
        .all(transaction)
        .await?;
    let fine = found
        .iter()
        .filter(|row| scope.covers(&row.region_code) && tree.is_within(&row.region_code, region_code))
        .count();
    if fine == screen_ids.len() {
        return Ok(());
    }
    let message = "有的屏幕不存在，或者不在这个区划内，请刷新屏幕列表后重新选择。";
    Err(wrong("/screen_ids", "unknown_screen", message))
}

async fn one(connection: &impl ConnectionTrait, row: screen_group::Model) -> ApiResult<ScreenGroup> {
    let mut told = told(connection, vec![row]).await?;
    told.pop().ok_or_else(crate::screens::in_charge::not_found)
}

async fn told(
    connection: &impl ConnectionTrait,
    rows: Vec<screen_group::Model>,
) -> ApiResult<Vec<ScreenGroup>> {
    let members = screen_group_member::Entity::find()
        .filter(screen_group_member::Column::GroupId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(screen_group_member::Column::ScreenId)
        .all(connection)
        .await?;
    let mut of_group: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for member in members {
        of_group.entry(member.group_id).or_default().push(member.screen_id);
    }
    let group = |row: screen_group::Model| ScreenGroup {
        screen_ids: of_group.remove(&row.id).unwrap_or_default(),
        id: row.id,
        region_code: row.region_code,
        name: row.name,
        version: row.version,
        created_at: *row.created_at,
        updated_at: *row.updated_at,
    };
    Ok(rows.into_iter().map(group).collect())
}
