use chrono::{DateTime, Utc};
use entity::health_reminder;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PLAN;
use super::dto::{NewReminder, ReminderView};
use super::due::REASON;
use super::schedule::{EVERY_DAY, Schedule};
use crate::consents::ConsentGiven;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::messages;
use crate::people::PersonAccess;
use crate::records::metrics::Catalogue;
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

const LONGEST_NOTE: usize = 60;
/// Reminders of one person.
const MOST: u64 = 20;

/// What is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) metric: String,
    pub(super) note: Option<String>,
}

/// A reminder with what is sealed of it.
#[derive(Clone, Debug)]
pub(super) struct Reminder {
    pub(super) row: health_reminder::Model,
    pub(super) plan: Plan,
}

/// A reminder as it is wanted, checked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    plan: Plan,
    schedule: Schedule,
    enabled: bool,
}

/// Checks a reminder.
pub(super) fn checked(catalogue: &Catalogue, wanted: &NewReminder) -> ApiResult<Wanted> {
    let mut errors = FieldErrors::default();
    if catalogue.metric(&wanted.metric).is_none_or(|metric| metric.derived) {
        errors.add("/metric", "unknown_metric", "没有这个测量项目，请重新选择。");
    }
    let minute_of_day = Schedule::minute(&wanted.time);
    if minute_of_day.is_none() {
        errors.add("/time", "bad_time", "请填写提醒时间，例如 07:30。");
    }
    let weekdays = weekdays(wanted.weekdays.as_deref());
    if weekdays.is_none() {
        errors.add("/weekdays", "bad_weekdays", "请选择星期几提醒，1 是星期一，7 是星期日。");
    }
    let note = wanted.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        errors.add("/note", "too_long", format!("备注最多 {LONGEST_NOTE} 个字，请缩短。"));
    }
    errors.finish()?;
    Ok(Wanted {
        plan: Plan { metric: wanted.metric.clone(), note: note.map(str::to_owned) },
        schedule: Schedule {
            minute_of_day: minute_of_day.unwrap_or_default(),
            weekdays: weekdays.unwrap_or(EVERY_DAY),
        },
        enabled: wanted.enabled,
    })
}

fn weekdays(days: Option<&[u8]>) -> Option<i32> {
    let Some(days) = days else {
        return Some(EVERY_DAY);
    };
    let all_known = !days.is_empty() && days.iter().all(|day| (1..=7).contains(day));
    all_known.then(|| days.iter().fold(0, |bits, day| bits | 1 << (day - 1)))
}

/// A reminder as it is told.
pub(super) fn view(state: &AppState, reminder: &Reminder, account_id: Uuid) -> ReminderView {
    let Reminder { row, plan } = reminder;
    let schedule = Schedule { minute_of_day: row.minute_of_day, weekdays: row.weekdays };
    ReminderView {
        id: row.id,
        name: state.catalogue.metric(&plan.metric).map(|metric| metric.name.clone()).unwrap_or_default(),
        metric: plan.metric.clone(),
        time: schedule.time(),
        weekdays: (1_u8..=7).filter(|day| row.weekdays & 1 << (day - 1) != 0).collect(),
        note: plan.note.clone(),
        enabled: row.enabled,
        mine: row.account_id == account_id,
        next_at: row.enabled.then_some(*row.next_at),
        version: row.version,
    }
}

