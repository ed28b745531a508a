use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{Export, NewExport};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::idempotency::{Answer, KEPT_FOR, Key, PARAMETER, write_once};
use crate::identity::caller::{EvenClosing, JustLoggedIn};
use crate::openapi::ProblemResponses;
use crate::people::age::civil_day;
use crate::people::{PersonAccess, Scope};
use crate::state::AppState;

/// Asks for everything that is kept about a person, as one zip with JSON and CSV. It is built in the background;
/// asking again while it is being built gives the same export. Needs a log-in of the last ten minutes, else
/// 403 `login_too_old`.
#[utoipa::path(
    tag = "privacy",
    params(("Idempotency-Key" = String, Header, description = PARAMETER)),
    request_body = NewExport,
    responses((status = 202, body = Export), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/exports")]
pub(super) async fn request_export(
    state: Data<AppState>,
    resident: JustLoggedIn,
    key: Key,
    body: Json<NewExport>,
) -> ApiResult<HttpResponse> {
    let (resident, now) = (resident.0, state.clock.now());
    let call = key.call(resident.principal(), "request_export", &*body)?;
    let person_id = body.person_id.unwrap_or(resident.person_id);
    let shared = state.get_ref().clone();
    write_once(&state, call, now + KEPT_FOR, move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::Manage, now)
                    .await?;
            let job = service::request(transaction, &state, &access, now).await?;
            Answer::json(StatusCode::ACCEPTED, &Export::of(&job, now))
        })
    })
    .await
}

/// Tells how far an export is.
#[utoipa::path(
    tag = "privacy",
    params(("id" = Uuid, Path, description = "Id of the export")),
    responses((status = 200, body = Export), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/exports/{id}")]
pub(super) async fn get_export(
    state: Data<AppState>,
    resident: EvenClosing,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let job = service::of(state.database.reader(), &resident.0, *id).await?;
    Ok(personal::json(StatusCode::OK, &Export::of(&job, state.clock.now())))
}

/// Gives the file of an export, to whoever asked for it, for 72 hours. Needs a log-in of the last ten minutes,
/// else 403 `login_too_old`.
#[utoipa::path(
    tag = "privacy",
    params(("id" = Uuid, Path, description = "Id of the export")),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/exports/{id}/file")]
pub(super) async fn get_export_file(
    state: Data<AppState>,
    resident: JustLoggedIn,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let (resident, now) = (resident.0, state.clock.now());
    let reader = state.database.reader();
    let job = service::of(reader, &resident, *id).await?;
    // Whoever asked may have lost the person since, for example on an 18th birthday.
    let access =
        PersonAccess::open(reader, &state.vault, &resident, job.person_id, Scope::Manage, now).await?;
    let file = service::file(&state, &job, now).await?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    database
        .write(move |transaction| {
            let (state, access) = (state.clone(), access.clone());
            Box::pin(async move { service::note_fetched(transaction, &state, &access, job.id, now).await })
        })
        .await?;
    let name = format!("attachment; filename=\"kangtu-{}.zip\"", civil_day(now));
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(Bytes::copy_from_slice(&file)))
}
