use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};

use super::dto::{Erasure, ErasureNotice};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::{EvenClosing, JustLoggedIn};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Asks for the account to be erased in seven days, with every family member whose record only it keeps.
///
/// Until then one can log in, look, export, and keep the account after all; nothing else. Needs a log-in of
/// the last ten minutes, else 403 `login_too_old`.
#[utoipa::path(
    tag = "privacy",
    responses((status = 202, body = ErasureNotice), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/me")]
pub(super) async fn close_account(state: Data<AppState>, resident: JustLoggedIn) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let notice = database
        .write(move |transaction| {
            let state = state.clone();
            Box::pin(async move { service::request(transaction, &state, &resident.0, now).await })
        })
        .await?;
    Ok(personal::json(StatusCode::ACCEPTED, &notice))
}

/// Keeps the account after all.
#[utoipa::path(
    tag = "privacy",
    responses((status = 204, description = "Kept"), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/keep")]
pub(super) async fn keep_account(state: Data<AppState>, resident: EvenClosing) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            Box::pin(async move { service::cancel(transaction, &resident.0, now).await })
        })
        .await?;
    Ok(personal::nothing())
}

/// Tells how far an erasure is, to whoever holds its receipt; nothing about whom.
#[utoipa::path(
    tag = "privacy",
    params(("receipt" = String, Path, description = "Number that was given with the request")),
    responses((status = 200, body = Erasure), ProblemResponses)
)]
#[get("/erasures/{receipt}")]
pub(super) async fn get_erasure(state: Data<AppState>, receipt: Path<String>) -> ApiResult<HttpResponse> {
    let row = service::of(state.database.reader(), &receipt).await?;
    Ok(personal::json(StatusCode::OK, &Erasure::from(row)))
}
