//! What the routes of screens do.

use std::collections::HashMap;

use entity::{playlist, screen, screen_heartbeat};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{NewScreen, QuietHours, Screen, ScreenChange, ScreenList};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::http::patch::Patch;
use crate::regions::RegionScope;
use crate::screens::in_charge::{Change, InCharge, Page, name, next_version, region, within};
use crate::screens::time_of_day;
use crate::state::AppState;

/// One page of the screens in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<ScreenList> {
    let reader = state.database.reader();
    let mut rows = screen::Entity::find()
        .filter(within(scope, screen::Column::RegionCode))
        .filter(page.begins(screen::Column::Id))
        .order_by_asc(screen::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    let heartbeats = screen_heartbeat::Entity::find()
        .filter(screen_heartbeat::Column::ScreenId.is_in(rows.iter().map(|row| row.id)))
        .all(reader)
        .await?;
    let mut heartbeats: HashMap<Uuid, screen_heartbeat::Model> =
        heartbeats.into_iter().map(|row| (row.screen_id, row)).collect();
    let now = state.clock.now();
    let items = rows.into_iter().map(|row| {
        let heartbeat = heartbeats.remove(&row.id);
        Screen::of(row, heartbeat, now)
    });
    Ok(ScreenList { items: items.collect(), next })
}

/// The row of a screen in the caller's regions.
pub(in crate::screens) async fn row(
    state: &AppState,
    caller: &InCharge,
    id: Uuid,
) -> ApiResult<screen::Model> {
    let row = screen::Entity::find_by_id(id).one(state.database.reader()).await?;
    caller.of(row, |row| &row.region_code)
}

/// One screen.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<Screen> {
    let row = row(state, caller, id).await?;
    told(state.database.reader(), state, row).await
}

/// A screen with its last sign of life.
pub(in crate::screens) async fn told(
    connection: &impl ConnectionTrait,
    state: &AppState,
    row: screen::Model,
) -> ApiResult<Screen> {
    let heartbeat = screen_heartbeat::Entity::find_by_id(row.id).one(connection).await?;
    Ok(Screen::of(row, heartbeat, state.clock.now()))
}

/// The row of a screen for changing it.
pub(in crate::screens) async fn locked(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    id: Uuid,
) -> ApiResult<screen::Model> {
    let row = screen::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    caller.of(row, |row| &row.region_code)
}

/// What is still to be checked in the transaction, or was checked before.
#[derive(Clone, Debug)]
struct Settings {
    name: Option<String>,
    place: Patch<String>,
    default_playlist_id: Patch<Uuid>,
    volume: Option<i32>,
    quiet: Patch<(i32, i32)>,
}

/// Makes a screen.
pub(super) async fn create(state: &AppState, caller: InCharge, new: NewScreen) -> ApiResult<Screen> {
    let mut errors = FieldErrors::default();
    region(&caller.scope, &new.region_code, &mut errors);
    let change = ScreenChange {
        name: Some(new.name),
        place: new.place.map_or(Patch::Clear, Patch::Set),
        default_playlist_id: new.default_playlist_id.map_or(Patch::Clear, Patch::Set),
        volume: Some(new.volume),
        quiet_hours: new.quiet_hours.map_or(Patch::Clear, Patch::Set),
    };
    let settings = checked(change, &mut errors);
    errors.finish()?;
    let now = state.clock.now();
    let empty = screen::Model {
        id: state.random.id(now),
        region_code: new.region_code,
        name: String::new(),
        place: None,
        status: screen::Status::Active,
        default_playlist_id: None,
        volume: 0,
        quiet_from_min: None,
        quiet_until_min: None,
        token_hash: None,
        paired_at: None,
        paired_device: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let shared = state.clone();
    let created = state.database.write(move |transaction| {
        let (state, caller, settings) = (shared.clone(), caller.clone(), settings.clone());
        let mut row = empty.clone();
        Box::pin(async move {
            settings.apply(transaction, &caller, &mut row).await?;
            screen::Entity::insert(row.clone().into_active_model())
                .exec_without_returning(transaction)
                .await?;
            let event = caller.changed("screen", row.id, &row.region_code, Change::Created);
            let screen = told(transaction, &state, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(screen)
        })
    });
    created.await
}

/// Changes a screen.
pub(super) async fn change(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: ScreenChange,
) -> ApiResult<Screen> {
    let mut errors = FieldErrors::default();
    let settings = checked(change, &mut errors);
    errors.finish()?;
    let (shared, now) = (state.clone(), state.clock.now());
    let changed = state.database.write(move |transaction| {
        let (state, caller, settings) = (shared.clone(), caller.clone(), settings.clone());
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            require_active(&row)?;
            settings.apply(transaction, &caller, &mut row).await?;
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            save(transaction, row.clone()).await?;
            let event = caller.changed("screen", id, &row.region_code, Change::Edited);
            let screen = told(transaction, &state, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(screen)
        })
    });
    changed.await
}

/// Takes a screen out of use. Its token is gone with it.
pub(super) async fn retire(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
) -> ApiResult<Screen> {
    let (shared, now) = (state.clone(), state.clock.now());
    let retired = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        Box::pin(async move {
            let mut row = locked(transaction, &caller, id).await?;
            version.require(row.version)?;
            require_active(&row)?;
            row.status = screen::Status::Retired;
            row.token_hash = None;
            row.paired_at = None;
            row.paired_device = None;
            row.version = next_version(row.version)?;
            row.updated_at = now.into();
            save(transaction, row.clone()).await?;
            let event = caller.changed("screen", id, &row.region_code, Change::Retired);
            let screen = told(transaction, &state, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(screen)
        })
    });
    retired.await
}

