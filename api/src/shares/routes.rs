use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use uuid::Uuid;

use super::dto::{MadeShare, NewShare, ShareList, ShareParameters, SharedRecord};
use super::page::pdf;
use super::{service, view};
use crate::error::ApiResult;
use crate::health_report::as_pdf;
use crate::http::page_url::base_url;
use crate::http::parameters::{self, Limit};
use crate::http::personal;
use crate::idempotency::{Answer, KEPT_FOR, Key, PARAMETER, write_once};
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Lists the share links of a person, newest first.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), ShareParameters),
    responses((status = 200, body = ShareList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/shares")]
pub(super) async fn list_shares(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<ShareParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let now = state.clock.now();
    let reader = state.database.reader();
    let access = service::deciding(reader, &state, &resident, id.into_inner(), now).await?;
    let (items, next) = service::list(&state, access.person_id(), asked.cursor, limit, now).await?;
    Ok(personal::json(StatusCode::OK, &ShareList { items, next }))
}

/// Makes a link with which a doctor sees the record: for some days, for a number of views. Its address is told once.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("Idempotency-Key" = String, Header, description = PARAMETER)
    ),
    request_body = NewShare,
    responses((status = 201, body = MadeShare), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/people/{id}/shares")]
pub(super) async fn make_share(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    key: Key,
    body: Json<NewShare>,
) -> ApiResult<HttpResponse> {
    let (person_id, now) = (id.into_inner(), state.clock.now());
    let call = key.call(resident.principal(), "make_share", &*body)?;
    let wish = service::checked(&body, now)?;
    let token = state.random.token();
    let url = base_url(&request, &state).with_path(&format!("/s/{token}"));
    let shared = state.get_ref().clone();
    write_once(&state, call, now + KEPT_FOR, move |transaction| {
        let (state, wish, token, url) = (shared.clone(), wish.clone(), token.clone(), url.clone());
        Box::pin(async move {
            let access = service::deciding(transaction, &state, &resident, person_id, now).await?;
            let share = service::make(&state, transaction, &access, &wish, &token, now).await?;
            Answer::json(StatusCode::CREATED, &MadeShare { share, url })
        })
    })
    .await
}

/// Takes a share link back; whoever still opens it gets 410.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("share_id" = Uuid, Path, description = "Id of the link")
    ),
    responses((status = 204, description = "It opens no more"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/people/{id}/shares/{share_id}")]
pub(super) async fn revoke_share(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let ((person_id, share_id), now) = (path.into_inner(), state.clock.now());
    let shared = state.get_ref().clone();
    state
        .database
        .write(move |transaction| {
            let state = shared.clone();
            Box::pin(async move {
                let access = service::deciding(transaction, &state, &resident, person_id, now).await?;
                service::revoke(transaction, access.person_id(), share_id, now).await
            })
        })
        .await?;
    Ok(personal::nothing())
}

/// Opens the record behind a share link. Takes one view, which the person sees in the access log.
#[utoipa::path(
    tag = "records",
    params(("token" = String, Path, description = "Secret of the link")),
    responses((status = 200, body = SharedRecord), ProblemResponses)
)]
#[post("/shared/{token}")]
pub(super) async fn open_share(state: Data<AppState>, token: Path<String>) -> ApiResult<HttpResponse> {
    let report = view::open(&state, &token, state.clock.now()).await?;
    Ok(personal::json(StatusCode::OK, &SharedRecord::from(report)))
}

/// Opens the record behind a share link as PDF. Takes one view.
#[utoipa::path(
    tag = "records",
    params(("token" = String, Path, description = "Secret of the link")),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), ProblemResponses)
)]
#[post("/shared/{token}/report.pdf")]
pub(super) async fn open_share_as_pdf(state: Data<AppState>, token: Path<String>) -> ApiResult<HttpResponse> {
    let report = view::open(&state, &token, state.clock.now()).await?;
    Ok(pdf(as_pdf(report).await?))
}
