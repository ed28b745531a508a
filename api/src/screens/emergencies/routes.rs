use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{EmergencyParameters, NewScreenEmergency, ScreenEmergency, ScreenEmergencyList};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::SendEmergencies;
use crate::openapi::ProblemResponses;
use crate::screens::in_charge::{InCharge, Page};
use crate::state::AppState;

/// Lists the emergency messages of one's regions.
#[utoipa::path(
    tag = "screens",
    params(EmergencyParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenEmergencyList), ProblemResponses)
)]
#[get("/screen-emergencies")]
pub(super) async fn list_screen_emergencies(
    caller: Permitted<SendEmergencies>,
    state: Data<AppState>,
    parameters: Query<EmergencyParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    let only_shown = parameters.shown.unwrap_or_default();
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), only_shown, page).await?))
}

/// Shows a message on screens before anything else. Screens with a network show it within 90 seconds.
#[utoipa::path(
    tag = "screens",
    request_body = NewScreenEmergency,
    security(("access_token" = [])),
    responses((status = 201, body = ScreenEmergency), ProblemResponses)
)]
#[post("/screen-emergencies")]
pub(super) async fn send_screen_emergency(
    caller: Permitted<SendEmergencies>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewScreenEmergency>,
) -> ApiResult<HttpResponse> {
    let sent = service::send(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    Ok(personal::json(StatusCode::CREATED, &sent))
}

/// Takes a message back. Screens go on with what they would play; doing it twice is no error.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the message")),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenEmergency), ProblemResponses)
)]
#[post("/screen-emergencies/{id}/withdraw")]
pub(super) async fn withdraw_screen_emergency(
    caller: Permitted<SendEmergencies>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let withdrawn = service::withdraw(&state, InCharge::new(&caller, &request), *id).await?;
    Ok(personal::json(StatusCode::OK, &withdrawn))
}
