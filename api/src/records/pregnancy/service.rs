use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::person::Sex;
use entity::{person, pregnancy};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PREGNANCY;
use super::dto::{NewPregnancy, PregnancyView};
use crate::assessment::{self, EarlierWeight};
use crate::consents::ConsentGiven;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{self, FieldErrors};
use crate::people::PersonAccess;
use crate::people::age::civil_day;
use crate::records::metrics::{Catalogue, Component, Decimal};
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

/// From the first day of the last period until the day for which the birth is expected (Naegele's rule).
const UNTIL_DUE: TimeDelta = TimeDelta::days(280);
/// No pregnancy lasts longer.
const LONGEST: TimeDelta = TimeDelta::weeks(44);
/// Where it ended long ago it is no longer told.
const TOLD_FOR: TimeDelta = TimeDelta::weeks(104);

/// A pregnancy as it was told, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::records) struct Told {
    last_period_on: NaiveDate,
    weight_before_g: Option<i64>,
    height_mm: Option<i64>,
    several_children: bool,
    ended_on: Option<NaiveDate>,
    #[serde(skip)]
    told_at: DateTime<Utc>,
}

impl Told {
    /// The pregnancy as standards know it: `height_mm` stands in where none was told, `earlier` is the weight that
    /// the gain by the week counts from.
    pub(in crate::records) fn for_bands(
        &self,
        height_mm: Option<i64>,
        earlier: Option<EarlierWeight>,
    ) -> assessment::Pregnancy {
        assessment::Pregnancy {
            last_period: self.last_period_on,
            weight_before_g: self.weight_before_g,
            height_mm: self.height_mm.or(height_mm),
            singleton: !self.several_children,
            ended_on: self.ended_on,
            earlier,
        }
    }

    pub(super) fn view(&self, catalogue: &Catalogue, today: NaiveDate) -> PregnancyView {
        let told = |code: &str, steps: Option<i64>| {
            let metric = catalogue.metric(code)?;
            Some(metric.component("value")?.value(steps?))
        };
        let weeks = (today - self.last_period_on).num_weeks();
        PregnancyView {
            last_period_on: self.last_period_on,
            due_on: self.last_period_on + UNTIL_DUE,
            weight_before_kg: told("weight", self.weight_before_g),
            height_cm: told("height", self.height_mm),
            several_children: self.several_children,
            ended_on: self.ended_on,
            full_weeks: Some(weeks).filter(|_| self.ended_on.is_none_or(|ended_on| today <= ended_on)),
            told_at: self.told_at,
        }
    }
}

/// Checks what was told against the calendar and against what a body can be.
pub(super) fn checked(catalogue: &Catalogue, told: &NewPregnancy, now: DateTime<Utc>) -> ApiResult<Told> {
    let today = civil_day(now);
    let mut errors = FieldErrors::default();
    let first = match (told.last_period_on, told.due_on) {
        (Some(first), None) => Some(("/last_period_on", first)),
        (None, Some(due)) => Some(("/due_on", due - UNTIL_DUE)),
        _ => {
            let message = "请在末次月经第一天和预产期中填写一个。";
            errors.add("/last_period_on", "one_of_two", message);
            None
        }
    };
    if let Some((pointer, first)) = first {
        let latest_end = told.ended_on.unwrap_or(today);
        if first > today || latest_end - first > LONGEST || today - first > LONGEST + TOLD_FOR {
            errors.add(pointer, "bad_day", "日期不对：请核对末次月经第一天或预产期。");
        }
        if told.ended_on.is_some_and(|ended_on| ended_on < first || ended_on > today) {
            errors.add("/ended_on", "bad_day", "结束日期不对：应在怀孕开始之后，不晚于今天。");
        }
    }
    let mut number = |pointer: &str, code: &str, given: &Option<serde_json::Number>| {
        let number = given.as_ref()?;
        let steps = component(catalogue, code).and_then(|component| possible(component, number));
        if steps.is_none() {
            errors.add(pointer, "impossible", "数值不对，请核对后再填。");
        }
        steps
    };
    let weight_before_g = number("/weight_before_kg", "weight", &told.weight_before_kg);
    let height_mm = number("/height_cm", "height", &told.height_cm);
    errors.finish()?;
    let (_, last_period_on) = first.ok_or_else(|| field_errors::wrong("", "invalid", "请核对后再填。"))?;
    Ok(Told {
        last_period_on,
        weight_before_g,
        height_mm,
        several_children: told.several_children,
        ended_on: told.ended_on,
        told_at: now,
    })
}

fn component<'c>(catalogue: &'c Catalogue, code: &str) -> Option<&'c Component> {
    catalogue.metric(code)?.component("value")
}

/// A number in the first unit of the catalogue, in canonical steps.
fn possible(component: &Component, number: &serde_json::Number) -> Option<i64> {
    let value = Decimal::parse(&number.to_string())?;
    component.unit(None)?.steps(value).filter(|steps| component.is_possible(*steps))
}

/// The latest pregnancy that was told of a person.
pub(in crate::records) async fn of_person(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Option<Told>> {
    let Some(row) = pregnancy::Entity::find_by_id(person_id).one(connection).await? else {
        return Ok(None);
    };
    let address = CellAddress { column: PREGNANCY, row: person_id.as_bytes() };
    let plain = match state.vault.open(connection, address, &row.pregnancy_cell).await {
        Ok(plain) => plain,
        Err(ApiError::Gone { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let told: Told = serde_json::from_slice(&plain)
        .map_err(|_cause| ApiError::Internal(anyhow::anyhow!("the cell of a pregnancy is damaged")))?;
    Ok(Some(Told { told_at: *row.told_at, ..told }))
}

/// Keeps what was told in place of what was told before.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (access, consent): (&PersonAccess, ConsentGiven),
    told: &Told,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let person_id = consent.person_id();
    let person = person::Entity::find_by_id(person_id).one(transaction).await?;
    if person.is_some_and(|person| person.sex == Sex::Male) {
        let message = "档案里登记的是男性，不能填写孕期。如果性别登记错了，请先在“我的资料”里改正。";
        return Err(field_errors::wrong("", "not_for_men", message));
    }
    let plain = serde_json::to_vec(told).map_err(|error| ApiError::Internal(error.into()))?;
    let address = CellAddress { column: PREGNANCY, row: person_id.as_bytes() };
    let pregnancy_cell = state.vault.seal(transaction, KeyOwner::Person(person_id), address, &plain).await?;
    let row =
        pregnancy::Model { person_id, pregnancy_cell, told_by: access.account_id(), told_at: now.into() };
    let again = OnConflict::column(pregnancy::Column::PersonId)
        .update_columns([
            pregnancy::Column::PregnancyCell,
            pregnancy::Column::ToldBy,
            pregnancy::Column::ToldAt,
        ])
        .to_owned();
    pregnancy::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Forgets what was told; that there was nothing is no error.
pub(super) async fn remove(transaction: &DatabaseTransaction, person_id: Uuid) -> ApiResult<()> {
    pregnancy::Entity::delete_by_id(person_id).exec(transaction).await?;
    Ok(())
}
