use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use uuid::Uuid;

use super::cancel::{self, Part};
use super::dto::{ActivityAudit, NewRegistration, Registration, RegistrationList, RegistrationParameters};
use super::{numbers, view};
use crate::activities::no_such_activity;
use crate::error::ApiResult;
use crate::http::parameters::{self, Limit};
use crate::http::personal;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::idempotency::{Key, Principal};
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

fn number(id: &str) -> ApiResult<i32> {
    id.parse().map_err(|_not_a_number| no_such_activity())
}

/// Signs the caller and members of the family up, all or nobody.
///
/// 201 with `confirmed`, or with `waiting` and the place in line where no seats are left. The same people once
/// more are answered 200 with the registration that there is.
#[utoipa::path(
    tag = "registrations",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("Idempotency-Key" = String, Header, description = crate::idempotency::PARAMETER)
    ),
    request_body = NewRegistration,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Registration, description = "They were signed up already"),
        (status = 201, body = Registration, headers(
            ("Location" = String, description = "Address of the registration"),
            ("Idempotent-Replayed" = String, description = "`true` where the answer is that of an earlier try")
        )),
        ProblemResponses
    )
)]
#[post("/activities/{id}/registrations")]
pub(super) async fn sign_up(
    resident: Resident,
    key: Key,
    state: Data<AppState>,
    id: Path<String>,
    wish: Json<NewRegistration>,
) -> ApiResult<HttpResponse> {
    let principal = Principal::Account { account_id: resident.account_id, person_id: resident.person_id };
    let call = key.call(principal, "activities.sign_up", &*wish)?;
    super::sign_up::sign_up(&state, resident, number(&id)?, wish.into_inner(), call).await
}

/// Lists the registrations of the caller, the newest first, also those that are over.
#[utoipa::path(
    tag = "registrations",
    params(RegistrationParameters),
    security(("access_token" = [])),
    responses((status = 200, body = RegistrationList), ProblemResponses)
)]
#[get("/me/registrations")]
pub(super) async fn list_my_registrations(
    resident: Resident,
    state: Data<AppState>,
    parameters: Query<RegistrationParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let list = view::list(&state, resident, parameters.cursor, limit).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

/// Gives one registration, with the place in line while it waits.
#[utoipa::path(
    tag = "registrations",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    security(("access_token" = [])),
    responses((status = 200, body = Registration), ProblemResponses)
)]
#[get("/registrations/{id}")]
pub(super) async fn get_registration(
    resident: Resident,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let shown = view::get(&state, resident, id.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &shown))
}

/// Gives the seats, or the place in line, back. Doing it twice is doing it once.
///
/// Who is next in line gets the seats in the same moment.
#[utoipa::path(
    tag = "registrations",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    security(("access_token" = [])),
    responses((status = 204, description = "Given back, now or before"), ProblemResponses)
)]
#[delete("/registrations/{id}")]
pub(super) async fn cancel_registration(
    resident: Resident,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    cancel::by_resident(&state, resident, id.into_inner(), Part::Whole, now).await?;
    Ok(personal::nothing())
}

/// Gives the seat of one person back; the others keep theirs.
#[utoipa::path(
    tag = "registrations",
    params(
        ("id" = Uuid, Path, description = "Id of the registration"),
        ("person_id" = Uuid, Path, description = "The person who does not come")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Given back, now or before"), ProblemResponses)
)]
#[delete("/registrations/{id}/people/{person_id}")]
pub(super) async fn cancel_registration_of_person(
    resident: Resident,
    state: Data<AppState>,
    path: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let (id, person_id) = path.into_inner();
    cancel::by_resident(&state, resident, id, Part::Person(person_id), state.clock.now()).await?;
    Ok(personal::nothing())
}

/// Accepts seats that were offered from the line.
#[utoipa::path(
    tag = "registrations",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    security(("access_token" = [])),
    responses((status = 200, body = Registration), ProblemResponses)
)]
#[post("/registrations/{id}/accept")]
pub(super) async fn accept_offer(
    resident: Resident,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    cancel::accept(&state, resident, id, state.clock.now()).await?;
    Ok(personal::json(StatusCode::OK, &view::get(&state, resident, id).await?))
}

/// Tells everybody how many seats there are, are taken and waited for, and whether that adds up.
#[utoipa::path(
    tag = "registrations",
    params(("id" = i32, Path, description = "Number of the activity")),
    responses((status = 200, body = ActivityAudit), ProblemResponses)
)]
#[get("/activities/{id}/audit")]
pub(super) async fn get_activity_audit(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let audit = numbers::audit_one(&state, number(&id)?, state.clock.now()).await?;
    Ok(Ready::json(&audit)?.answer(&request, ASK_EACH_TIME))
}
