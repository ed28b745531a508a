//! Check-in by staff: a ticket, a name on the list, the end of a phone number, and taking it back.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, Utc};
use entity::check_in::Source;
use entity::registration::{self, Status};
use entity::{check_in_conflict, registration_person};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

use super::admission::{self, Arrival};
use super::dto::{
    AttendanceCount, CheckInAnswer, CheckInUndo, CheckInUndone, FoundPerson, FoundRegistration,
    FoundRegistrationList, NewCheckIn, PhoneEnding,
};
use super::guests::{self, Guest};
use super::host::Host;
use super::{answers, codes, phones, reading};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LONGEST_DEVICE: usize = 64;

/// Checks in a whole family by one scan, or some of it.
///
/// A second scan is answered `already` with the first time and by whom; the same `nonce` sent again changes
/// nothing. Refused with 409: `ticket_forged`, `ticket_stale`, `ticket_unknown`, `wrong_activity`,
/// `registration_cancelled`, `still_waiting`, `offer_not_accepted`, `activity_cancelled`,
/// `activity_not_published`, `check_in_not_open`, `check_in_over`.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    request_body = NewCheckIn,
    responses((status = 200, body = CheckInAnswer), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/check-ins")]
pub(super) async fn check_in_people(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    body: Json<NewCheckIn>,
) -> ApiResult<HttpResponse> {
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let activity_id = id.into_inner();
    // Whoever may not know the activity learns nothing about a ticket either.
    host.activity(state.database.reader(), activity_id).await?;
    let arrival = arrival(&state, &host, body.into_inner(), now)?;
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let answer = database
        .write(move |transaction| {
            let (state, host, arrival) = (state.clone(), host.clone(), arrival.clone());
            Box::pin(async move { let_in(&state, transaction, &host, activity_id, &arrival, now).await })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &answer))
}

fn arrival(state: &AppState, host: &Host, given: NewCheckIn, now: DateTime<Utc>) -> ApiResult<Arrival> {
    let (registration_id, source) = match (given.ticket, given.registration_id) {
        (Some(text), None) => {
            let ticket = codes::read_ticket(&state.keys.current(), &text, now);
            let ticket = ticket.map_err(|bad| ApiError::from(super::refusal::Refusal::from(bad)))?;
            (ticket.registration_id, Source::Scan)
        }
        (None, Some(id)) => (id, Source::List),
        _ => {
            return Err(wrong(
                "/ticket",
                "one_of_two",
                "请提供 ticket（扫码内容）或 registration_id 中的一项。",
            ));
        }
    };
    Ok(Arrival {
        registration_id,
        people: given.people,
        nonce: checked_nonce(given.nonce, "/nonce")?,
        source,
        staff_id: Some(host.staff_id),
        device: checked_device(given.device)?,
        at: now,
        is_bound_by_hours: true,
    })
}

async fn let_in(
    state: &AppState,
    transaction: &DatabaseTransaction,
    host: &Host,
    activity_id: i32,
    arrival: &Arrival,
    now: DateTime<Utc>,
) -> ApiResult<CheckInAnswer> {
    let activity = host.locked_activity(transaction, activity_id).await?;
    let admitted = admission::admit(state, transaction, &activity, arrival, now).await?;
    let admission = admitted.map_err(ApiError::from)?;
    let answer = answers::of_admission(transaction, &activity, &admission).await?;
    if admission.written > 0 {
        let event = host.event(Action::CheckedIn, &activity).with(json!({
            "registration": arrival.registration_id, "people": admission.written, "source": arrival.source.to_value(),
        }));
        audit::append(transaction, &event, now).await?;
    }
    Ok(answer)
}

/// Takes check-ins back that were a mistake. They stay as evidence; the people can be checked in again.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    request_body = CheckInUndo,
    responses((status = 200, body = CheckInUndone), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/check-ins/undo")]
pub(super) async fn undo_check_ins(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    body: Json<CheckInUndo>,
) -> ApiResult<HttpResponse> {
    let (now, host) = (state.clock.now(), Host::new(&caller, Origin::of(&request)));
    let (activity_id, people) = (id.into_inner(), body.into_inner().people);
    if people.is_empty() || people.len() > 20 {
        return Err(wrong("/people", "bad_number", "请选择 1 到 20 个人。"));
    }
    let undone = state
        .database
        .write(move |transaction| {
            let (host, people) = (host.clone(), people.clone());
            Box::pin(async move {
                let activity = host.locked_activity(transaction, activity_id).await?;
                let undone = admission::undo(transaction, activity_id, &people, host.staff_id, now).await?;
                if undone > 0 {
                    let told = json!({"people": people});
                    let event = host.event(Action::CheckInUndone, &activity).with(told);
                    audit::append(transaction, &event, now).await?;
                }
                Ok(undone)
            })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &CheckInUndone { undone }))
}

/// Finds registrations of this activity by the last four digits of a phone number: that of the account, or
/// the one that was told to a worker. Everybody who is shown can see that they were looked at.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    request_body = PhoneEnding,
    responses((status = 200, body = FoundRegistrationList), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/activities/{id}/find-registrants")]
pub(super) async fn find_registrants(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    body: Json<PhoneEnding>,
) -> ApiResult<HttpResponse> {
    let host = Host::new(&caller, Origin::of(&request));
    let activity = host.activity(state.database.reader(), id.into_inner()).await?;
    let ending = body.into_inner().last_four;
    if ending.len() != 4 || !ending.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("/last_four", "bad_ending", "请填写手机号的后四位数字，例如 5678。"));
    }
    let found = with_ending(&state, activity.id, &ending).await?;
    let ids: Vec<Uuid> = found.iter().map(|registration| registration.id).collect();
    let guests = guests::of_registrations(state.database.reader(), &state.vault, &ids).await?;
    reading::note(&state, &host, guests.iter().map(|guest| guest.row.person_id).collect()).await?;
    let items = found.into_iter().map(|registration| shown(&registration, &guests)).collect();
    Ok(personal::json(StatusCode::OK, &FoundRegistrationList { items, next: None }))
}

/// Live registrations whose number ends so.
///
/// The numbers of one activity are opened and compared. An index of endings would be smaller work and a
/// weaker secret: there are ten thousand endings, and whoever held the database could sort people by them.
async fn with_ending(
    state: &AppState,
    activity_id: i32,
    ending: &str,
) -> ApiResult<Vec<registration::Model>> {
    let reader = state.database.reader();
    let rows = registration::Entity::find()
        .filter(registration::Column::ActivityId.eq(activity_id))
        .filter(registration::Column::Status.ne(Status::Cancelled))
        .order_by_asc(registration::Column::Id)
        .all(reader)
        .await?;
    let phones = phones::of_registrations(reader, &state.vault, &rows).await?;
    let fits = |row: &registration::Model| {
        phones.get(&row.id).is_some_and(|numbers| numbers.iter().any(|number| number.ends_with(ending)))
    };
    Ok(rows.into_iter().filter(fits).collect())
}

fn shown(registration: &registration::Model, guests: &[Guest]) -> FoundRegistration {
    let people = guests
        .iter()
        .filter(|guest| guest.row.registration_id == registration.id && guest.row.status != Status::Cancelled)
        .map(|guest| FoundPerson {
            id: guest.row.id,
            name: guest.name.clone(),
            checked_in_at: guest.arrival.as_ref().map(|arrival| *arrival.checked_in_at),
        });
    FoundRegistration {
        registration_id: registration.id,
        status: registration.status.to_value(),
        people: people.collect(),
    }
}

/// Counts who came and, once check-in is over, who stayed away without being excused.
#[utoipa::path(
    tag = "attendance",
    params(("id" = i32, Path, description = "Id of the activity")),
    responses((status = 200, body = AttendanceCount), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/activities/{id}/attendance")]
pub(super) async fn count_attendance(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
) -> ApiResult<HttpResponse> {
    let host = Host::new(&caller, Origin::of(&request));
    let reader = state.database.reader();
    let activity = host.activity(reader, id.into_inner()).await?;
    let seats = || {
        registration_person::Entity::find()
            .filter(registration_person::Column::ActivityId.eq(activity.id))
            .filter(registration_person::Column::Status.eq(Status::Confirmed))
    };
    let came = super::arrived(activity.id);
    let confirmed = seats().count(reader).await?;
    let checked_in = seats().filter(registration_person::Column::Id.in_subquery(came.clone())).count(reader);
    let checked_in = checked_in.await?;
    let excused = seats()
        .filter(registration_person::Column::ExcusedAt.is_not_null())
        .filter(registration_person::Column::Id.not_in_subquery(came))
        .count(reader)
        .await?;
    let open_conflicts = check_in_conflict::Entity::find()
        .filter(check_in_conflict::Column::ActivityId.eq(activity.id))
        .filter(check_in_conflict::Column::SettledAt.is_null())
        .count(reader)
        .await?;
    let is_over = state.clock.now() > *activity.check_in_closes_at;
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let answer = AttendanceCount {
        activity_id: activity.id,
        confirmed: number(confirmed),
        checked_in: number(checked_in),
        excused: number(excused),
        no_shows: is_over.then(|| number(confirmed.saturating_sub(checked_in + excused))),
        open_conflicts: number(open_conflicts),
    };
    Ok(personal::json(StatusCode::OK, &answer))
}

/// A nonce that may be kept.
pub(super) fn checked_nonce(nonce: String, pointer: &str) -> ApiResult<String> {
    let fits = (8..=64).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(nonce)
    } else {
        Err(wrong(pointer, "bad_nonce", "nonce 应为 8 到 64 个英文字母、数字或符号。"))
    }
}

/// What a device may call itself.
pub(super) fn checked_device(device: Option<String>) -> ApiResult<Option<String>> {
    let device = device.map(|device| device.trim().to_owned()).filter(|device| !device.is_empty());
    let too_long =
        |device: &String| device.chars().count() > LONGEST_DEVICE || device.chars().any(char::is_control);
    if device.as_ref().is_some_and(too_long) {
        return Err(wrong("/device", "bad_device", "设备名称最多 64 个字。"));
    }
    Ok(device)
}
