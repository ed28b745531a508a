//! Scans that did not fit: kept, listed, settled by a person.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use entity::check_in::Source;
use entity::check_in_conflict::{self, Decision, Reason};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::admission::{self, Arrival};
use super::dto::{
    CheckInConflict, CheckInConflictList, ConflictDecision, ConflictParameters, ConflictSettlement,
};
use super::guests::{self, Guest};
use super::host::Host;
use super::tickets::shown;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// A scan that did not fit.
pub(super) struct Misfit {
    pub(super) activity_id: i32,
    pub(super) registration_id: Option<Uuid>,
    /// Rows of people; empty where everybody was meant.
    pub(super) people: Vec<Uuid>,
    pub(super) nonce: String,
    pub(super) reason: Reason,
    pub(super) staff_id: Uuid,
    pub(super) device: Option<String>,
    pub(super) scanned_at: DateTime<Utc>,
}

/// The word for programs.
pub(super) fn word(reason: Reason) -> String {
    reason.to_value()
}

/// The same for people.
pub(super) fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Forged => "二维码不是本平台的票。",
        Reason::Stale => "扫码时二维码已过期（可能是截图，或手机时间不准）。",
        Reason::UnknownTicket => "没有找到对应的报名。",
        Reason::WrongActivity => "这是另一场活动的票。",
        Reason::ActivityCancelled => "活动已取消或未发布。",
        Reason::Cancelled => "扫码前或扫码后报名已取消。",
        Reason::Waiting => "报名还在候补，没有座位。",
        Reason::Already => "已有别的扫码记录签到，可能一票两用。",
        Reason::OutOfTime => "扫码时间不在签到时段内。",
    }
}

/// The reason of a scan that is already in the list.
pub(super) async fn known(
    connection: &impl ConnectionTrait,
    activity_id: i32,
    nonce: &str,
) -> ApiResult<Option<Reason>> {
    let row = check_in_conflict::Entity::find()
        .filter(check_in_conflict::Column::ActivityId.eq(activity_id))
        .filter(check_in_conflict::Column::Nonce.eq(nonce))
        .one(connection)
        .await?;
    Ok(row.map(|row| row.reason))
}

/// Keeps a scan that did not fit.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    misfit: Misfit,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = check_in_conflict::ActiveModel {
        id: ActiveValue::Set(state.random.id(now)),
        activity_id: ActiveValue::Set(misfit.activity_id),
        registration_id: ActiveValue::Set(misfit.registration_id),
        people: ActiveValue::Set(json!(misfit.people)),
        nonce: ActiveValue::Set(misfit.nonce),
        reason: ActiveValue::Set(misfit.reason),
        staff_id: ActiveValue::Set(misfit.staff_id),
        device: ActiveValue::Set(misfit.device),
        scanned_at: ActiveValue::Set(misfit.scanned_at.into()),
        uploaded_at: ActiveValue::Set(now.into()),
        settled_at: ActiveValue::Set(None),
        settled_by: ActiveValue::Set(None),
        decision: ActiveValue::Set(None),
    };
    check_in_conflict::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Lists scans without a network that did not fit and wait for a decision.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity"), ConflictParameters),
    responses((status = 200, body = CheckInConflictList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/activities/{id}/check-in-conflicts")]
pub(super) async fn list_check_in_conflicts(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    parameters: Query<ConflictParameters>,
) -> ApiResult<HttpResponse> {
    let with_settled = match given(parameters.settled.as_deref()) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(wrong("settled", "可选：true、false。")),
    };
    let (host, reader) = (Host::new(&caller, Origin::of(&request)), state.database.reader());
    let activity = host.activity(reader, id.into_inner()).await?;
    let mut query = check_in_conflict::Entity::find()
        .filter(check_in_conflict::Column::ActivityId.eq(activity.id))
        .order_by_asc(check_in_conflict::Column::ScannedAt)
        .order_by_asc(check_in_conflict::Column::Nonce);
    if !with_settled {
        query = query.filter(check_in_conflict::Column::SettledAt.is_null());
    }
    let rows = query.all(reader).await?;
    let items = told(&state, reader, rows).await?;
    Ok(personal::json(StatusCode::OK, &CheckInConflictList { items, next: None }))
}

async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    rows: Vec<check_in_conflict::Model>,
) -> ApiResult<Vec<CheckInConflict>> {
    let registrations: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.registration_id).collect();
    let registrations: Vec<Uuid> = registrations.into_iter().collect();
    let guests = guests::of_registrations(connection, &state.vault, &registrations).await?;
    let names = guests::staff_names(connection, rows.iter().map(|row| row.staff_id)).await?;
    let told = |row: check_in_conflict::Model| CheckInConflict {
        id: row.id,
        reason: word(row.reason),
        text: sentence(row.reason).to_owned(),
        scanned_at: *row.scanned_at,
        uploaded_at: *row.uploaded_at,
        by: names.get(&row.staff_id).cloned().unwrap_or_default(),
        people: meant(&row, &guests).map(shown).collect(),
        device: row.device,
        registration_id: row.registration_id,
        settled_at: row.settled_at.map(|at| *at),
        decision: row.decision.map(|decision| decision.to_value()),
    };
    Ok(rows.into_iter().map(told).collect())
}

