use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};

use super::dto::{BatchAnswer, BatchDescription};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::huts::gateways::{GatewayHeaders, SignedMessage};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Takes readings from a gateway, live or days later, and answers each for itself.
///
/// A reading that was sent before is known by device, time, kind and values, and gets the answer of then:
/// where an answer was lost, send the readings again under a new number.
#[utoipa::path(
    tag = "huts",
    params(GatewayHeaders),
    request_body = BatchDescription,
    security(("gateway_signature" = [])),
    responses((status = 200, body = BatchAnswer), ProblemResponses)
)]
#[post("/gateway/readings")]
pub(super) async fn take_readings(message: SignedMessage, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let answer = service::take(&state, message.read()?).await?;
    Ok(personal::json(StatusCode::OK, &answer))
}
