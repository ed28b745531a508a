//! Referrals to a clinic, and the slip that comes back.

use chrono::{DateTime, NaiveDate, Utc};
use entity::referral;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::circle::{self, Sharer};
use super::dto::{NewReferral, NewReturnSlip, Referral, ReferralList, ReturnOutcome, ReturnSlip};
use super::officer::{Officer, not_shared};
use super::results::sharer;
use super::{RETURN, SLIP, list};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::people::age::civil_day;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

const LONGEST_PLACE: usize = 60;
const LONGEST_WHY: usize = 200;
const LONGEST_ADVICE: usize = 300;

/// Where somebody was sent and why.
#[derive(Serialize, Deserialize)]
struct Slip {
    to: String,
    why: String,
}

/// What the doctor did.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Returned {
    outcome: ReturnOutcome,
    seen_on: Option<NaiveDate>,
    advice: Option<String>,
}

/// Trims and checks a referral.
pub(super) fn checked(referral: NewReferral, errors: &mut FieldErrors) -> NewReferral {
    let NewReferral { to, why } = referral;
    let (to, why) = (to.trim().to_owned(), why.trim().to_owned());
    if to.is_empty() || to.chars().count() > LONGEST_PLACE {
        errors.add("/referral/to", "bad_place", "请填写转往的医疗机构，1 到 60 个字。");
    }
    if why.is_empty() || why.chars().count() > LONGEST_WHY {
        errors.add("/referral/why", "bad_reason", "请填写转诊原因，1 到 200 个字。");
    }
    NewReferral { to, why }
}

/// Makes a referral; its id.
pub(super) async fn make(
    state: &AppState,
    transaction: &DatabaseTransaction,
    officer: &Officer,
    person: &Sharer,
    new: &NewReferral,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    let id = state.random.id(now);
    let slip = Slip { to: new.to.clone(), why: new.why.clone() };
    let row = referral::Model {
        id,
        person_id: person.person_id,
        region_code: person.region_code.clone(),
        referred_by: officer.staff_id,
        referred_at: now.into(),
        slip_cell: sealed(state, transaction, (person.person_id, id), SLIP, &slip).await?,
        returned_at: None,
        returned_by: None,
        return_cell: None,
    };
    referral::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(id)
}

/// One page of the referrals whose slip has not come back, oldest first, of those who still share.
pub(super) async fn page(
    state: &AppState,
    officer: Officer,
    (after, limit): (Option<Uuid>, usize),
) -> ApiResult<ReferralList> {
    let (shared, now) = (state.clone(), state.clock.now());
    let read = state.database.write_together(move |transaction| {
        let (state, officer) = (shared.clone(), officer.clone());
        Box::pin(async move {
            let mut rows = open_ones(&state, transaction, &officer, after, limit, now).await?;
            let has_more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
            let ids: Vec<Uuid> = rows.iter().map(|row| row.person_id).collect();
            list::note(&state, transaction, &officer, &ids, now).await?;
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                items.push(told(&state, transaction, row).await?);
            }
            Ok(ReferralList { items, next })
        })
    });
    read.await
}

async fn open_ones(
    state: &AppState,
    connection: &impl ConnectionTrait,
    officer: &Officer,
    after: Option<Uuid>,
    limit: usize,
    now: DateTime<Utc>,
) -> ApiResult<Vec<referral::Model>> {
    let sharers = circle::sharers(state, connection, officer.communities(), None, now).await?;
    let sharing: std::collections::HashSet<Uuid> =
        sharers.into_iter().map(|sharer| sharer.person_id).collect();
    let mut query = referral::Entity::find()
        .filter(referral::Column::RegionCode.is_in(officer.communities().iter().map(String::as_str)))
        .filter(referral::Column::ReturnedAt.is_null())
        .order_by_asc(referral::Column::Id);
    if let Some(after) = after {
        query = query.filter(referral::Column::Id.gt(after));
    }
    let mut rows = query.all(connection).await?;
    rows.retain(|row| sharing.contains(&row.person_id));
    rows.truncate(limit + 1);
    Ok(rows)
}