/// The people that a scan was about; all of the registration where none is named.
fn meant<'g>(row: &check_in_conflict::Model, guests: &'g [Guest]) -> impl Iterator<Item = &'g Guest> {
    let (registration, named) = (row.registration_id, named(row));
    guests.iter().filter(move |guest| {
        Some(guest.row.registration_id) == registration && (named.is_empty() || named.contains(&guest.row.id))
    })
}

fn named(row: &check_in_conflict::Model) -> Vec<Uuid> {
    let people = row.people.as_array().map(Vec::as_slice).unwrap_or_default();
    people.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// Settles a conflict: `admitted` checks the people in at the time of the scan, `dismissed` does nothing.
#[utoipa::path(
    tag = "attendance",
    params(
        ("id" = i32, Path, description = "Id of the activity"),
        ("conflict_id" = Uuid, Path, description = "Id of the conflict")
    ),
    request_body = ConflictSettlement,
    responses((status = 204, description = "Settled"), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/check-in-conflicts/{conflict_id}/settle")]
pub(super) async fn settle_check_in_conflict(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    path: Path<(i32, Uuid)>,
    body: Json<ConflictSettlement>,
) -> ApiResult<HttpResponse> {
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let (activity_id, conflict_id) = path.into_inner();
    let decision = match body.decision {
        ConflictDecision::Admitted => Decision::Admitted,
        ConflictDecision::Dismissed => Decision::Dismissed,
    };
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    database
        .write(move |transaction| {
            let (state, host) = (state.clone(), host.clone());
            let which = (activity_id, conflict_id);
            Box::pin(async move { settle(&state, transaction, &host, which, decision, now).await })
        })
        .await?;
    Ok(personal::nothing())
}

async fn settle(
    state: &AppState,
    transaction: &DatabaseTransaction,
    host: &Host,
    (activity_id, conflict_id): (i32, Uuid),
    decision: Decision,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let activity = host.locked_activity(transaction, activity_id).await?;
    let row = check_in_conflict::Entity::find_by_id(conflict_id).lock_exclusive().one(transaction).await?;
    let row = row.filter(|row| row.activity_id == activity_id).ok_or_else(no_such_conflict)?;
    if row.settled_at.is_some() {
        return Err(ApiError::Conflict {
            code: "already_settled",
            detail: "这条记录已经处理过，请刷新列表。".into(),
        });
    }
    if decision == Decision::Admitted {
        let Some(registration_id) = row.registration_id else {
            return Err(ApiError::Conflict {
                code: "no_registration",
                detail: "这条扫码找不到报名，如确实到场，请按现场加人补登。".into(),
            });
        };
        let people = named(&row);
        let arrival = Arrival {
            registration_id,
            people: (!people.is_empty()).then_some(people),
            nonce: format!("settled-{}", row.id.simple()),
            source: Source::Offline,
            staff_id: Some(row.staff_id),
            device: row.device.clone(),
            at: *row.scanned_at,
            is_bound_by_hours: false,
        };
        admission::admit(state, transaction, &activity, &arrival, now).await?.map_err(ApiError::from)?;
    }
    check_in_conflict::Entity::update_many()
        .col_expr(check_in_conflict::Column::SettledAt, Expr::val(now.timestamp_millis()))
        .col_expr(check_in_conflict::Column::SettledBy, Expr::val(host.staff_id))
        .col_expr(check_in_conflict::Column::Decision, Expr::val(decision))
        .filter(check_in_conflict::Column::Id.eq(conflict_id))
        .exec(transaction)
        .await?;
    let told = json!({"conflict": conflict_id, "decision": decision.to_value(), "reason": word(row.reason)});
    audit::append(transaction, &host.event(Action::ConflictSettled, &activity).with(told), now).await
}

fn no_such_conflict() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这条冲突记录，请刷新列表。".into()
    }
}
