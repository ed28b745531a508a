use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::access::opened;
use super::capability::{self, CapabilityStatement};
use super::dto::{EverythingParameters, FormatParameters, ObservationParameters};
use super::exchange::{answer, must_send_json, must_take_json, versioned};
use super::observation::observation;
use super::outcome::OutcomeResponses;
use super::queries::{self, Place};
use super::resource::{Bundle, BundleType, Entry, EntrySearch, Link, Observation, Patient, Resource};
use super::{further, import, patient, search};
use crate::error::{ApiError, ApiResult};
use crate::http::page_url::base_url;
use crate::identity::caller::Resident;
use crate::privacy::access_log::What;
use crate::records::readings::{self, Reading};
use crate::state::AppState;

/// What this server can do (`CapabilityStatement`).
#[utoipa::path(
    tag = "fhir",
    params(FormatParameters),
    responses(
        (status = 200, body = CapabilityStatement, content_type = "application/fhir+json"),
        OutcomeResponses
    )
)]
#[get("/metadata")]
pub(super) async fn get_capabilities(
    request: HttpRequest,
    state: Data<AppState>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let base = base_url(&request, &state).with_path("/fhir");
    Ok(answer(StatusCode::OK, &capability::statement(&base)))
}

/// One person of the caller's family.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the person"), FormatParameters),
    responses(
        (status = 200, body = Patient, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Patient/{id}")]
pub(super) async fn get_patient(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let access = opened(&state, &resident, id.into_inner(), What::Profile).await?;
    let patient = patient::patient(state.database.reader(), &state.vault, &access).await?;
    versioned(&request, &patient.meta, &patient)
}

/// Everything about one person, page by page: on the first page the person, goals, consents, relations and devices,
/// then the readings, oldest first, each page with where they come from.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the person"), EverythingParameters),
    responses(
        (status = 200, body = Bundle, content_type = "application/fhir+json"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Patient/{id}/$everything")]
pub(super) async fn get_everything(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<EverythingParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let everything = search::everything(&state.catalogue, request.query_string())?;
    let access = opened(&state, &resident, id.into_inner(), What::Export).await?;
    let mut bundle = Page::of(&request, &state);
    if everything.is_first && everything.names("Patient") {
        let patient = patient::patient(state.database.reader(), &state.vault, &access).await?;
        let id = patient.id.clone();
        bundle.add("Patient", &id, Resource::Patient(Box::new(patient)));
    }
    if everything.is_first {
        let since_ms = everything.wanted.since_ms.unwrap_or(i64::MIN);
        for told in further::of_person(&state, access.person_id()).await? {
            if everything.names(told.kind) && told.meta.last_updated.timestamp_millis() >= since_ms {
                bundle.add(told.kind, &told.id, Resource::Further(told.resource));
            }
        }
    }
    let (with_observations, with_provenance) =
        (everything.names("Observation"), everything.names("Provenance"));
    if with_observations || with_provenance {
        let page = queries::page(&state, access.person_id(), &everything.wanted, everything.count).await?;
        let origins = page.0.iter().map(|reading| further::provenance(&reading.row));
        let origins: Vec<further::Further> = origins.filter(|_| with_provenance).collect();
        if with_observations {
            bundle.add_readings(&state, page);
        } else {
            bundle.next = page.1;
        }
        for told in origins {
            bundle.add(told.kind, &told.id, Resource::Further(told.resource));
        }
    }
    Ok(answer(StatusCode::OK, &bundle.finish()))
}

/// Searches the observations of one person; `link` with `next` leads to the next page.
#[utoipa::path(
    tag = "fhir",
    params(ObservationParameters),
    responses(
        (status = 200, body = Bundle, content_type = "application/fhir+json"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Observation")]
pub(super) async fn search_observations(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let search = search::search(&state.catalogue, request.query_string())?;
    let access = opened(&state, &resident, search.person_id, What::Records).await?;
    let mut bundle = Page::of(&request, &state);
    bundle
        .add_readings(&state, queries::page(&state, access.person_id(), &search.wanted, search.count).await?);
    Ok(answer(StatusCode::OK, &bundle.finish()))
}

/// One observation. One that was corrected is `entered-in-error`, one that was deleted is 410.
#[utoipa::path(
    tag = "fhir",
    params(("id" = Uuid, Path, description = "Id of the measurement"), FormatParameters),
    responses(
        (status = 200, body = Observation, content_type = "application/fhir+json", headers(
            ("ETag" = String, description = "Weak tag of the version"),
            ("Last-Modified" = String, description = "When it last changed")
        )),
        (status = 304, description = "Not modified"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[get("/Observation/{id}")]
pub(super) async fn get_observation(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<FormatParameters>,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, asked.format.as_deref())?;
    let reader = state.database.reader();
    let row = queries::row(reader, id.into_inner()).await?.ok_or_else(search::no_such_observation)?;
    let access = opened(&state, &resident, row.person_id, What::Records).await;
    access.map_err(|error| match error {
        // Whose it is must not show.
        ApiError::NotFound { .. } => search::no_such_observation(),
        other => other,
    })?;
    let reading = readings::open(&state, reader, row).await?;
    let told = observation(&state.catalogue, &reading).ok_or_else(|| ApiError::Gone {
        code: "measurement_deleted",
        detail: "这条记录已经由本人删除。".into(),
    })?;
    versioned(&request, &told.meta, &told)
}

/// Brings observations in: a Bundle of type `transaction`, all of it or nothing. Each entry needs `ifNoneExist` on
/// an identifier, so that the same transaction sent again changes nothing.
#[utoipa::path(
    tag = "fhir",
    request_body(content = serde_json::Value, content_type = "application/fhir+json"),
    responses(
        (status = 200, body = Bundle, content_type = "application/fhir+json"),
        OutcomeResponses
    ),
    security(("access_token" = []))
)]
#[post("")]
pub(super) async fn run_transaction(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    must_take_json(&request, None)?;
    must_send_json(&request)?;
    let transaction = import::checked(&state.catalogue, &body)?;
    let answered = import::run(&state, resident, transaction, state.clock.now()).await?;
    Ok(answer(StatusCode::OK, &answered))
}

/// A bundle that is being put together.
struct Page {
    base: String,
    path: String,
    query: String,
    entry: Vec<Entry>,
    next: Option<Place>,
}

impl Page {
    fn of(request: &HttpRequest, state: &AppState) -> Self {
        Self {
            base: base_url(request, state).with_path("/fhir"),
            path: base_url(request, state).with_path(request.path()),
            query: request.query_string().to_owned(),
            entry: Vec::new(),
            next: None,
        }
    }

    fn add(&mut self, kind: &str, id: &str, resource: Resource) {
        self.entry.push(Entry {
            full_url: Some(format!("{}/{kind}/{id}", self.base)),
            resource: Some(resource),
            search: Some(EntrySearch { mode: "match" }),
            response: None,
        });
    }

    fn add_readings(&mut self, state: &AppState, (readings, next): (Vec<Reading>, Option<Place>)) {
        for told in readings.iter().filter_map(|reading| observation(&state.catalogue, reading)) {
            let id = told.id.clone();
            self.add("Observation", &id, Resource::Observation(Box::new(told)));
        }
        self.next = next;
    }

    fn finish(self) -> Bundle {
        let own = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        let mut link = vec![Link { relation: "self", url: format!("{}{own}", self.path) }];
        if let Some(next) = self.next {
            let kept = self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_cursor="));
            let mut query: Vec<String> = kept.map(str::to_owned).collect();
            query.push(format!("_cursor={}", next.text()));
            link.push(Link { relation: "next", url: format!("{}?{}", self.path, query.join("&")) });
        }
        Bundle { resource_type: BundleType::Bundle, kind: "searchset", link, entry: self.entry }
    }
}
