use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, post};
use uuid::Uuid;

use super::access::PersonAccess;
use super::dto::{NewProxy, Proxy, ProxyInvitation, ProxyList, ReceivedCode};
use super::proxies;
use super::scope::Scope;
use crate::error::ApiResult;
use crate::http::personal;
use crate::idempotency::{Answer, KEPT_FOR, Key, PARAMETER, write_once};
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists who may act for a person.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 200, body = ProxyList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/people/{id}/proxies")]
pub(super) async fn list_proxies(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let access = PersonAccess::open(reader, &state.vault, &resident, *id, Scope::Manage, now).await?;
    Ok(personal::json(StatusCode::OK, &proxies::list(reader, &state, &access, now).await?))
}

/// Invites somebody to act for a person, at most five at a time. The code works once within 24 hours.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("Idempotency-Key" = String, Header, description = PARAMETER)
    ),
    request_body = NewProxy,
    responses((status = 201, body = ProxyInvitation), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/people/{id}/proxies")]
pub(super) async fn invite_proxy(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    key: Key,
    body: Json<NewProxy>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let call = key.call(resident.principal(), "invite_proxy", &*body)?;
    let given = proxies::checked(body.into_inner(), now)?;
    let shared = state.get_ref().clone();
    write_once(&state, call, now + KEPT_FOR, move |transaction| {
        let (state, given) = (shared.clone(), given.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::Manage, now).await?;
            let invitation = proxies::invite(transaction, &state, &access, &given, now).await?;
            Answer::json(StatusCode::CREATED, &invitation)
        })
    })
    .await
}

/// Takes up an invitation to act for somebody.
#[utoipa::path(
    tag = "people",
    request_body = ReceivedCode,
    responses((status = 200, body = Proxy), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/proxies/accept")]
pub(super) async fn accept_proxy(
    state: Data<AppState>,
    resident: Resident,
    body: Json<ReceivedCode>,
) -> ApiResult<HttpResponse> {
    let (body, now) = (body.into_inner(), state.clock.now());
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let proxy = database
        .write(move |transaction| {
            let (state, body) = (state.clone(), body.clone());
            Box::pin(async move { proxies::accept(transaction, &state, &resident, &body.code, now).await })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &proxy))
}

/// Ends a proxy, from either side. The next request of the holder finds nobody.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("proxy_id" = Uuid, Path, description = "Id of the proxy")
    ),
    responses((status = 204, description = "Ended"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/me/people/{id}/proxies/{proxy_id}")]
pub(super) async fn end_proxy(
    state: Data<AppState>,
    resident: Resident,
    ids: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let ((id, proxy_id), now) = (ids.into_inner(), state.clock.now());
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    database
        .write(move |transaction| {
            let state = state.clone();
            Box::pin(async move { proxies::end(transaction, &state, &resident, id, proxy_id, now).await })
        })
        .await?;
    Ok(personal::nothing())
}
