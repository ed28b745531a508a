use std::sync::Arc;

use chrono::TimeDelta;
use entity::{screen, screen_emergency};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::dto::{NewScreenEmergency, ScreenEmergency, ScreenEmergencyList};
use super::level_word;
use crate::audit::{self, Action};
use crate::error::ApiResult;
use crate::http::field_errors::{FieldErrors, wrong};
use crate::regions::RegionScope;
use crate::screens::in_charge::{InCharge, Page, region, within};
use crate::state::AppState;

/// Longer is no emergency but a notice, which a slot shows.
const LONGEST: TimeDelta = TimeDelta::days(7);
const MOST_CHARS: usize = 120;

/// One page of the messages in a scope.
pub(super) async fn list(
    state: &AppState,
    scope: &RegionScope,
    only_shown: bool,
    page: Page,
) -> ApiResult<ScreenEmergencyList> {
    let now = state.clock.now();
    let mut query = screen_emergency::Entity::find()
        .filter(within(scope, screen_emergency::Column::RegionCode))
        .filter(page.begins(screen_emergency::Column::Id));
    if only_shown {
        query = query
            .filter(screen_emergency::Column::WithdrawnAt.is_null())
            .filter(screen_emergency::Column::EndsAt.gt(now.timestamp_millis()));
    }
    let mut rows = query
        .order_by_asc(screen_emergency::Column::Id)
        .limit(page.ask_for())
        .all(state.database.reader())
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok(ScreenEmergencyList {
        items: rows.into_iter().map(|row| ScreenEmergency::of(row, now)).collect(),
        next,
    })
}

/// Sends a message.
pub(super) async fn send(
    state: &AppState,
    caller: InCharge,
    new: NewScreenEmergency,
) -> ApiResult<ScreenEmergency> {
    let now = state.clock.now();
    let mut errors = FieldErrors::default();
    region(&caller.scope, &new.region_code, &mut errors);
    let message = new.message.trim().to_owned();
    if message.is_empty() || message.chars().count() > MOST_CHARS {
        errors.add("/message", "bad_message", "请用 1 到 120 个字写清楚发生了什么、大家该怎么做。");
    }
    if new.ends_at <= now || new.ends_at > now + LONGEST {
        errors.add("/ends_at", "out_of_range", "结束时间请选在现在之后、7 天之内。");
    }
    errors.finish()?;
    let row = screen_emergency::Model {
        id: state.random.id(now),
        region_code: new.region_code,
        screen_id: new.screen_id,
        level: new.level.into(),
        message,
        created_at: now.into(),
        ends_at: new.ends_at.into(),
        withdrawn_at: None,
        created_by: caller.staff_id,
    };
    let tree = state.regions.current();
    let sent = state.database.write(move |transaction| {
        let (caller, row, tree) = (caller.clone(), row.clone(), Arc::clone(&tree));
        Box::pin(async move {
            if let Some(screen_id) = row.screen_id {
                let screen = screen::Entity::find_by_id(screen_id).one(transaction).await?;
                let is_there = |screen: screen::Model| tree.is_within(&screen.region_code, &row.region_code);
                if !screen.is_some_and(is_there) {
                    return Err(wrong("/screen_id", "unknown_screen", "没有这块屏幕，请从屏幕列表中选择。"));
                }
            }
            screen_emergency::Entity::insert(row.clone().into_active_model())
                .exec_without_returning(transaction)
                .await?;
            let event = caller
                .event(Action::ScreenEmergencySent, "screen_emergency", row.id, &row.region_code)
                .with(json!({"level": level_word(row.level), "one_screen": row.screen_id.is_some()}));
            audit::append(transaction, &event, now).await?;
            Ok(ScreenEmergency::of(row, now))
        })
    });
    sent.await
}

/// Takes a message back.
pub(super) async fn withdraw(state: &AppState, caller: InCharge, id: Uuid) -> ApiResult<ScreenEmergency> {
    let now = state.clock.now();
    let withdrawn = state.database.write(move |transaction| {
        let caller = caller.clone();
        Box::pin(async move {
            let found = screen_emergency::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
            let mut row = caller.of(found, |row| &row.region_code)?;
            if row.withdrawn_at.is_some() || *row.ends_at <= now {
                return Ok(ScreenEmergency::of(row, now));
            }
            screen_emergency::Entity::update_many()
                .col_expr(screen_emergency::Column::WithdrawnAt, Expr::val(now.timestamp_millis()))
                .filter(screen_emergency::Column::Id.eq(id))
                .exec(transaction)
                .await?;
            row.withdrawn_at = Some(now.into());
            let event =
                caller.event(Action::ScreenEmergencyWithdrawn, "screen_emergency", id, &row.region_code);
            audit::append(transaction, &event, now).await?;
            Ok(ScreenEmergency::of(row, now))
        })
    });
    withdrawn.await
}
