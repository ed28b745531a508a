//! What workers are told.

use std::collections::HashMap;

use entity::{screen, screen_alarm};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::dto::{ScreenAlarm, ScreenAlarmList};
use crate::error::ApiResult;
use crate::regions::RegionScope;
use crate::screens::in_charge::{Page, within};
use crate::screens::plan::zone_of;
use crate::state::AppState;

/// One page of the silent screens in a scope.
pub(super) async fn list(state: &AppState, scope: &RegionScope, page: Page) -> ApiResult<ScreenAlarmList> {
    let reader = state.database.reader();
    let told = screen_alarm::Entity::find().select_only().column(screen_alarm::Column::ScreenId).into_query();
    let mut screens = screen::Entity::find()
        .filter(within(scope, screen::Column::RegionCode))
        .filter(screen::Column::Id.in_subquery(told))
        .filter(page.begins(screen::Column::Id))
        .order_by_asc(screen::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut screens, |row| row.id);
    let alarms = screen_alarm::Entity::find()
        .filter(screen_alarm::Column::ScreenId.is_in(screens.iter().map(|row| row.id)))
        .all(reader)
        .await?;
    let alarms: HashMap<Uuid, screen_alarm::Model> =
        alarms.into_iter().map(|row| (row.screen_id, row)).collect();
    // One that was heard of between the two reads is left out.
    let items = screens.into_iter().filter_map(|row| Some(told_of(state, alarms.get(&row.id)?, row)));
    Ok(ScreenAlarmList { items: items.collect(), next })
}

fn told_of(state: &AppState, alarm: &screen_alarm::Model, screen: screen::Model) -> ScreenAlarm {
    let since = alarm.silent_since.with_timezone(&zone_of(state, &screen.region_code));
    ScreenAlarm {
        text: format!("“{}”从{}起没有消息，请看看电源和网络。", screen.name, since.format("%-m月%-d日%H:%M")),
        screen_id: screen.id,
        region_code: screen.region_code,
        name: screen.name,
        place: screen.place,
        silent_since: *alarm.silent_since,
        told_at: *alarm.told_at,
    }
}
