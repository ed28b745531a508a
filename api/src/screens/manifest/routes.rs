use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use uuid::Uuid;

use super::dto::Manifest;
use super::{m3u, resolve};
use crate::error::ApiResult;
use crate::http::page_url::base_url;
use crate::http::ready::Ready;
use crate::openapi::ProblemResponses;
use crate::screens::device::PairedScreen;
use crate::screens::plan::Plan;
use crate::state::AppState;

/// Kept by the player and asked about each time.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Tells a player what to play for the next days.
///
/// `Authorization: Bearer` with the token of the screen. With `If-None-Match` the answer is 304 where
/// nothing has changed; ask once a minute, which is how fast an emergency message shows.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    security(("screen_token" = [])),
    responses(
        (status = 200, body = Manifest, headers(("ETag" = String, description = "Stable while nothing changes"))),
        (status = 304, description = "The player holds it"),
        ProblemResponses
    )
)]
#[get("/screens/{id}/manifest")]
pub(super) async fn get_manifest(
    screen: PairedScreen,
    request: HttpRequest,
    state: Data<AppState>,
    _id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let manifest = manifest(&state, screen).await?;
    Ok(Ready::json(&manifest)?.answer(&request, NO_CACHE))
}

/// Lists the files that play now, as extended M3U, for boxes and programs that know nothing else.
///
/// Such programs send the token as a password (`http://screen:TOKEN@…/playlist.m3u`). They show neither
/// cards nor emergency messages.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    security(("screen_token" = []), ("screen_password" = [])),
    responses(
        (status = 200, body = String, content_type = "audio/x-mpegurl"),
        ProblemResponses
    )
)]
#[get("/screens/{id}/playlist.m3u")]
pub(super) async fn get_m3u(
    screen: PairedScreen,
    request: HttpRequest,
    state: Data<AppState>,
    _id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let manifest = manifest(&state, screen).await?;
    let base = base_url(&request, &state);
    let text = m3u::m3u(&manifest, state.clock.now(), |path| base.with_path(path));
    Ok(HttpResponse::Ok()
        .content_type("audio/x-mpegurl; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, NO_CACHE))
        .body(text))
}

async fn manifest(state: &AppState, screen: PairedScreen) -> ApiResult<Manifest> {
    let now = state.clock.now();
    let plan = Plan::load(state, screen.row, now, resolve::span(now).1).await?;
    Ok(resolve::manifest(&plan, now))
}