/// Refuses to change a screen that was taken down.
pub(in crate::screens) fn require_active(row: &screen::Model) -> ApiResult<()> {
    match row.status {
        screen::Status::Active => Ok(()),
        screen::Status::Retired => Err(ApiError::Conflict {
            code: "screen_retired",
            detail: "这块屏幕已经停用，不能再修改；需要时请新建一块屏幕。".into(),
        }),
    }
}

/// Writes every column of a row.
pub(in crate::screens) async fn save(transaction: &DatabaseTransaction, row: screen::Model) -> ApiResult<()> {
    let id = row.id;
    let mut edited = row.into_active_model().reset_all();
    edited.id = ActiveValue::Unchanged(id);
    screen::Entity::update(edited).exec(transaction).await?;
    Ok(())
}

fn checked(change: ScreenChange, errors: &mut FieldErrors) -> Settings {
    let place = change.place.try_map(|place| {
        let place = place.trim().to_owned();
        if place.is_empty() || place.chars().count() > 100 { Err(()) } else { Ok(place) }
    });
    let place = place.unwrap_or_else(|()| {
        errors.add("/place", "bad_place", "请用 1 到 100 个字说明屏幕挂在哪里，或者不填。");
        Patch::Keep
    });
    if change.volume.is_some_and(|volume| !(0..=100).contains(&volume)) {
        errors.add("/volume", "out_of_range", "音量请填写 0 到 100 的整数。");
    }
    Settings {
        name: change.name.map(|text| name(&text, errors)),
        place,
        default_playlist_id: change.default_playlist_id,
        volume: change.volume,
        quiet: quiet(change.quiet_hours, errors),
    }
}

fn quiet(given: Patch<QuietHours>, errors: &mut FieldErrors) -> Patch<(i32, i32)> {
    let read =
        given.try_map(|hours| time_of_day::begin(&hours.from).zip(time_of_day::end(&hours.until)).ok_or(()));
    read.unwrap_or_else(|()| {
        errors.add("/quiet_hours", "bad_time", "静音时间请写成 21:00 到 07:00 这样的形式。");
        Patch::Keep
    })
}

impl Settings {
    async fn apply(
        self,
        transaction: &DatabaseTransaction,
        caller: &InCharge,
        row: &mut screen::Model,
    ) -> ApiResult<()> {
        if let Some(name) = self.name {
            row.name = name;
        }
        if let Some(volume) = self.volume {
            row.volume = volume;
        }
        match self.place {
            Patch::Keep => {}
            Patch::Clear => row.place = None,
            Patch::Set(place) => row.place = Some(place),
        }
        match self.quiet {
            Patch::Keep => {}
            Patch::Clear => (row.quiet_from_min, row.quiet_until_min) = (None, None),
            Patch::Set((from, until)) => {
                (row.quiet_from_min, row.quiet_until_min) = (Some(from), Some(until));
            }
        }
        match self.default_playlist_id {
            Patch::Keep => {}
            Patch::Clear => row.default_playlist_id = None,
            Patch::Set(id) => {
                require_playlist(transaction, caller, id, "/default_playlist_id").await?;
                row.default_playlist_id = Some(id);
            }
        }
        Ok(())
    }
}

/// Refuses a playlist that is not there or not in the caller's regions.
pub(in crate::screens) async fn require_playlist(
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    id: Uuid,
    pointer: &str,
) -> ApiResult<()> {
    let found = playlist::Entity::find_by_id(id).one(transaction).await?;
    if found.is_some_and(|row| caller.scope.covers(&row.region_code)) {
        return Ok(());
    }
    Err(crate::http::field_errors::wrong(
        pointer,
        "unknown_playlist",
        "没有这个播放列表，请从您负责区域的播放列表中选择。",
    ))
}
