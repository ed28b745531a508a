use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, get, post, put};

use super::hosting::Host;
use super::roster;
use super::roster_dto::{
    KeyGroupList, Lecturer, LecturerContent, LecturerList, Series, SeriesContent, SeriesList,
};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

fn host(staff: &Permitted<HostActivities>, request: &HttpRequest) -> Host {
    Host {
        staff_id: staff.staff_id,
        scope: staff.scope().clone(),
        reviews: None,
        event: AuditEvent::new(Action::ActivityChanged, Actor::Staff(staff.staff_id)).by_request(request),
    }
}

/// Lists the key groups (重点人群) that an activity can be for.
#[utoipa::path(
    tag = "activities",
    security(("access_token" = [])),
    responses((status = 200, body = KeyGroupList), ProblemResponses)
)]
#[get("/key-groups")]
pub(super) async fn list_key_groups(
    _staff: Permitted<HostActivities>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let items = roster::key_groups(state.database.reader()).await?;
    Ok(personal::json(StatusCode::OK, &KeyGroupList { items, next: None }))
}

/// Lists the series of the caller's regions.
#[utoipa::path(
    tag = "activities",
    security(("access_token" = [])),
    responses((status = 200, body = SeriesList), ProblemResponses)
)]
#[get("/activity-series")]
pub(super) async fn list_series(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let items = roster::series(state.database.reader(), &host(&staff, &request)).await?;
    Ok(personal::json(StatusCode::OK, &SeriesList { items, next: None }))
}

/// Adds a series.
#[utoipa::path(
    tag = "activities",
    request_body = SeriesContent,
    security(("access_token" = [])),
    responses(
        (status = 201, body = Series, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/activity-series")]
pub(super) async fn create_series(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    content: Json<SeriesContent>,
) -> ApiResult<HttpResponse> {
    let (host, now) = (host(&staff, &request), state.clock.now());
    let made = roster::put_series(&state, host, None, content.into_inner(), now).await?;
    Ok(personal::versioned(StatusCode::CREATED, made.version, &made))
}

/// Changes a series.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the series"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = SeriesContent,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Series, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/activity-series/{id}")]
pub(super) async fn edit_series(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
    content: Json<SeriesContent>,
) -> ApiResult<HttpResponse> {
    let (host, now) = (host(&staff, &request), state.clock.now());
    let known = Some((id.into_inner(), version.version()));
    let changed = roster::put_series(&state, host, known, content.into_inner(), now).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Lists the lecturers of the caller's regions.
#[utoipa::path(
    tag = "activities",
    security(("access_token" = [])),
    responses((status = 200, body = LecturerList), ProblemResponses)
)]
#[get("/lecturers")]
pub(super) async fn list_lecturers(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let items = roster::lecturers(state.database.reader(), &host(&staff, &request)).await?;
    Ok(personal::json(StatusCode::OK, &LecturerList { items, next: None }))
}

/// Adds a lecturer.
#[utoipa::path(
    tag = "activities",
    request_body = LecturerContent,
    security(("access_token" = [])),
    responses(
        (status = 201, body = Lecturer, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/lecturers")]
pub(super) async fn create_lecturer(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    content: Json<LecturerContent>,
) -> ApiResult<HttpResponse> {
    let (host, now) = (host(&staff, &request), state.clock.now());
    let made = roster::put_lecturer(&state, host, None, content.into_inner(), now).await?;
    Ok(personal::versioned(StatusCode::CREATED, made.version, &made))
}

/// Changes a lecturer.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the lecturer"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = LecturerContent,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Lecturer, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/lecturers/{id}")]
pub(super) async fn edit_lecturer(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
    content: Json<LecturerContent>,
) -> ApiResult<HttpResponse> {
    let (host, now) = (host(&staff, &request), state.clock.now());
    let known = Some((id.into_inner(), version.version()));
    let changed = roster::put_lecturer(&state, host, known, content.into_inner(), now).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}