/// Notes what the doctor did. Noted again as it is, it stays; noted otherwise, it is refused.
pub(super) async fn give_back(
    state: &AppState,
    officer: Officer,
    id: Uuid,
    new: NewReturnSlip,
) -> ApiResult<Referral> {
    let now = state.clock.now();
    let returned = checked_return(new, civil_day(now))?;
    let shared = state.clone();
    let given = state.database.write(move |transaction| {
        let (state, officer, returned) = (shared.clone(), officer.clone(), returned.clone());
        Box::pin(async move {
            let row = referral::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
            let row = row.ok_or_else(not_shared)?;
            let person = sharer(&state, transaction, &officer, row.person_id, now).await?;
            if row.returned_at.is_some() {
                return Err(ApiError::Conflict {
                    code: "slip_returned",
                    detail: "这张转诊单的回执已经登记过，请刷新后查看。".into(),
                });
            }
            let cell = sealed(&state, transaction, (row.person_id, id), RETURN, &returned).await?;
            let edited = referral::ActiveModel {
                id: ActiveValue::Unchanged(id),
                returned_at: ActiveValue::Set(Some(now.into())),
                returned_by: ActiveValue::Set(Some(officer.staff_id)),
                return_cell: ActiveValue::Set(Some(cell.clone())),
                ..Default::default()
            };
            referral::Entity::update(edited).exec(transaction).await?;
            list::note(&state, transaction, &officer, &[row.person_id], now).await?;
            let row = referral::Model { returned_at: Some(now.into()), return_cell: Some(cell), ..row };
            let event = officer.event(Action::ReferralReturned, "referral", id, &person.region_code);
            let referral = told(&state, transaction, row).await?;
            audit::append(transaction, &event, now).await?;
            Ok(referral)
        })
    });
    given.await
}

fn checked_return(new: NewReturnSlip, today: NaiveDate) -> ApiResult<Returned> {
    let NewReturnSlip { outcome, seen_on, advice } = new;
    let mut errors = FieldErrors::default();
    let advice = advice.as_deref().map(str::trim).filter(|advice| !advice.is_empty()).map(str::to_owned);
    if advice.as_ref().is_some_and(|advice| advice.chars().count() > LONGEST_ADVICE) {
        errors.add("/advice", "too_long", "医生建议最多 300 个字，请缩短后提交。");
    }
    if seen_on.is_some_and(|day| day > today) {
        errors.add("/seen_on", "bad_day", "就诊日期不能晚于今天。");
    }
    errors.finish()?;
    Ok(Returned { outcome, seen_on, advice })
}

async fn sealed(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (person_id, id): (Uuid, Uuid),
    column: Column,
    content: &impl Serialize,
) -> ApiResult<Vec<u8>> {
    let plain = serde_json::to_vec(content).map_err(anyhow::Error::new)?;
    let address = CellAddress { column, row: id.as_bytes() };
    state.vault.seal(transaction, KeyOwner::Person(person_id), address, &plain).await
}

async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: referral::Model,
) -> ApiResult<Referral> {
    let damaged = || ApiError::Internal(anyhow::anyhow!("the cell of a referral is damaged"));
    let address = |column| CellAddress { column, row: row.id.as_bytes() };
    let plain = state.vault.open(connection, address(SLIP), &row.slip_cell).await?;
    let slip: Slip = serde_json::from_slice(&plain).map_err(|_damaged| damaged())?;
    let returned = match (&row.return_cell, row.returned_at) {
        (Some(cell), Some(returned_at)) => {
            let plain = state.vault.open(connection, address(RETURN), cell).await?;
            let returned: Returned = serde_json::from_slice(&plain).map_err(|_damaged| damaged())?;
            Some(ReturnSlip {
                returned_at: *returned_at,
                outcome: returned.outcome,
                seen_on: returned.seen_on,
                advice: returned.advice,
            })
        }
        _ => None,
    };
    let name = list::people(state, connection, &[row.person_id]).await?.remove(&row.person_id);
    Ok(Referral {
        id: row.id,
        person_id: row.person_id,
        name: name.and_then(|(name, _)| name),
        to: slip.to,
        why: slip.why,
        referred_at: *row.referred_at,
        referred_by: row.referred_by,
        returned,
    })
}
