use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpResponse, get, post};

use super::query::{AddressParameters, PushParameters};
use super::{inbox, receive};
use crate::error::{ApiError, ApiResult};
use crate::openapi::ProblemResponses;
use crate::state::AppState;
use crate::wechat::push::PushKeys;

/// Proves to WeChat that this address is ours: gives back `echostr` as it is.
#[utoipa::path(
    tag = "wechat",
    params(AddressParameters),
    responses((status = 200, body = String, content_type = "text/plain"), ProblemResponses)
)]
#[get("/push")]
pub(super) async fn verify_address(
    state: Data<AppState>,
    parameters: Query<AddressParameters>,
) -> ApiResult<HttpResponse> {
    let echo = receive::echo(keys(&state)?, &parameters, state.clock.now())?;
    Ok(text(echo.to_owned()))
}

/// Receives an event of WeChat in plain or safe mode, as JSON or XML.
///
/// The same push may come again; it is kept once and answered alike.
#[utoipa::path(
    tag = "wechat",
    params(
        PushParameters,
        ("openid" = Option<String>, Query, description = "Whom it is about; not used, the message says it")
    ),
    request_body(content((String = "application/json"), (String = "text/xml")), description = "The event"),
    responses((status = 200, body = String, content_type = "text/plain"), ProblemResponses)
)]
#[post("/push")]
pub(super) async fn receive_push(
    state: Data<AppState>,
    parameters: Query<PushParameters>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let received = receive::receive(keys(&state)?, &parameters, &body, state.clock.now())?;
    inbox::keep(&state, received).await?;
    Ok(text("success".to_owned()))
}

fn keys(state: &AppState) -> ApiResult<&PushKeys> {
    state.wechat.push.as_deref().ok_or_else(|| ApiError::NotFound {
        code: "push_not_configured",
        detail: "没有开通微信消息推送，请先配置 KANGTU_WECHAT_TOKEN。".into(),
    })
}

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body)
}
