use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::health_goal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::GOAL;
use super::dto::{GoalLimits, GoalView, NewGoal, NewGoalLimits};
use crate::consents::ConsentGiven;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::people::PersonAccess;
use crate::records::metrics::{Component, Decimal, Metric};
use crate::records::readings::Content;
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

/// Limits by code of the component, in canonical steps, both included.
pub(super) type Limits = BTreeMap<String, (Option<i64>, Option<i64>)>;

/// What a person aims at in one metric.
#[derive(Clone, Debug)]
pub struct Goal {
    id: Uuid,
    pub(in crate::records) metric: String,
    pub(super) limits: Limits,
    pub(super) set_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    limits: Limits,
}

impl Goal {
    /// Which one it is.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Code of the metric.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// From and to for a number, in canonical steps.
    pub fn limits(&self, component: &str) -> Option<(Option<i64>, Option<i64>)> {
        self.limits.get(component).copied()
    }

    /// When it was set.
    pub fn set_at(&self) -> DateTime<Utc> {
        self.set_at
    }

    /// The goal as it is told, with how the newest reading stands to it.
    pub(in crate::records) fn view(&self, metric: &Metric, newest: Option<&Content>) -> GoalView {
        let told = |component: &Component| {
            let (from, to) = self.limits.get(&component.code)?;
            let value = |steps: i64| component.value(steps);
            Some((component.code.clone(), GoalLimits { from: from.map(value), to: to.map(value) }))
        };
        GoalView {
            metric: self.metric.clone(),
            name: metric.name.clone(),
            limits: metric.components.iter().filter_map(told).collect(),
            set_at: self.set_at,
            reached: newest.map(|content| self.is_reached(content)),
        }
    }

    /// Whether every number that has limits is there and keeps within them.
    fn is_reached(&self, content: &Content) -> bool {
        self.limits.iter().all(|(code, (from, to))| {
            content
                .steps(code)
                .is_some_and(|steps| from.is_none_or(|from| steps >= from) && to.is_none_or(|to| steps <= to))
        })
    }
}

/// Checks limits against what the metric can be.
pub(super) fn checked(metric: &Metric, goal: &NewGoal) -> ApiResult<Limits> {
    let mut errors = FieldErrors::default();
    let mut limits = Limits::new();
    if goal.limits.is_empty() {
        errors.add("/limits", "missing", "请至少填写一项目标。");
    }
    for (code, given) in &goal.limits {
        // A made-up name is not repeated.
        let known = metric.component(code).map_or("*", |component| component.code.as_str());
        let pointer = format!("/limits/{known}");
        match within(metric, code, given, goal.unit.as_deref()) {
            Some(read) => {
                limits.insert(code.clone(), read);
            }
            None => {
                errors.add(pointer, "bad_limits", "目标不正确：请填写这个项目可能的数值，下限不能高于上限。");
            }
        }
    }
    errors.finish()?;
    Ok(limits)
}

fn within(
    metric: &Metric,
    code: &str,
    given: &NewGoalLimits,
    unit: Option<&str>,
) -> Option<(Option<i64>, Option<i64>)> {
    let component = metric.component(code)?;
    let unit = component.unit(unit)?;
    let steps = |number: &serde_json::Number| {
        let steps = Decimal::parse(&number.to_string()).and_then(|value| unit.steps(value));
        steps.filter(|steps| component.is_possible(*steps))
    };
    let read = |number: &Option<serde_json::Number>| match number {
        Some(number) => steps(number).map(Some),
        None => Some(None),
    };
    let (from, to) = (read(&given.from)?, read(&given.to)?);
    let fits = match (from, to) {
        (None, None) => false,
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    fits.then_some((from, to))
}

/// Every goal of a person, by code of the metric.
pub(crate) async fn of_person(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Vec<Goal>> {
    let rows = health_goal::Entity::find()
        .filter(health_goal::Column::PersonId.eq(person_id))
        .order_by_asc(health_goal::Column::Metric)
        .all(connection)
        .await?;
    let mut goals = Vec::with_capacity(rows.len());
    for row in rows {
        goals.extend(opened(state, connection, row).await?);
    }
    Ok(goals)
}

/// One goal, with whose it is.
///
/// # Errors
/// When the database fails or the cell is damaged.
pub(crate) async fn by_id(
    state: &AppState,
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> ApiResult<Option<(Uuid, Goal)>> {
    let Some(row) = health_goal::Entity::find_by_id(id).one(connection).await? else {
        return Ok(None);
    };
    let person_id = row.person_id;
    Ok(opened(state, connection, row).await?.map(|goal| (person_id, goal)))
}

/// `None` where the key of the person is gone.
async fn opened(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: health_goal::Model,
) -> ApiResult<Option<Goal>> {
    let address = CellAddress { column: GOAL, row: row.id.as_bytes() };
    let plain = match state.vault.open(connection, address, &row.goal_cell).await {
        Ok(plain) => plain,
        Err(ApiError::Gone { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let sealed: Sealed = serde_json::from_slice(&plain)
        .map_err(|_cause| ApiError::Internal(anyhow::anyhow!("the cell of a goal is damaged")))?;
    Ok(Some(Goal { id: row.id, metric: row.metric, limits: sealed.limits, set_at: *row.set_at }))
}

/// Keeps a goal in place of the one before.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (access, consent): (&PersonAccess, ConsentGiven),
    metric: &str,
    limits: &Limits,
    now: DateTime<Utc>,
) -> ApiResult<Goal> {
    let person_id = consent.person_id();
    // The new row has an id of its own, so the cell is bound to the row it stands in.
    remove(transaction, person_id, metric).await?;
    let id = state.random.id(now);
    let plain = serde_json::to_vec(&Sealed { limits: limits.clone() })
        .map_err(|error| ApiError::Internal(error.into()))?;
    let address = CellAddress { column: GOAL, row: id.as_bytes() };
    let goal_cell = state.vault.seal(transaction, KeyOwner::Person(person_id), address, &plain).await?;
    let row = health_goal::Model {
        id,
        person_id,
        metric: metric.to_owned(),
        goal_cell,
        set_by: access.account_id(),
        set_at: now.into(),
    };
    // Of two phones that set it at once the later one stays.
    let again = OnConflict::columns([health_goal::Column::PersonId, health_goal::Column::Metric])
        .update_columns([
            health_goal::Column::Id,
            health_goal::Column::GoalCell,
            health_goal::Column::SetBy,
            health_goal::Column::SetAt,
        ])
        .to_owned();
    health_goal::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    Ok(Goal { id, metric: metric.to_owned(), limits: limits.clone(), set_at: now })
}

/// Forgets a goal; that there was none is no error.
pub(super) async fn remove(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    metric: &str,
) -> ApiResult<()> {
    health_goal::Entity::delete_many()
        .filter(health_goal::Column::PersonId.eq(person_id))
        .filter(health_goal::Column::Metric.eq(metric))
        .exec(transaction)
        .await?;
    Ok(())
}
