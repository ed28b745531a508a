use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::{number, revision, written};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::page_url::base_url;
use crate::http::parameters::required;
use crate::http::personal::{self, NO_STORE};
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditArticles, ReadDrafts};
use crate::knowledge::publishing::dto::ArticleDraftDetail;
use crate::knowledge::publishing::revision_dto::{
    ArticleComparison, ArticlePreview, ArticleRevisionDetail, ArticleRevisionList, CompareParameters,
    HistoryList, PreviewLink, PreviewParameters,
};
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::publishing::{history, preview, preview_page, revisions};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Keeps search engines away from what is not public.
const NO_INDEX: (&str, &str) = ("x-robots-tag", "noindex, nofollow");

/// Lists the revisions of an article, the newest first.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article")),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleRevisionList), ProblemResponses)
)]
#[get("/articles/{id}/revisions")]
pub(in crate::knowledge::publishing) async fn list_article_revisions(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    Ok(personal::json(StatusCode::OK, &revisions::list(&state, &worker, number(&id)?).await?))
}

/// Gives one revision.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("n" = i32, Path, description = "Number of the revision")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleRevisionDetail), ProblemResponses)
)]
#[get("/articles/{id}/revisions/{n}")]
pub(in crate::knowledge::publishing) async fn get_article_revision(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let (id, n) = (number(&path.0)?, number(&path.1)?);
    Ok(personal::json(StatusCode::OK, &revisions::get(&state, &worker, id, n).await?))
}

/// Compares two revisions, or a revision and the working copy, by character.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article"), CompareParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ArticleComparison), ProblemResponses)
)]
#[get("/articles/{id}/compare")]
pub(in crate::knowledge::publishing) async fn compare_article_revisions(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    parameters: Query<CompareParameters>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let from = required("from", parameters.from.as_deref(), "请填写较早的版本号，例如 from=1。")?;
    let from = revision("from", Some(from))?.unwrap_or(1);
    let to = revision("to", parameters.to.as_deref())?;
    let compared = revisions::compare(&state, &worker, number(&id)?, from, to).await?;
    Ok(personal::json(StatusCode::OK, &compared))
}

/// Makes the working copy say what a revision says. Nothing is published by it.
#[utoipa::path(
    tag = "publishing",
    params(
        ("id" = i32, Path, description = "Number of the article"),
        ("n" = i32, Path, description = "Number of the revision"),
        ("If-Match" = String, Header, description = "Version of the working copy that is replaced")
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, body = ArticleDraftDetail, headers(
            ("ETag" = String, description = "Version of the working copy, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/articles/{id}/revisions/{n}/restore")]
pub(in crate::knowledge::publishing) async fn restore_article_revision(
    caller: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let (id, n) = (number(&path.0)?, number(&path.1)?);
    Ok(written(StatusCode::OK, &revisions::restore(&state, worker, id, n, seen).await?))
}

/// Tells what was done to an article, the newest first.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article")),
    security(("access_token" = [])),
    responses((status = 200, body = HistoryList), ProblemResponses)
)]
#[get("/articles/{id}/history")]
pub(in crate::knowledge::publishing) async fn get_article_history(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let (worker, id) = (Worker::new(&caller, &request), number(&id)?);
    let reader = state.database.reader();
    worker.find(reader, id).await?;
    Ok(personal::json(StatusCode::OK, &history::list(reader, id).await?))
}

/// Makes a link that shows one revision, or the working copy, for 24 hours to whoever has it.
#[utoipa::path(
    tag = "publishing",
    params(("id" = i32, Path, description = "Number of the article"), PreviewParameters),
    security(("access_token" = [])),
    responses((status = 200, body = PreviewLink), ProblemResponses)
)]
#[get("/articles/{id}/preview-link")]
pub(in crate::knowledge::publishing) async fn get_preview_link(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    parameters: Query<PreviewParameters>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let wanted = revision("revision", parameters.revision.as_deref())?;
    let base = base_url(&request, &state).with_path("");
    let link = preview::link(&state, &worker, number(&id)?, wanted, &base).await?;
    Ok(personal::json(StatusCode::OK, &link))
}

/// Shows what a preview link is for.
#[utoipa::path(
    tag = "publishing",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, body = ArticlePreview), ProblemResponses)
)]
#[get("/article-previews/{token}")]
pub(in crate::knowledge::publishing) async fn get_article_preview(
    state: Data<AppState>,
    token: Path<String>,
) -> ApiResult<HttpResponse> {
    let shown = preview::show(&state, &token).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header(NO_INDEX)
        .json(shown))
}

/// Shows what a preview link is for, as a page.
#[utoipa::path(
    tag = "publishing",
    params(("token" = String, Path, description = "Token of the link")),
    responses((status = 200, body = String, content_type = "text/html"), ProblemResponses)
)]
#[get("/preview/{token}")]
pub(in crate::knowledge::publishing) async fn show_article_preview(
    state: Data<AppState>,
    token: Path<String>,
) -> ApiResult<HttpResponse> {
    let shown = preview::show(&state, &token).await?;
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header(NO_INDEX)
        .body(preview_page::page(&shown).into_string()))
}
