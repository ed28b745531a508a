use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};

use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{ConfigureReviews, ReadDrafts};
use crate::knowledge::publishing::rules;
use crate::knowledge::publishing::rules_dto::{
    DueParameters, NewReviewCheck, ReviewCheck, ReviewCheckList, ReviewRule, ReviewRuleList, ReviewSteps,
    ReviewsDueList,
};
use crate::knowledge::publishing::worker::Worker;
use crate::openapi::ProblemResponses;
use crate::opening::CivilTime;
use crate::state::AppState;

const DAYS_AHEAD: u64 = 30;
const MOST_DAYS_AHEAD: u64 = 730;

/// Lists how many steps of review articles go through.
#[utoipa::path(
    tag = "publishing",
    security(("access_token" = [])),
    responses((status = 200, body = ReviewRuleList), ProblemResponses)
)]
#[get("/article-review-rules")]
pub(in crate::knowledge::publishing) async fn list_review_rules(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(personal::json(StatusCode::OK, &rules::list(&state, &worker).await?))
}

/// Says how many steps of review the articles of a region and kind go through. What is in review stays as it is.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = String, Path, description = "Region and kind, `all` for every", example = "440307009000:article"),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new rule")
    ),
    request_body = ReviewSteps,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ReviewRule, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/article-review-rules/{id}")]
pub(in crate::knowledge::publishing) async fn put_review_rule(
    caller: Permitted<ConfigureReviews>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: Option<IfMatch>,
    body: Json<ReviewSteps>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let rule = rules::put(&state, worker, id.into_inner(), seen, body.steps).await?;
    Ok(personal::versioned(StatusCode::OK, rule.version, &rule))
}

/// Takes a rule away; the one above it then decides.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = String, Path, description = "Region and kind, `all` for every", example = "440307009000:article"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken away"), ProblemResponses)
)]
#[delete("/article-review-rules/{id}")]
pub(in crate::knowledge::publishing) async fn delete_review_rule(
    caller: Permitted<ConfigureReviews>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    rules::delete(&state, Worker::new(&caller, &request), id.into_inner(), seen).await?;
    Ok(personal::nothing())
}

/// Lists what reviewers look at.
#[utoipa::path(
    tag = "publishing",
    security(("access_token" = [])),
    responses((status = 200, body = ReviewCheckList), ProblemResponses)
)]
#[get("/article-review-checks")]
pub(in crate::knowledge::publishing) async fn list_review_checks(
    _caller: Permitted<ReadDrafts>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    Ok(personal::json(StatusCode::OK, &rules::list_checks(&state).await?))
}

/// Adds something that reviewers look at, or changes it. One that is not enabled need not be ticked.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = String, Path, description = "Id of what is looked at", example = "typos"),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new one")
    ),
    request_body = NewReviewCheck,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ReviewCheck, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/article-review-checks/{id}")]
pub(in crate::knowledge::publishing) async fn put_review_check(
    caller: Permitted<ConfigureReviews>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: Option<IfMatch>,
    body: Json<NewReviewCheck>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let check = rules::put_check(&state, worker, id.into_inner(), seen, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, check.version, &check))
}

/// Lists the live articles of one's region and below that somebody qualified has to read again.
#[utoipa::path(
    tag = "publishing",
    params(DueParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ReviewsDueList), ProblemResponses)
)]
#[get("/article-reviews-due")]
pub(in crate::knowledge::publishing) async fn list_reviews_due(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<DueParameters>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let days = match given(parameters.within_days.as_deref()) {
        None => DAYS_AHEAD,
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| *days <= MOST_DAYS_AHEAD)
            .ok_or_else(|| wrong("within_days", "请填写 0 到 730 的天数。"))?,
    };
    let now = state.clock.now();
    let knowledge = state.knowledge.at(now);
    let today = CivilTime::new(now, None).date();
    Ok(personal::json(StatusCode::OK, &rules::due(&knowledge, &worker, today, days)))
}
