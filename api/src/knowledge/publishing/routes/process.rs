use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, post, put};

use super::{number, written};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditArticles, PublishArticles, ReviewArticles};
use crate::knowledge::publishing::dto::{
    Approval, ArticleDraftDetail, NewSlug, Publication, ReturnReason, Schedule, WithdrawalReason,
};
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::publishing::{releases, review};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Hands the working copy in for review: it becomes a revision that does not change any more.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "Version of the working copy that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/submit")]
pub(in crate::knowledge::publishing) async fn submit_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = review::submit(&state, worker, number(&id)?, seen).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Takes back what was handed in, to write on.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/recall")]
pub(in crate::knowledge::publishing) async fn recall_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = review::recall(&state, worker, number(&id)?, seen).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Agrees to the step of review that is due.
///
/// Nobody reviews what they wrote or handed in, and each step is another person's where the office has one.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = Approval,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/approve")]
pub(in crate::knowledge::publishing) async fn approve_article(
    caller: Permitted<ReviewArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<Approval>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = review::approve(&state, worker, number(&id)?, seen, body.into_inner()).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Returns the article to its author with a reason.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = ReturnReason,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/return")]
pub(in crate::knowledge::publishing) async fn return_article(
    caller: Permitted<ReviewArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<ReturnReason>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = review::return_it(&state, worker, number(&id)?, seen, body.into_inner()).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Shows a reviewed revision to residents at once, in the place of what was shown before.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = Publication,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/publish")]
pub(in crate::knowledge::publishing) async fn publish_article(
    caller: Permitted<PublishArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<Publication>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = releases::publish(&state, worker, number(&id)?, seen, body.into_inner()).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Shows a reviewed revision to residents from an instant on. What was scheduled before gives way.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = Schedule,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/schedule")]
pub(in crate::knowledge::publishing) async fn schedule_article(
    caller: Permitted<PublishArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<Schedule>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = releases::schedule(&state, worker, number(&id)?, seen, body.into_inner()).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Calls off what is scheduled.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/unschedule")]
pub(in crate::knowledge::publishing) async fn unschedule_article(
    caller: Permitted<PublishArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = releases::unschedule(&state, worker, number(&id)?, seen).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Takes an article down at once. Nothing older comes in its place, and what was scheduled is called off.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = WithdrawalReason,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/withdraw")]
pub(in crate::knowledge::publishing) async fn withdraw_article(
    caller: Permitted<PublishArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<WithdrawalReason>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = releases::withdraw(&state, worker, number(&id)?, seen, body.into_inner().reason).await?;
    Ok(written(StatusCode::OK, &done))
}

/// Gives an article another address. Links to the former ones go on working.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    request_body = NewSlug,
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[put("/articles/{id}/slug")]
pub(in crate::knowledge::publishing) async fn move_article(
    caller: Permitted<PublishArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<NewSlug>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = releases::move_it(&state, worker, number(&id)?, seen, &body.slug).await?;
    Ok(written(StatusCode::OK, &done))
}
