use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use uuid::Uuid;

use super::access::PersonAccess;
use super::dto::{NewPerson, Person, PersonList, PersonPatch};
use super::scope::Scope;
use super::service;
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::idempotency::{Answer, KEPT_FOR, Key, PARAMETER, write_once};
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::privacy::access_log::What;
use crate::privacy::erasure::journal;
use crate::state::AppState;

/// Lists everybody the caller may act for: oneself, the family, and for whom a proxy is held.
#[utoipa::path(
    tag = "people",
    responses((status = 200, body = PersonList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/people")]
pub(super) async fn list_people(state: Data<AppState>, resident: Resident) -> ApiResult<HttpResponse> {
    let people = service::list(state.database.reader(), &state, &resident, state.clock.now()).await?;
    Ok(personal::json(StatusCode::OK, &people))
}

/// Takes somebody into the family: a minor as their guardian, an adult without an account as caretaker.
///
/// A child under 14 needs the guardian's consent to keep the record in the same request.
#[utoipa::path(
    tag = "people",
    params(("Idempotency-Key" = String, Header, description = PARAMETER)),
    request_body = NewPerson,
    responses((status = 201, body = Person), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/people")]
pub(super) async fn add_person(
    state: Data<AppState>,
    resident: Resident,
    key: Key,
    body: Json<NewPerson>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let call = key.call(resident.principal(), "add_person", &*body)?;
    let newcomer = service::checked(&state, body.into_inner(), now)?;
    let shared = state.get_ref().clone();
    write_once(&state, call, now + KEPT_FOR, move |transaction| {
        let (state, newcomer) = (shared.clone(), newcomer.clone());
        Box::pin(async move {
            let person = service::add(transaction, &state, &resident, &newcomer, now).await?;
            Ok(Answer::json(StatusCode::CREATED, &person)?.version(person.version))
        })
    })
    .await
}

/// Tells who somebody is. The person sees in the access log who else looked.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 200, body = Person), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/people/{id}")]
pub(super) async fn get_person(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let reader = state.database.reader();
    let access = PersonAccess::open(reader, &state.vault, &resident, id, Scope::Profile, now).await?;
    let person = service::show(reader, &state, &access).await?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    if id != resident.person_id {
        database
            .write(move |transaction| {
                let (state, access) = (state.clone(), access.clone());
                Box::pin(async move { access.note_reading(transaction, &state, What::Profile, now).await })
            })
            .await?;
    }
    Ok(personal::versioned(StatusCode::OK, person.version, &person))
}

/// Changes a member of the family.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("If-Match" = String, Header, description = "The version that is changed, as `ETag` told it")
    ),
    request_body = PersonPatch,
    responses((status = 200, body = Person), ProblemResponses),
    security(("access_token" = []))
)]
#[patch("/me/people/{id}")]
pub(super) async fn edit_person(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    if_match: IfMatch,
    body: Json<PersonPatch>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let version = if_match.version();
    let changes = service::checked_changes(&state, body.into_inner(), now)?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let person = database
        .write(move |transaction| {
            let (state, changes) = (state.clone(), changes.clone());
            Box::pin(async move {
                let open = async || {
                    PersonAccess::open(transaction, &state.vault, &resident, id, Scope::Manage, now).await
                };
                service::edit(transaction, &state, &open().await?, version, &changes, now).await?;
                service::show(transaction, &state, &open().await?).await
            })
        })
        .await?;
    Ok(personal::versioned(StatusCode::OK, person.version, &person))
}

/// Takes somebody out of the family and erases what is kept about them. Hand the record over first if the
/// person shall keep it.
#[utoipa::path(
    tag = "people",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("If-Match" = String, Header, description = "The version that is removed, as `ETag` told it")
    ),
    responses((status = 204, description = "Removed and erased"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/me/people/{id}")]
pub(super) async fn remove_person(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    if_match: IfMatch,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let version = if_match.version();
    let (database, shared) = (state.database.clone(), state.get_ref().clone());
    database
        .write(move |transaction| {
            let state = shared.clone();
            Box::pin(async move {
                let access =
                    PersonAccess::open(transaction, &state.vault, &resident, id, Scope::Manage, now).await?;
                service::remove(transaction, &state, &access, version, now).await
            })
        })
        .await?;
    journal::follow_at_once(&state).await;
    Ok(personal::nothing())
}