/// The reminders of a person, earliest of the day first.
pub(super) async fn of_person(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Vec<Reminder>> {
    let rows = health_reminder::Entity::find()
        .filter(health_reminder::Column::PersonId.eq(person_id))
        .order_by_asc(health_reminder::Column::MinuteOfDay)
        .order_by_asc(health_reminder::Column::Id)
        .all(connection)
        .await?;
    let mut reminders = Vec::with_capacity(rows.len());
    for row in rows {
        let address = CellAddress { column: PLAN, row: row.id.as_bytes() };
        match state.vault.open(connection, address, &row.plan_cell).await {
            Ok(plain) => reminders.push(Reminder { plan: plan_of(&plain)?, row }),
            Err(ApiError::Gone { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(reminders)
}

fn plan_of(plain: &[u8]) -> ApiResult<Plan> {
    serde_json::from_slice(plain)
        .map_err(|_cause| ApiError::Internal(anyhow::anyhow!("the cell of a reminder is damaged")))
}

/// Keeps a new reminder, for whoever asks for it.
pub(super) async fn add(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (access, consent): (&PersonAccess, ConsentGiven),
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> ApiResult<Reminder> {
    let person_id = consent.person_id();
    let known = health_reminder::Entity::find().filter(health_reminder::Column::PersonId.eq(person_id));
    if known.count(transaction).await? >= MOST {
        return Err(ApiError::Conflict {
            code: "too_many_reminders",
            detail: format!("最多可以设 {MOST} 个提醒，请先删除不用的提醒。"),
        });
    }
    let id = state.random.id(now);
    let row = health_reminder::Model {
        id,
        person_id,
        account_id: access.account_id(),
        plan_cell: sealed(state, transaction, (person_id, id), &wanted.plan).await?,
        minute_of_day: wanted.schedule.minute_of_day,
        weekdays: wanted.schedule.weekdays,
        enabled: wanted.enabled,
        next_at: wanted.schedule.next(now).unwrap_or(now).into(),
        version: 1,
        created_at: now.into(),
    };
    let inserted = row.clone().into_active_model();
    health_reminder::Entity::insert(inserted).exec_without_returning(transaction).await?;
    Ok(Reminder { row, plan: wanted.plan.clone() })
}

async fn sealed(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (person_id, id): (Uuid, Uuid),
    plan: &Plan,
) -> ApiResult<Vec<u8>> {
    let plain = serde_json::to_vec(plan).map_err(|error| ApiError::Internal(error.into()))?;
    let address = CellAddress { column: PLAN, row: id.as_bytes() };
    state.vault.seal(transaction, KeyOwner::Person(person_id), address, &plain).await
}

/// Changes a reminder.
pub(super) async fn edit(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (access, consent): (&PersonAccess, ConsentGiven),
    (id, if_match): (Uuid, IfMatch),
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> ApiResult<Reminder> {
    let person_id = consent.person_id();
    let known = locked(transaction, person_id, id).await?;
    if_match.require(known.version)?;
    withdraw(transaction, &known).await?;
    let row = health_reminder::ActiveModel {
        id: ActiveValue::Unchanged(id),
        account_id: ActiveValue::Set(access.account_id()),
        plan_cell: ActiveValue::Set(sealed(state, transaction, (person_id, id), &wanted.plan).await?),
        minute_of_day: ActiveValue::Set(wanted.schedule.minute_of_day),
        weekdays: ActiveValue::Set(wanted.schedule.weekdays),
        enabled: ActiveValue::Set(wanted.enabled),
        next_at: ActiveValue::Set(wanted.schedule.next(now).unwrap_or(now).into()),
        version: ActiveValue::Set(known.version.saturating_add(1)),
        ..Default::default()
    };
    let row = health_reminder::Entity::update(row).exec(transaction).await?;
    Ok(Reminder { row, plan: wanted.plan.clone() })
}

/// Takes a reminder back, with what it has not told yet.
pub(super) async fn remove(transaction: &DatabaseTransaction, person_id: Uuid, id: Uuid) -> ApiResult<()> {
    let known = locked(transaction, person_id, id).await?;
    withdraw(transaction, &known).await?;
    health_reminder::Entity::delete_by_id(id).exec(transaction).await?;
    Ok(())
}

async fn withdraw(transaction: &DatabaseTransaction, row: &health_reminder::Model) -> ApiResult<()> {
    messages::cancel_about(transaction, row.account_id, REASON, &row.id.to_string()).await
}

async fn locked(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    id: Uuid,
) -> ApiResult<health_reminder::Model> {
    let row = health_reminder::Entity::find_by_id(id)
        .filter(health_reminder::Column::PersonId.eq(person_id))
        .lock(LockType::Update)
        .one(transaction)
        .await?;
    row.ok_or_else(|| ApiError::NotFound {
        code: "no_such_reminder",
        detail: "没有找到这个提醒，可能已经删除，请刷新列表。".into(),
    })
}
