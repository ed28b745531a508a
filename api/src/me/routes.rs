use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, patch, post};

use super::dto::{Me, MePatch, PhoneCode};
use super::{phone, service};
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::{EvenClosing, Resident};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Tells who is calling, also while the account is closing.
#[utoipa::path(
    tag = "me",
    responses((status = 200, body = Me), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me")]
pub(super) async fn get_me(state: Data<AppState>, resident: EvenClosing) -> ApiResult<HttpResponse> {
    let me = service::show(state.database.reader(), &state, &resident.0).await?;
    Ok(personal::json(StatusCode::OK, &me))
}

/// Changes what the resident says of themselves.
#[utoipa::path(
    tag = "me",
    request_body = MePatch,
    responses((status = 200, body = Me), ProblemResponses),
    security(("access_token" = []))
)]
#[patch("/me")]
pub(super) async fn edit_me(
    state: Data<AppState>,
    resident: Resident,
    body: Json<MePatch>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let changes = service::checked(&state, &resident, body.into_inner(), now).await?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let me = database
        .write(move |transaction| {
            let (state, changes) = (state.clone(), changes.clone());
            Box::pin(async move {
                service::edit(transaction, &state, &resident, &changes, now).await?;
                service::show(transaction, &state, &resident).await
            })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &me))
}

/// Keeps the phone number that WeChat tells for a code. Needs the consent `phone` first.
#[utoipa::path(
    tag = "me",
    request_body = PhoneCode,
    responses((status = 200, body = Me), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/phone")]
pub(super) async fn set_phone(
    state: Data<AppState>,
    resident: Resident,
    body: Json<PhoneCode>,
) -> ApiResult<HttpResponse> {
    phone::set(&state, resident, &body.code, state.clock.now()).await?;
    let me = service::show(state.database.reader(), &state, &resident).await?;
    Ok(personal::json(StatusCode::OK, &me))
}
