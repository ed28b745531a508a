//! Reading what is told beside persons and readings.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use uuid::Uuid;

use super::access::opened;
use super::dto::FormatParameters;
use super::exchange::{must_take_json, versioned};
use super::further::{self, FurtherResource, no_such_resource};
use super::outcome::OutcomeResponses;
use super::queries;
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::privacy::access_log::What;
use crate::state::AppState;

/// Lets the caller read what belongs to a person; whose it is must not show to others.
async fn may_read(state: &AppState, resident: &Resident, person_id: Uuid) -> ApiResult<()> {
    match opened(state, resident, person_id, What::Records).await {
        Ok(_) => Ok(()),
        Err(ApiError::NotFound { .. }) => Err(no_such_resource()),
        Err(error) => Err(error),
    }
}

/// A goal of one person.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the goal"), FormatParameters),
    responses(
        (status = 200, body = FurtherResource, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Goal/{id}")]
pub(super) async fn get_goal(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let (person_id, goal) = further::goal_by_id(&state, id.into_inner()).await?;
    may_read(&state, &resident, person_id).await?;
    let told = further::goal(&state.catalogue, person_id, &goal).ok_or_else(no_such_resource)?;
    versioned(&request, &told.meta, &told.resource)
}

/// Something a person agreed to.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the consent"), FormatParameters),
    responses(
        (status = 200, body = FurtherResource, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Consent/{id}")]
pub(super) async fn get_consent(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let row = further::consent_row(state.database.reader(), id.into_inner()).await?;
    may_read(&state, &resident, row.person_id).await?;
    let told = further::consent(&row);
    versioned(&request, &told.meta, &told.resource)
}

/// Whoever keeps a record or holds a proxy for it.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the relation"), FormatParameters),
    responses(
        (status = 200, body = FurtherResource, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/RelatedPerson/{id}")]
pub(super) async fn get_related_person(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let (person_id, told) = further::related_by_id(&state, id.into_inner()).await?;
    may_read(&state, &resident, person_id).await?;
    versioned(&request, &told.meta, &told.resource)
}

/// Who entered a reading, and by what way it came.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the measurement"), FormatParameters),
    responses(
        (status = 200, body = FurtherResource, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Provenance/{id}")]
pub(super) async fn get_provenance(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let row = queries::row(state.database.reader(), id.into_inner()).await?.ok_or_else(no_such_resource)?;
    may_read(&state, &resident, row.person_id).await?;
    let told = further::provenance(&row);
    versioned(&request, &told.meta, &told.resource)
}

/// A device of a health hut.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the device"), FormatParameters),
    responses(
        (status = 200, body = FurtherResource, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Device/{id}")]
pub(super) async fn get_device(
    request: HttpRequest,
    state: Data<AppState>,
    _: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let told = further::device_by_id(state.database.reader(), id.into_inner()).await?;
    versioned(&request, &told.meta, &told.resource)
}
