//! The ticket of a registration, on the phone of whoever signed up or is signed up.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use entity::registration::{self, Status};
use entity::{activity, registration_person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::codes;
use super::dto::{Ticket, TicketParameters, TicketPerson};
use super::guests::{self, Guest};
use super::refusal::{Refusal, must_take_place};
use crate::error::{ApiError, ApiResult};
use crate::http::other_form::OtherForm;
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::masking::masked;
use crate::qr;
use crate::state::AppState;

/// The picture alone.
pub(super) const SVG: OtherForm = OtherForm { word: "svg", media_type: "image/svg+xml" };

/// Gives the ticket of a registration: one code for everybody in it, good for minutes.
///
/// The phone asks again after `refresh_after_s`, so that a screenshot is of no use to anybody.
#[utoipa::path(
    tag = "attendance",
    params(("id" = Uuid, Path, description = "Id of the registration"), TicketParameters),
    responses(
        (status = 200, content((Ticket = "application/json"), (String = "image/svg+xml"))),
        ProblemResponses
    ),
    security(("access_token" = []))
)]
#[get("/registrations/{id}/ticket")]
pub(super) async fn get_ticket(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    parameters: Query<TicketParameters>,
) -> ApiResult<HttpResponse> {
    let wants_picture = SVG.is_wanted(&request, parameters.format.as_deref())?;
    let ticket = ticket(&state, &resident, id.into_inner()).await?;
    if wants_picture {
        return Ok(picture(ticket.svg));
    }
    Ok(personal::json(StatusCode::OK, &ticket))
}

/// A code as a picture that nobody on the way may keep.
pub(super) fn picture(svg: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(SVG.media_type)
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .body(svg)
}

async fn ticket(state: &AppState, resident: &Resident, id: Uuid) -> ApiResult<Ticket> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let registration = own_registration(reader, resident, id).await?;
    let activity = activity::Entity::find_by_id(registration.activity_id).one(reader).await?;
    let activity = activity.ok_or_else(no_such_registration)?;
    must_take_place(&activity)?;
    match registration.status {
        Status::Confirmed => {}
        Status::Waiting => return Err(no_ticket_yet(&Refusal::Waiting, "您还在候补，有名额时会通知您。")),
        Status::Offered => return Err(no_ticket_yet(&Refusal::Offered, "有名额了，请先点“确认参加”。")),
        Status::Cancelled => return Err(no_ticket_yet(&Refusal::Cancelled, "这份报名已经取消，没有票。")),
    }
    if now > *activity.check_in_closes_at {
        return Err(ApiError::Conflict {
            code: "check_in_over",
            detail: "签到已经结束，不再需要出示二维码。".into(),
        });
    }
    let guests = guests::of_registrations(reader, &state.vault, &[registration.id]).await?;
    let text = codes::ticket(&state.keys.current(), registration.id, now)?;
    Ok(Ticket {
        registration_id: registration.id,
        svg: qr::svg(&text)?,
        ticket: text,
        issued_at: now,
        expires_at: now + codes::TICKET_LIVES,
        refresh_after_s: codes::TICKET_REFRESH.num_seconds(),
        activity_id: activity.id,
        title: activity.title,
        place: activity.place_name,
        starts_at: *activity.starts_at,
        check_in_opens_at: *activity.check_in_opens_at,
        check_in_closes_at: *activity.check_in_closes_at,
        people: guests.iter().filter(|guest| guest.has_seat()).map(shown).collect(),
    })
}

/// Somebody as phones at the door show them.
pub(super) fn shown(guest: &Guest) -> TicketPerson {
    TicketPerson { id: guest.row.id, name: masked(&guest.name), checked_in: guest.arrival.is_some() }
}

/// A registration of the resident, or one that the resident is signed up in by somebody else.
///
/// # Errors
/// 404 for any other.
pub(crate) async fn own_registration(
    connection: &impl ConnectionTrait,
    resident: &Resident,
    id: Uuid,
) -> ApiResult<registration::Model> {
    let registration = registration::Entity::find_by_id(id).one(connection).await?;
    let registration = registration.ok_or_else(no_such_registration)?;
    if registration.account_id == Some(resident.account_id) {
        return Ok(registration);
    }
    let is_in_it = registration_person::Entity::find()
        .filter(registration_person::Column::RegistrationId.eq(id))
        .filter(registration_person::Column::PersonId.eq(resident.person_id))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .one(connection)
        .await?;
    is_in_it.map(|_| registration).ok_or_else(no_such_registration)
}

fn no_ticket_yet(refusal: &Refusal, detail: &str) -> ApiError {
    ApiError::Conflict { code: refusal.code(), detail: detail.to_owned() }
}

fn no_such_registration() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这份报名，请返回“我的报名”重新选择。".into()
    }
}
