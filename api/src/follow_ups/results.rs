//! What came of calls.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::follow_up::{self, Outcome};
use entity::follow_up_result;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::circle::{self, Sharer};
use super::dto::{FollowUpResult, FollowUpResultList, NewFollowUpResult, NewReferral};
use super::officer::{Officer, not_shared};
use super::rules::{Reason, is_gone, is_reached, usual_next_day};
use super::{DETAIL, list, referrals};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::people::age::civil_day;
use crate::records::alerts;
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};

const LONGEST_NOTE: usize = 300;
/// How far ahead a call may be agreed.
const FARTHEST_CALL: TimeDelta = TimeDelta::days(366);

/// The sealed part of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Detail {
    reasons: Vec<Reason>,
    note: Option<String>,
    agreed: bool,
    referral_id: Option<Uuid>,
}

/// A call that may be kept.
#[derive(Clone, Debug)]
struct Call {
    uid: Uuid,
    outcome: Outcome,
    reasons: Vec<Reason>,
    note: Option<String>,
    agreed_on: Option<NaiveDate>,
    referral: Option<NewReferral>,
}

/// A person who shares with the officer at this moment.
pub(super) async fn sharer(
    state: &AppState,
    connection: &impl ConnectionTrait,
    officer: &Officer,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Sharer> {
    let found = circle::sharers(state, connection, officer.communities(), Some(person_id), now).await?;
    found.into_iter().next().ok_or_else(not_shared)
}

/// Notes what came of a call. Noted again under the same `uid`, it stays as it is.
pub(super) async fn add(
    state: &AppState,
    officer: Officer,
    person_id: Uuid,
    new: NewFollowUpResult,
) -> ApiResult<FollowUpResult> {
    let now = state.clock.now();
    let call = checked(new, civil_day(now))?;
    let shared = state.clone();
    let added = state.database.write(move |transaction| {
        let (state, officer, call) = (shared.clone(), officer.clone(), call.clone());
        Box::pin(async move {
            let person = sharer(&state, transaction, &officer, person_id, now).await?;
            let known = follow_up_result::Entity::find_by_id(call.uid).one(transaction).await?;
            if let Some(known) = known {
                if known.person_id != person_id || known.staff_id != officer.staff_id {
                    return Err(uid_taken());
                }
                return told(&state, transaction, known).await;
            }
            keep(&state, transaction, &officer, &person, call, now).await
        })
    });
    added.await
}

async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    officer: &Officer,
    person: &Sharer,
    call: Call,
    now: DateTime<Utc>,
) -> ApiResult<FollowUpResult> {
    let person_id = person.person_id;
    let referral_id = match &call.referral {
        Some(referral) => Some(referrals::make(state, transaction, officer, person, referral, now).await?),
        None => None,
    };
    let agreed = call.agreed_on.is_some();
    let next_on = call.agreed_on.unwrap_or_else(|| usual_next_day(call.outcome, civil_day(now)));
    let detail = Detail { reasons: call.reasons, note: call.note, agreed, referral_id };
    let plain = serde_json::to_vec(&detail).map_err(anyhow::Error::new)?;
    let address = CellAddress { column: DETAIL, row: call.uid.as_bytes() };
    let row = follow_up_result::Model {
        id: call.uid,
        person_id,
        staff_id: officer.staff_id,
        outcome: call.outcome,
        called_at: now.into(),
        next_on,
        detail_cell: state.vault.seal(transaction, KeyOwner::Person(person_id), address, &plain).await?,
    };
    follow_up_result::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    let standing =
        follow_up::Model { person_id, outcome: call.outcome, called_at: now.into(), next_on, agreed };
    let again = OnConflict::column(follow_up::Column::PersonId)
        .update_columns([
            follow_up::Column::Outcome,
            follow_up::Column::CalledAt,
            follow_up::Column::NextOn,
            follow_up::Column::Agreed,
        ])
        .to_owned();
    follow_up::Entity::insert(standing.into_active_model())
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    settle_alerts(transaction, officer, person_id, call.outcome, now).await?;
    let event = officer
        .event(Action::FollowUpNoted, "person", person_id, &person.region_code)
        .with(json!({"outcome": circle::word(call.outcome), "referred": referral_id.is_some()}));
    audit::append(transaction, &event, now).await?;
    Ok(view(&row, detail))
}

