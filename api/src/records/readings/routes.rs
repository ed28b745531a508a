use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, post};
use uuid::Uuid;

use super::dto::{
    DeletionReceipt, MeasurementList, MeasurementParameters, MeasurementWithHistory, NewMeasurements,
    RejectedList, RejectedParameters, RejectedView, TakenList, ToldValue,
};
use super::intake::Given;
use super::list::{self, Place, Wanted};
use super::{history, quarantine, removal, sending, store};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{self, Limit, given};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Scope};
use crate::records::{access, span};
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Keeps readings. Each is answered by itself: a phone may send what it gathered without a network days later,
/// and send it again as often as it likes.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    request_body = NewMeasurements,
    responses((status = 200, body = TakenList), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/people/{id}/measurements")]
pub(super) async fn add_measurements(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    body: Json<NewMeasurements>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let sent = Arc::new(sending::checked(&state.catalogue, &body.into_inner())?);
    let shared = state.get_ref().clone();
    let taken = state.database.write_together(move |transaction| {
        let (state, sent) = (shared.clone(), Arc::clone(&sent));
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            let consent = consents::require(transaction, &state.vault, id, Purpose::Records, now).await?;
            sending::keep(&state, transaction, &access, consent, &sent, now).await
        })
    });
    let items = taken.await?.into_iter().map(|answer| sending::view(&state, answer)).collect();
    Ok(personal::json(StatusCode::OK, &TakenList { items, next: None }))
}

/// Lists readings that count, newest first.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), MeasurementParameters),
    responses((status = 200, body = MeasurementList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/measurements")]
pub(super) async fn list_measurements(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<MeasurementParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let metric =
        given(asked.metric.as_deref()).map(|code| span::metric(&state.catalogue, code)).transpose()?;
    let wanted = Wanted {
        metric: metric.map(|metric| metric.code.clone()),
        from: span::from(asked.from.as_deref())?,
        until: span::until(asked.to.as_deref())?,
        after: given(asked.cursor.as_deref()).map(Place::parse).transpose()?,
    };
    let access = access::to_read(&state, &resident, id.into_inner(), state.clock.now()).await?;
    let (readings, next) = list::page(&state, access.person_id(), &wanted, limit).await?;
    let items = readings.iter().map(|reading| list::view(&state, reading)).collect();
    Ok(personal::json(StatusCode::OK, &MeasurementList { items, next }))
}

/// Lists what cannot be a reading, with the reason, newest first.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), RejectedParameters),
    responses((status = 200, body = RejectedList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/measurements/rejected")]
pub(super) async fn list_rejected_measurements(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<RejectedParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let before = given(asked.cursor.as_deref())
        .map(|text| {
            text.parse::<Uuid>()
                .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()?;
    let access = access::to_read(&state, &resident, id.into_inner(), state.clock.now()).await?;
    let reader = state.database.reader();
    let most = Some(limit as u64 + 1);
    let mut found = quarantine::collect(&state, reader, access.person_id(), before, most).await?;
    let is_last = found.len() <= limit;
    found.truncate(limit);
    let next = found.last().filter(|_| !is_last).map(|(row, _)| row.id.to_string());
    let items = found.into_iter().map(|(row, rejected)| RejectedView {
        id: row.id,
        uid: row.uid,
        metric: rejected.metric,
        told: told(&rejected.values),
        measured_at: rejected.measured_at,
        raw: rejected.raw,
        received_at: *row.received_at,
        reason: row.reason,
    });
    Ok(personal::json(StatusCode::OK, &RejectedList { items: items.collect(), next }))
}

fn told(values: &BTreeMap<String, Given>) -> Vec<ToldValue> {
    let told = |(component, given): (&String, &Given)| {
        ToldValue::new(component, &given.value, given.unit.as_deref().unwrap_or_default())
    };
    values.iter().map(told).collect()
}

/// Tells one reading with everything that stood in its place before.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("measurement_id" = Uuid, Path, description = "Id of the measurement")
    ),
    responses((status = 200, body = MeasurementWithHistory), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/measurements/{measurement_id}")]
pub(super) async fn get_measurement(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let (id, measurement_id) = path.into_inner();
    let access = access::to_read(&state, &resident, id, state.clock.now()).await?;
    let (reader, person_id) = (state.database.reader(), access.person_id());
    let row = history::row(reader, person_id, measurement_id).await?;
    let earlier = history::earlier(reader, person_id, measurement_id).await?;
    let measurement = list::view(&state, &store::open(&state, reader, row).await?);
    let earlier = store::opened(&state, reader, earlier).await?;
    let history = earlier.iter().map(|reading| list::view(&state, reading)).collect();
    Ok(personal::json(StatusCode::OK, &MeasurementWithHistory { measurement, history }))
}

/// Deletes a reading and everything that it corrected, for good. What is left tells only that there was one.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("measurement_id" = Uuid, Path, description = "Id of the measurement")
    ),
    responses((status = 200, body = DeletionReceipt), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/people/{id}/measurements/{measurement_id}")]
pub(super) async fn delete_measurement(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let ((id, measurement_id), now) = (path.into_inner(), state.clock.now());
    let shared = state.get_ref().clone();
    let receipt = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::Manage, now).await?;
            removal::remove(&state, transaction, &access, measurement_id, now).await
        })
    });
    Ok(personal::json(StatusCode::OK, &receipt.await?))
}
