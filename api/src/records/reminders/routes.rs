use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use uuid::Uuid;

use super::dto::{NewReminder, ReminderList, ReminderView};
use super::service;
use crate::consents::{self, Purpose};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::idempotency::{Answer, KEPT_FOR, Key, PARAMETER, write_once};
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Scope};
use crate::records::access;
use crate::state::AppState;

/// Lists when somebody is reminded to measure for a person.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 200, body = ReminderList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/reminders")]
pub(super) async fn list_reminders(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let access = access::to_read(&state, &resident, id.into_inner(), state.clock.now()).await?;
    let reminders = service::of_person(&state, state.database.reader(), access.person_id()).await?;
    let items = reminders.iter().map(|reminder| service::view(&state, reminder, access.account_id()));
    Ok(personal::json(StatusCode::OK, &ReminderList { items: items.collect(), next: None }))
}

/// Has the caller reminded to measure something for a person.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("Idempotency-Key" = String, Header, description = PARAMETER)
    ),
    request_body = NewReminder,
    responses((status = 201, body = ReminderView), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/people/{id}/reminders")]
pub(super) async fn add_reminder(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    key: Key,
    body: Json<NewReminder>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let call = key.call(resident.principal(), "add_reminder", &*body)?;
    let wanted = service::checked(&state.catalogue, &body)?;
    let shared = state.get_ref().clone();
    write_once(&state, call, now + KEPT_FOR, move |transaction| {
        let (state, wanted) = (shared.clone(), wanted.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            let consent = consents::require(transaction, &state.vault, id, Purpose::Records, now).await?;
            let added = service::add(&state, transaction, (&access, consent), &wanted, now).await?;
            let view = service::view(&state, &added, access.account_id());
            Ok(Answer::json(StatusCode::CREATED, &view)?.version(view.version))
        })
    })
    .await
}

/// Changes a reminder as a whole. Whoever changes it is reminded from then on.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("reminder_id" = Uuid, Path, description = "Id of the reminder"),
        ("If-Match" = String, Header, description = "The version that is changed")
    ),
    request_body = NewReminder,
    responses((status = 200, body = ReminderView), ProblemResponses),
    security(("access_token" = []))
)]
#[put("/people/{id}/reminders/{reminder_id}")]
pub(super) async fn edit_reminder(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, Uuid)>,
    if_match: IfMatch,
    body: Json<NewReminder>,
) -> ApiResult<HttpResponse> {
    let ((id, reminder_id), now) = (path.into_inner(), state.clock.now());
    let wanted = service::checked(&state.catalogue, &body)?;
    let shared = state.get_ref().clone();
    let changed = state.database.write(move |transaction| {
        let (state, wanted) = (shared.clone(), wanted.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            let consent = consents::require(transaction, &state.vault, id, Purpose::Records, now).await?;
            let which = (reminder_id, if_match);
            service::edit(&state, transaction, (&access, consent), which, &wanted, now).await
        })
    });
    let view = service::view(&state, &changed.await?, resident.account_id);
    Ok(personal::versioned(StatusCode::OK, view.version, &view))
}

/// Takes a reminder back.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("reminder_id" = Uuid, Path, description = "Id of the reminder")
    ),
    responses((status = 204, description = "Taken back"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/people/{id}/reminders/{reminder_id}")]
pub(super) async fn delete_reminder(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let ((id, reminder_id), now) = (path.into_inner(), state.clock.now());
    let shared = state.get_ref().clone();
    let gone = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            service::remove(transaction, access.person_id(), reminder_id).await
        })
    });
    gone.await?;
    Ok(personal::nothing())
}
