use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, post};
use uuid::Uuid;

use super::dto::{ActivityAudit, DeskRegistration, Excuse, Registration};
use super::{cancel, desk, numbers, strikes};
use crate::activities::no_such_activity;
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::http::personal;
use crate::idempotency::{Key, Principal};
use crate::identity::caller::Permitted;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

fn event(staff: &Permitted<HostActivities>, request: &HttpRequest, action: Action) -> AuditEvent {
    AuditEvent::new(action, Actor::Staff(staff.staff_id)).by_request(request)
}

fn number(id: &str) -> ApiResult<i32> {
    id.parse().map_err(|_not_a_number| no_such_activity())
}

/// Signs people up who have no phone of their own: beforehand, or at the entrance.
///
/// Beforehand the line counts for them as for everybody; at the entrance only free seats do, also after the
/// start. How they agreed is noted.
#[utoipa::path(
    tag = "registrations",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("Idempotency-Key" = String, Header, description = crate::idempotency::PARAMETER)
    ),
    request_body = DeskRegistration,
    security(("access_token" = [])),
    responses((status = 201, body = Registration), ProblemResponses)
)]
#[post("/activities/{id}/desk-registrations")]
pub(super) async fn sign_up_at_desk(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    key: Key,
    state: Data<AppState>,
    id: Path<String>,
    wish: Json<DeskRegistration>,
) -> ApiResult<HttpResponse> {
    let call = key.call(Principal::Staff(staff.staff_id), "activities.sign_up_at_desk", &*wish)?;
    let who = (staff.staff_id, staff.scope().clone());
    let event = event(&staff, &request, Action::RegistrationByStaff);
    desk::sign_up_at_desk(&state, who, number(&id)?, wish.into_inner(), call, event).await
}

/// Takes a registration back for the people of it; a resident is told.
#[utoipa::path(
    tag = "registrations",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken back, now or before"), ProblemResponses)
)]
#[delete("/desk-registrations/{id}")]
pub(super) async fn take_registration_back(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let event = event(&staff, &request, Action::RegistrationByStaff);
    cancel::by_staff(&state, staff.scope(), id.into_inner(), event, state.clock.now()).await?;
    Ok(personal::nothing())
}

/// Excuses somebody who stays or stayed away, and forgives the strike for it.
#[utoipa::path(
    tag = "registrations",
    params(("id" = Uuid, Path, description = "Id of the person in the registration")),
    request_body = Excuse,
    security(("access_token" = [])),
    responses((status = 204, description = "Excused, now or before"), ProblemResponses)
)]
#[post("/registration-people/{id}/excuse")]
pub(super) async fn excuse_absence(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<Excuse>,
) -> ApiResult<HttpResponse> {
    let who = (staff.staff_id, staff.scope().clone());
    let event = event(&staff, &request, Action::NoShowForgiven);
    strikes::excuse(&state, who, id.into_inner(), body.reason, event, state.clock.now()).await?;
    Ok(personal::nothing())
}

/// Sets the numbers of an activity to what its registrations add up to.
#[utoipa::path(
    tag = "registrations",
    params(("id" = i32, Path, description = "Number of the activity")),
    security(("access_token" = [])),
    responses((status = 200, body = ActivityAudit), ProblemResponses)
)]
#[post("/activities/{id}/recount")]
pub(super) async fn recount_seats(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let event = event(&staff, &request, Action::SeatsRecounted);
    let audit = numbers::recount(&state, staff.scope(), number(&id)?, event, state.clock.now()).await?;
    Ok(personal::json(StatusCode::OK, &audit))
}
