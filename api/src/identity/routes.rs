use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use uuid::Uuid;

use super::caller::{SignedIn, Who};
use super::dto::{JwkSet, Refresh, ResidentLogin, SessionList, SessionTokens, WechatLogin};
use super::session::{self, EndReason, SessionOwner};
use super::{accounts, client, refresh, service};
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
    let identity = service::wechat_identity(&login.code)?;
    let device = client::device(&request);
    let logged_in = accounts::log_in(&state, &identity, &device, state.clock.now()).await?;
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
pub(super) async fn refresh_session(state: Data<AppState>, body: Json<Refresh>) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let started = refresh::exchange(&state.database, &state.random, &body.refresh_token, now).await?;
    Ok(personal(&service::tokens(&state, started)?))
}

/// Ends the session that asks.
#[utoipa::path(
    tag = "identity",
    security(("access_token" = [])),
    responses((status = 204, description = "Logged out"), ProblemResponses)
)]
#[post("/auth/logout")]
pub(super) async fn log_out(caller: SignedIn, state: Data<AppState>) -> ApiResult<HttpResponse> {
    end_one(&state, owner(&caller), caller.session_id).await?;
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
    let sessions = session::open_sessions(reader, owner(&caller), state.clock.now()).await?;
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
pub(super) async fn end_sessions(caller: SignedIn, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let (owner, random, now) = (owner(&caller), state.random.clone(), state.clock.now());
    state
        .database
        .write(move |transaction| {
            let random = random.clone();
            Box::pin(async move {
                session::end_all(transaction, &random, owner, None, EndReason::LoggedOutEverywhere, now).await
            })
        })
        .await?;
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
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    if end_one(&state, owner(&caller), id.into_inner()).await? {
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

async fn end_one(state: &AppState, owner: SessionOwner, session_id: Uuid) -> ApiResult<bool> {
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            Box::pin(session::end(transaction, owner, session_id, EndReason::LoggedOut, now))
        })
        .await
}

fn owner(caller: &SignedIn) -> SessionOwner {
    match caller.who {
        Who::Resident { account_id, .. } => SessionOwner::Account(account_id),
        Who::Staff { staff_id } => SessionOwner::Staff(staff_id),
    }
}

fn personal(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(body)
}

fn done() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "private, no-store")).finish()
}
