use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use uuid::Uuid;

use super::caller::SignedIn;
use super::dto::{JwkSet, Refresh, ResidentLogin, SessionList, SessionTokens, WechatLogin};
use super::origin::Origin;
use super::{accounts, refresh, service, session};
use crate::error::{ApiError, ApiResult};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Replicas take up a new key within minutes; it signs nothing before (see `keys`).
const KEYS_CACHE: &str = "public, max-age=300";

/// Logs a resident in with WeChat. The first log-in makes the account.
#[utoipa::path(
    tag = "identity",
    request_body = WechatLogin,
    responses((status = 200, body = ResidentLogin), ProblemResponses)
)]
#[post("/auth/wechat")]
pub(super) async fn log_in_with_wechat(
    request: HttpRequest,
    state: Data<AppState>,
    login: Json<WechatLogin>,
) -> ApiResult<HttpResponse> {
    let identity = service::wechat_session(&state, &login.code).await?;
    let logged_in = accounts::log_in(&state, &identity, &Origin::of(&request), state.clock.now()).await?;
    Ok(personal(&ResidentLogin {
        tokens: service::tokens(&state, logged_in.started)?,
        person_id: logged_in.account.person_id,
        is_new: logged_in.is_new,
    }))
}

/// Exchanges a refresh token for the next pair of tokens.
///
/// A refresh token works once. Asked again within 20 seconds, as a phone does that lost the answer, it gives
/// the same successor; later the whole session ends, because somebody holds a copy.
#[utoipa::path(
    tag = "identity",
    request_body = Refresh,
    responses((status = 200, body = SessionTokens), ProblemResponses)
)]
#[post("/auth/refresh")]
pub(super) async fn refresh_session(
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<Refresh>,
) -> ApiResult<HttpResponse> {
    let (origin, now) = (Origin::of(&request), state.clock.now());
    let started =
        refresh::exchange(&state.database, &state.random, &body.refresh_token, &origin, now).await?;
    Ok(personal(&service::tokens(&state, started)?))
}

/// Ends the session that asks.
#[utoipa::path(
    tag = "identity",
    security(("access_token" = [])),
    responses((status = 204, description = "Logged out"), ProblemResponses)
)]
#[post("/auth/logout")]
pub(super) async fn log_out(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    service::end_one(&state, &caller, caller.session_id, Origin::of(&request)).await?;
    Ok(done())
}

/// Lists where one is logged in.
#[utoipa::path(
    tag = "identity",
    security(("access_token" = [])),
    responses((status = 200, body = SessionList), ProblemResponses)
)]
#[get("/me/sessions")]
pub(super) async fn list_sessions(caller: SignedIn, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let reader = state.database.reader();
    let sessions = session::open_sessions(reader, caller.owner(), state.clock.now()).await?;
    let items = sessions.into_iter().map(|session| service::entry(session, caller.session_id)).collect();
    Ok(personal(&SessionList { items, next: None }))
}

/// Logs out everywhere: ends every session of the account, also the one that asks.
#[utoipa::path(
    tag = "identity",
    security(("access_token" = [])),
    responses((status = 204, description = "Logged out everywhere"), ProblemResponses)
)]
#[delete("/me/sessions")]
pub(super) async fn end_sessions(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    service::end_everywhere(&state, &caller, Origin::of(&request)).await?;
    Ok(done())
}

/// Ends one of one's own sessions.
#[utoipa::path(
    tag = "identity",
    params(("id" = Uuid, Path, description = "Id of the session")),
    security(("access_token" = [])),
    responses((status = 204, description = "Ended"), ProblemResponses)
)]
#[delete("/me/sessions/{id}")]
pub(super) async fn end_session(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    if service::end_one(&state, &caller, id.into_inner(), Origin::of(&request)).await? {
        return Ok(done());
    }
    Err(ApiError::NotFound {
        code: "not_found", detail: "没有这次登录，或者它已经退出。".into()
    })
}

/// Tells the public keys that access tokens are signed with.
#[utoipa::path(
    tag = "identity",
    responses((status = 200, body = JwkSet), ProblemResponses)
)]
#[get("/.well-known/jwks.json")]
pub(super) async fn list_signing_keys(state: Data<AppState>) -> ApiResult<HttpResponse> {
    let keys = state.tokens.published()?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, KEYS_CACHE)).json(keys))
}

fn personal(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(body)
}

fn done() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "private, no-store")).finish()
}
