use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, post};
use uuid::Uuid;

use super::dto::{GatewayKey, KeyRotation, NewGateway};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::huts::in_charge::InCharge;
use crate::identity::caller::Permitted;
use crate::identity::permission::KeepHuts;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Makes a gateway. Its key is shown this once.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = NewGateway,
    security(("access_token" = [])),
    responses((status = 201, body = GatewayKey), ProblemResponses)
)]
#[post("/huts/{id}/gateways")]
pub(super) async fn add_gateway(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewGateway>,
) -> ApiResult<HttpResponse> {
    let key = service::add(&state, InCharge::new(&caller, &request), *id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::CREATED, &key))
}

/// Gives a gateway another key, which is shown this once.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("gateway_id" = Uuid, Path, description = "Id of the gateway")
    ),
    request_body = KeyRotation,
    security(("access_token" = [])),
    responses((status = 201, body = GatewayKey), ProblemResponses)
)]
#[post("/huts/{id}/gateways/{gateway_id}/key")]
pub(super) async fn rotate_gateway_key(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
    body: Json<KeyRotation>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let key = service::rotate(&state, caller, ids.into_inner(), body.at_once).await?;
    Ok(personal::json(StatusCode::CREATED, &key))
}

/// Revokes a gateway: what it sends is refused from the next message on.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("gateway_id" = Uuid, Path, description = "Id of the gateway")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Revoked"), ProblemResponses)
)]
#[delete("/huts/{id}/gateways/{gateway_id}")]
pub(super) async fn revoke_gateway(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    service::revoke(&state, InCharge::new(&caller, &request), ids.into_inner()).await?;
    Ok(personal::nothing())
}
