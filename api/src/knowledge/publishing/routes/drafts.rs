use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};

use super::{number, written};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditArticles, ReadDrafts};
use crate::knowledge::articles::content::Content;
use crate::knowledge::publishing::dto::{
    ArticleDraftDetail, ArticleDraftList, CopyTarget, DraftsParameters, EditorList, NewArticle,
};
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::publishing::{bin, drafts, listing, presence};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Begins an article. Nothing of it is public until it was reviewed and published.
#[utoipa::path(
    tag = "publishing",
    request_body = NewArticle,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ArticleDraftDetail, headers(
            ("Location" = String, description = "Address of the working copy"),
            ("ETag" = String, description = "Version of the working copy, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/articles")]
pub(in crate::knowledge::publishing) async fn create_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewArticle>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(begun(&drafts::create(&state, worker, body.into_inner()).await?))
}

fn begun(detail: &ArticleDraftDetail) -> HttpResponse {
    let mut response = written(StatusCode::CREATED, detail);
    let location = format!("/api/v1/articles/{}/draft", detail.id);
    if let Ok(location) = header::HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Lists the articles of one's region and below, public or not, those that were saved last first.
#[utoipa::path(
    tag = "publishing",
    params(DraftsParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftList), ProblemResponses)
)]
#[get("/article-drafts")]
pub(in crate::knowledge::publishing) async fn list_article_drafts(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<DraftsParameters>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(personal::json(StatusCode::OK, &listing::page(&state, &worker, &parameters).await?))
}

/// Gives the working copy of an article and how far it is.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = ArticleDraftDetail, headers(
            ("ETag" = String, description = "Version of the working copy, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[get("/articles/{id}/draft")]
pub(in crate::knowledge::publishing) async fn get_article_draft(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(written(StatusCode::OK, &drafts::show(&state, &worker, number(&id)?).await?))
}

/// Saves the working copy, as often as one likes. What is live stays as it is.
///
/// What somebody else saved meanwhile is never overwritten: 412 names the version and the colleague.
#[utoipa::path(
    tag = "publishing",
    params(
        ("article" = String, Path, description = "Number of the article", example = "31"),
        ("If-Match" = String, Header, description = "Version of the working copy that is edited")
    ),
    request_body = Content,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ArticleDraftDetail, headers(
            ("ETag" = String, description = "Version of the working copy, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[put("/articles/{article}")]
pub(in crate::knowledge::publishing) async fn save_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<Content>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let saved = drafts::save(&state, worker, number(&id)?, seen, body.into_inner()).await?;
    Ok(written(StatusCode::OK, &saved))
}

/// Puts an article into the recycle bin. What was never public is deleted thirty days later.
#[utoipa::path(
    tag = "publishing",
    params(
        ("article" = String, Path, description = "Number of the article", example = "31"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[delete("/articles/{article}")]
pub(in crate::knowledge::publishing) async fn bin_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(written(StatusCode::OK, &bin::set(&state, worker, number(&id)?, seen, true).await?))
}

/// Takes an article out of the recycle bin.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("If-Match" = String, Header, description = "`state_version` that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleDraftDetail), ProblemResponses)
)]
#[post("/articles/{id}/recover")]
pub(in crate::knowledge::publishing) async fn recover_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(written(StatusCode::OK, &bin::set(&state, worker, number(&id)?, seen, false).await?))
}

/// Begins another article with the same content, such as last year's notice.
///
/// The medical review is not copied: nobody has read the copy.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the original")),
    request_body = CopyTarget,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ArticleDraftDetail, headers(
            ("Location" = String, description = "Address of the working copy"),
            ("ETag" = String, description = "Version of the working copy, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/articles/{id}/copy")]
pub(in crate::knowledge::publishing) async fn copy_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    body: Json<CopyTarget>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let target = body.into_inner().region_code;
    Ok(begun(&drafts::copy(&state, worker, number(&id)?, target).await?))
}

/// Tells that one is writing, every 20 seconds while the article is open, and who else is.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article")),
    security(("access_token" = [])),
    responses((status = 200, body = EditorList), ProblemResponses)
)]
#[put("/articles/{id}/presence")]
pub(in crate::knowledge::publishing) async fn enter_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let (worker, id, now) = (Worker::new(&caller, &request), number(&id)?, state.clock.now());
    worker.find(state.database.reader(), id).await?;
    let staff_id = worker.staff_id;
    let noted =
        state.database.write(move |transaction| Box::pin(presence::note(transaction, id, staff_id, now)));
    noted.await?;
    let items = presence::editors(state.database.reader(), id, now).await?;
    Ok(personal::json(StatusCode::OK, &EditorList { items, next: None }))
}

/// Tells that one has stopped writing.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article")),
    security(("access_token" = [])),
    responses((status = 204, description = "Noted"), ProblemResponses)
)]
#[delete("/articles/{id}/presence")]
pub(in crate::knowledge::publishing) async fn leave_article(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let (worker, id) = (Worker::new(&caller, &request), number(&id)?);
    worker.find(state.database.reader(), id).await?;
    let staff_id = worker.staff_id;
    let left = state.database.write(move |transaction| Box::pin(presence::leave(transaction, id, staff_id)));
    left.await?;
    Ok(personal::nothing())
}
