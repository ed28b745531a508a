use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{
    FollowUpList, FollowUpParameters, FollowUpResult, FollowUpResultList, ListParameters, NewFollowUpResult,
    NewReturnSlip, Referral, ReferralList,
};
use super::list::{self, Question};
use super::officer::Officer;
use super::{referrals, results};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{Limit, given, limit, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{ManageFollowUps, ReadHealth};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const PAGE: Limit = Limit { default: 20, most: 50 };
const QUIET_DAYS: (i64, std::ops::RangeInclusive<i64>) = (30, 7..=365);

/// Lists whom the officer should call today and why, the most urgent first: only persons of the officer's own
/// community who share their record with its officers. Each of them can see that the officer looked.
#[utoipa::path(
    tag = "follow-ups",
    params(FollowUpParameters),
    security(("access_token" = [])),
    responses((status = 200, body = FollowUpList), ProblemResponses)
)]
#[get("/follow-ups")]
pub(super) async fn list_follow_ups(
    caller: Permitted<ManageFollowUps>,
    health: Permitted<ReadHealth>,
    request: HttpRequest,
    state: Data<AppState>,
    asked: Query<FollowUpParameters>,
) -> ApiResult<HttpResponse> {
    let question = Question {
        quiet_days: quiet_days(asked.quiet_days.as_deref())?,
        reason: given(asked.reason.as_deref())
            .map(|word| {
                serde_json::from_value(word.into()).map_err(|_unknown| {
                    let known =
                        "可选：very_high_pressure、three_high_days、weight_loss、call_again、no_reading。";
                    wrong("reason", known)
                })
            })
            .transpose()?,
        after: given(asked.cursor.as_deref()).map(list::read_cursor).transpose()?,
        limit: limit(asked.limit.as_deref(), PAGE)?,
    };
    let officer = Officer::new(&caller, &health, &request);
    Ok(personal::json(StatusCode::OK, &list::page(&state, &officer, question).await?))
}

fn quiet_days(text: Option<&str>) -> ApiResult<i64> {
    let (usual, bounds) = QUIET_DAYS;
    let Some(text) = given(text) else { return Ok(usual) };
    let days = text.parse().ok().filter(|days| bounds.contains(days));
    days.ok_or_else(|| wrong("quiet_days", "请填写 7 到 365 的整数。"))
}

fn page(asked: &ListParameters) -> ApiResult<(Option<Uuid>, usize)> {
    let after = given(asked.cursor.as_deref())
        .map(str::parse)
        .transpose()
        .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))?;
    Ok((after, limit(asked.limit.as_deref(), PAGE)?))
}

/// Notes what came of a call, with a referral where the person is sent to a clinic. Sent again under the same
/// `uid`, it is the same call.
#[utoipa::path(
    tag = "follow-ups",
    params(("id" = Uuid, Path, description = "Id of the person")),
    request_body = NewFollowUpResult,
    security(("access_token" = [])),
    responses((status = 201, body = FollowUpResult), ProblemResponses)
)]
#[post("/follow-ups/{id}/results")]
pub(super) async fn add_follow_up_result(
    caller: Permitted<ManageFollowUps>,
    health: Permitted<ReadHealth>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewFollowUpResult>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &health, &request);
    let result = results::add(&state, officer, *id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::CREATED, &result))
}

/// Lists the calls to a person, newest first. The person can see that the officer looked.
#[utoipa::path(
    tag = "follow-ups",
    params(("id" = Uuid, Path, description = "Id of the person"), ListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = FollowUpResultList), ProblemResponses)
)]
#[get("/follow-ups/{id}/results")]
pub(super) async fn list_follow_up_results(
    caller: Permitted<ManageFollowUps>,
    health: Permitted<ReadHealth>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    asked: Query<ListParameters>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &health, &request);
    let list = results::page(&state, officer, *id, page(&asked)?).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

/// Lists referrals whose slip has not come back, oldest first.
#[utoipa::path(
    tag = "follow-ups",
    params(ListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ReferralList), ProblemResponses)
)]
#[get("/follow-ups/referrals")]
pub(super) async fn list_referrals(
    caller: Permitted<ManageFollowUps>,
    health: Permitted<ReadHealth>,
    request: HttpRequest,
    state: Data<AppState>,
    asked: Query<ListParameters>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &health, &request);
    Ok(personal::json(StatusCode::OK, &referrals::page(&state, officer, page(&asked)?).await?))
}

/// Notes what stands on the slip that came back from the clinic.
#[utoipa::path(
    tag = "follow-ups",
    params(("id" = Uuid, Path, description = "Id of the referral")),
    request_body = NewReturnSlip,
    security(("access_token" = [])),
    responses((status = 200, body = Referral), ProblemResponses)
)]
#[post("/follow-ups/referrals/{id}/return")]
pub(super) async fn return_referral(
    caller: Permitted<ManageFollowUps>,
    health: Permitted<ReadHealth>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewReturnSlip>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &health, &request);
    let referral = referrals::give_back(&state, officer, *id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &referral))
}
