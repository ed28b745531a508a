use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use serde::Serialize;
use uuid::Uuid;

use super::caller::SignedIn;
use super::dto::{
    JwkSet, PasswordAgain, PasswordChange, RecoveryCodes, Refresh, ResidentLogin, SessionList, SessionTokens,
    StaffLogin, StaffSession, TotpCode, TotpEnrolment, WechatLogin,
};
use super::origin::Origin;
use super::staff_login::Credentials;
use super::{accounts, credentials, refresh, service, session, staff_login};
use crate::error::{ApiError, ApiResult};
use crate::openapi::ProblemResponses;
use crate::secret::Secret;
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
    let (origin, now) = (Origin::of(&request), state.clock.now());
    let identity = match service::wechat_session(&state, &login.code).await {
        Err(refusal @ ApiError::Unauthorized { .. } | refusal @ ApiError::Forbidden { .. }) => {
            state.refusals.count(origin.address, refusal.code(), now);
            return Err(refusal);
        }
        answer => answer?,
    };
    let logged_in = accounts::log_in(&state, &identity, &origin, now).await?;
    Ok(personal(&ResidentLogin {
        tokens: service::tokens(&state, logged_in.started)?,
        person_id: logged_in.account.person_id,
        is_new: logged_in.is_new,
    }))
}

/// Logs a member of staff in.
///
/// 401 `totp_required` asks for the second factor. After five failures from one address it has to wait a
/// minute, then twice as long with each further failure.
#[utoipa::path(
    tag = "identity",
    request_body = StaffLogin,
    responses((status = 200, body = StaffSession), ProblemResponses)
)]
#[post("/auth/staff")]
pub(super) async fn log_in_staff(
    request: HttpRequest,
    state: Data<AppState>,
    login: Json<StaffLogin>,
) -> ApiResult<HttpResponse> {
    let login = login.into_inner();
    let credentials = Credentials {
        username: login.username,
        password: Secret::new(login.password),
        code: login.totp.filter(|code| !code.is_empty()).map(Secret::new),
    };
    let started = staff_login::log_in(&state, credentials, &Origin::of(&request)).await?;
    Ok(personal(&service::staff_session(&state, started).await?))
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
    let exchanged =
        refresh::exchange(&state.database, &state.random, &body.refresh_token, &origin, now).await;
    if let Err(ApiError::Unauthorized { .. }) = &exchanged {
        state.refusals.count(origin.address, "refresh", now);
    }
    let started = exchanged?;
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

/// Begins to bind an authenticator. The secret is told once and counts after it was confirmed.
#[utoipa::path(
    tag = "identity",
    request_body = PasswordAgain,
    security(("access_token" = [])),
    responses((status = 200, body = TotpEnrolment), ProblemResponses)
)]
#[post("/me/staff/totp")]
pub(super) async fn begin_totp(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<PasswordAgain>,
) -> ApiResult<HttpResponse> {
    let password = Secret::new(body.into_inner().password);
    let enrolment = credentials::begin_enrolment(&state, &caller, &password, &Origin::of(&request)).await?;
    Ok(personal(&TotpEnrolment { otpauth_uri: enrolment.uri, secret: enrolment.secret }))
}

/// Binds the authenticator with a code that it shows, and gives recovery codes.
#[utoipa::path(
    tag = "identity",
    request_body = TotpCode,
    security(("access_token" = [])),
    responses((status = 200, body = RecoveryCodes), ProblemResponses)
)]
#[post("/me/staff/totp/confirm")]
pub(super) async fn confirm_totp(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<TotpCode>,
) -> ApiResult<HttpResponse> {
    let code = Secret::new(body.into_inner().code);
    let recovery_codes =
        credentials::confirm_enrolment(&state, &caller, &code, &Origin::of(&request)).await?;
    Ok(personal(&RecoveryCodes { recovery_codes }))
}

/// Changes one's own password. Other sessions end; this one goes on after a refresh.
#[utoipa::path(
    tag = "identity",
    request_body = PasswordChange,
    security(("access_token" = [])),
    responses((status = 204, description = "Changed"), ProblemResponses)
)]
#[put("/me/staff/password")]
pub(super) async fn change_password(
    caller: SignedIn,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<PasswordChange>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let (current, new) = (Secret::new(body.current_password), Secret::new(body.new_password));
    credentials::change_password(&state, &caller, &current, &new, &Origin::of(&request)).await?;
    Ok(done())
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
