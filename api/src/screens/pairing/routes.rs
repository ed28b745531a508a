use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, post};
use uuid::Uuid;

use super::dto::{Pairing, PairingClaim, PairingCode, PairingProgress, ScreenToken};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::ManageScreens;
use crate::openapi::ProblemResponses;
use crate::screens::in_charge::InCharge;
use crate::screens::registry::dto::Screen;
use crate::secret::Secret;
use crate::state::AppState;

/// Begins to pair a player: gives it a code to show and the token it will have.
#[utoipa::path(
    tag = "screens",
    responses((status = 201, body = Pairing), ProblemResponses)
)]
#[post("/screens/pairings")]
pub(super) async fn begin_pairing(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let pairing = service::begin(&state, Origin::of(&request).device).await?;
    Ok(personal::json(StatusCode::CREATED, &pairing))
}

/// Tells a player whether its code was typed in. Asked again after an answer was lost, it tells the same.
/// 410 when the code has died: begin anew.
#[utoipa::path(
    tag = "screens",
    request_body = PairingClaim,
    responses((status = 200, body = PairingProgress), ProblemResponses)
)]
#[post("/screens/pair")]
pub(super) async fn finish_pairing(
    state: Data<AppState>,
    claim: Json<PairingClaim>,
) -> ApiResult<HttpResponse> {
    let PairingClaim { code, token } = claim.into_inner();
    Ok(personal::json(StatusCode::OK, &service::progress(&state, &code, &Secret::new(token)).await?))
}

/// Pairs a screen with the player that shows this code. A player that was paired before stops.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    request_body = PairingCode,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Screen, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/screens/{id}/pair")]
pub(super) async fn pair_screen(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<PairingCode>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let screen = service::pair(&state, caller, *id, body.into_inner().code).await?;
    Ok(personal::versioned(StatusCode::OK, screen.version, &screen))
}

/// Issues a token for a box or a program that only plays `playlist.m3u`. It is shown once; a player that
/// was paired before stops.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    security(("access_token" = [])),
    responses((status = 201, body = ScreenToken), ProblemResponses)
)]
#[post("/screens/{id}/token")]
pub(super) async fn issue_screen_token(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let token = service::issue(&state, InCharge::new(&caller, &request), *id).await?;
    Ok(personal::json(StatusCode::CREATED, &token))
}

/// Revokes the token of a screen. Its player is refused from the next request on and shows a code again.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Screen, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[delete("/screens/{id}/token")]
pub(super) async fn revoke_screen_token(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let screen = service::revoke(&state, InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, screen.version, &screen))
}