/// Alerts are settled once somebody was spoken to, or there is nobody any more.
async fn settle_alerts(
    transaction: &DatabaseTransaction,
    officer: &Officer,
    person_id: Uuid,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if !is_reached(outcome) && !is_gone(outcome) {
        return Ok(());
    }
    let person = Query::select().expr(Expr::value(person_id)).to_owned();
    for alert in alerts::unsettled(transaction, person).await? {
        alerts::settle(transaction, alert.id, officer.staff_id, now).await?;
    }
    Ok(())
}

/// One page of the calls to a person, newest first. The person finds that the officer read them.
pub(super) async fn page(
    state: &AppState,
    officer: Officer,
    person_id: Uuid,
    (after, limit): (Option<Uuid>, usize),
) -> ApiResult<FollowUpResultList> {
    let (shared, now) = (state.clone(), state.clock.now());
    let read = state.database.write_together(move |transaction| {
        let (state, officer) = (shared.clone(), officer.clone());
        Box::pin(async move {
            sharer(&state, transaction, &officer, person_id, now).await?;
            list::note(&state, transaction, &officer, &[person_id], now).await?;
            rows(&state, transaction, person_id, after, limit).await
        })
    });
    read.await
}

async fn rows(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> ApiResult<FollowUpResultList> {
    let mut query = follow_up_result::Entity::find()
        .filter(follow_up_result::Column::PersonId.eq(person_id))
        .order_by_desc(follow_up_result::Column::CalledAt)
        .order_by_desc(follow_up_result::Column::Id)
        .limit(limit as u64 + 1);
    if let Some(after) = after {
        let last = follow_up_result::Entity::find_by_id(after).one(connection).await?;
        let last = last
            .filter(|last| last.person_id == person_id)
            .ok_or_else(|| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))?;
        let at = last.called_at.timestamp_millis();
        let earlier = follow_up_result::Column::CalledAt
            .lt(at)
            .or(follow_up_result::Column::CalledAt.eq(at).and(follow_up_result::Column::Id.lt(after)));
        query = query.filter(earlier);
    }
    let mut rows = query.all(connection).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(told(state, connection, row).await?);
    }
    Ok(FollowUpResultList { items, next })
}

async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: follow_up_result::Model,
) -> ApiResult<FollowUpResult> {
    let address = CellAddress { column: DETAIL, row: row.id.as_bytes() };
    let plain = state.vault.open(connection, address, &row.detail_cell).await?;
    let detail = serde_json::from_slice(&plain)
        .map_err(|_damaged| ApiError::Internal(anyhow::anyhow!("the cell of a call is damaged")))?;
    Ok(view(&row, detail))
}

fn view(row: &follow_up_result::Model, detail: Detail) -> FollowUpResult {
    FollowUpResult {
        id: row.id,
        person_id: row.person_id,
        called_at: *row.called_at,
        called_by: row.staff_id,
        outcome: row.outcome.into(),
        reasons: detail.reasons,
        note: detail.note,
        next_on: row.next_on,
        referral_id: detail.referral_id,
    }
}

fn checked(new: NewFollowUpResult, today: NaiveDate) -> ApiResult<Call> {
    let NewFollowUpResult { uid, outcome, mut reasons, note, next_on, referral } = new;
    let mut errors = FieldErrors::default();
    let note = note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
    if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        errors.add("/note", "too_long", "备注最多 300 个字，请缩短后提交。");
    }
    if next_on.is_some_and(|day| day <= today || day - today > FARTHEST_CALL) {
        errors.add("/next_on", "bad_day", "下次联系日期请选择明天到一年之内的一天。");
    }
    let outcome = Outcome::from(outcome);
    if next_on.is_some() && is_gone(outcome) {
        errors.add("/next_on", "not_needed", "已搬走或已去世的居民不需要下次联系日期，请留空。");
    }
    let referral = referral.map(|referral| referrals::checked(referral, &mut errors));
    if referral.is_some() && outcome != Outcome::SeesDoctor {
        errors.add("/referral", "not_needed", "只有结果是“就医或转诊”时才能开转诊单。");
    }
    errors.finish()?;
    reasons.sort_unstable();
    reasons.dedup();
    Ok(Call { uid, outcome, reasons, note, agreed_on: next_on, referral })
}

fn uid_taken() -> ApiError {
    wrong("/uid", "uid_taken", "这个编号已经用于另一次联系，请刷新后重新填写。")
}
