use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use entity::activity::Kind;
use sea_orm::ActiveEnum;

use super::dto::{CalendarAddress, CalendarAddressState, CalendarParameters};
use super::ical::Calendar;
use super::{feed, tokens};
use crate::error::ApiResult;
use crate::http::etag::EntityTag;
use crate::http::page_url::base_url;
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::http::ready::ASK_EACH_TIME;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";
/// Several times the length of a real one.
const LONGEST_TOKEN: usize = 128;

/// The activities as a calendar to subscribe to (iCalendar, RFC 5545).
///
/// What was cancelled stays for thirty days and says so.
#[utoipa::path(
    tag = "calendars",
    params(CalendarParameters),
    responses(
        (status = 200, body = String, content_type = "text/calendar", headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/activities.ics")]
pub(super) async fn get_activities_calendar(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<CalendarParameters>,
) -> ApiResult<HttpResponse> {
    let region = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    let kind = given(parameters.kind.as_deref()).map(kind).transpose()?;
    let asked = request.uri().path_and_query().map_or("/api/v1/activities.ics", |asked| asked.as_str());
    let source = base_url(&request, &state).with_path(asked);
    let calendar = feed::public(&state, region, kind, source).await?;
    Ok(answer(&request, &calendar, ASK_EACH_TIME))
}

/// One activity, to be put in a calendar.
#[utoipa::path(
    tag = "calendars",
    params(("id" = i32, Path, description = "Id of the activity")),
    responses(
        (status = 200, body = String, content_type = "text/calendar", headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/activities/{id}.ics")]
pub(super) async fn get_activity_calendar(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
) -> ApiResult<HttpResponse> {
    let calendar = feed::single(&state, id.into_inner()).await?;
    let mut answer = answer(&request, &calendar, ASK_EACH_TIME);
    let name = HeaderValue::from_static("attachment; filename=\"activity.ics\"");
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(answer)
}

/// The calendar of one resident, by its secret address. 410 once the address was revoked.
#[utoipa::path(
    tag = "calendars",
    params(("token" = String, Path, description = "Secret of the address")),
    responses(
        (status = 200, body = String, content_type = "text/calendar", headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/calendars/{token}.ics")]
pub(super) async fn get_personal_calendar(
    request: HttpRequest,
    state: Data<AppState>,
    token: Path<String>,
) -> ApiResult<HttpResponse> {
    let token: &str = token.get(..LONGEST_TOKEN).unwrap_or(&token);
    let account_id = tokens::owner(state.database.reader(), token).await?;
    let calendar = feed::personal(&state, account_id).await?;
    Ok(answer(&request, &calendar, HeaderValue::from_static(personal::NO_STORE)))
}

/// Tells whether the resident's own calendar has an address.
#[utoipa::path(
    tag = "calendars",
    responses((status = 200, body = CalendarAddressState), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/calendar")]
pub(super) async fn show_calendar_address(
    state: Data<AppState>,
    resident: Resident,
) -> ApiResult<HttpResponse> {
    let current = tokens::current(state.database.reader(), resident.account_id).await?;
    let told = CalendarAddressState {
        active: current.is_some(),
        created_at: current.map(|current| *current.created_at),
    };
    Ok(personal::json(StatusCode::OK, &told))
}

/// Gives the resident's own calendar an address, in place of the one before.
#[utoipa::path(
    tag = "calendars",
    responses((status = 201, body = CalendarAddress), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/calendar")]
pub(super) async fn make_calendar_address(
    request: HttpRequest,
    state: Data<AppState>,
    resident: Resident,
) -> ApiResult<HttpResponse> {
    let (now, token) = (state.clock.now(), state.random.token());
    let (shared, secret) = (state.get_ref().clone(), token.clone());
    state
        .database
        .write(move |transaction| {
            let (state, token) = (shared.clone(), secret.clone());
            Box::pin(
                async move { tokens::replace(&state, transaction, resident.account_id, &token, now).await },
            )
        })
        .await?;
    let url = base_url(&request, &state).with_path(&format!("/api/v1/calendars/{token}.ics"));
    let webcal_url =
        url.split_once("://").map_or_else(|| url.clone(), |(_, rest)| format!("webcal://{rest}"));
    Ok(personal::json(StatusCode::CREATED, &CalendarAddress { url, webcal_url, created_at: now }))
}

/// Ends the address of the resident's own calendar; whoever still asks gets 410.
#[utoipa::path(
    tag = "calendars",
    responses((status = 204, description = "There is no address any more"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/me/calendar")]
pub(super) async fn revoke_calendar_address(
    state: Data<AppState>,
    resident: Resident,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            Box::pin(async move { tokens::revoke(transaction, resident.account_id, now).await })
        })
        .await?;
    Ok(personal::nothing())
}

fn kind(text: &str) -> ApiResult<Kind> {
    let expected = "可选：lecture、training、fitness、screening、campaign。";
    Kind::try_from_value(&text.to_owned()).map_err(|_unknown| wrong("kind", expected))
}

fn answer(request: &HttpRequest, calendar: &Calendar, cache_control: HeaderValue) -> HttpResponse {
    let text = calendar.text();
    let tag = EntityTag::of(text.as_bytes(), "ics");
    tag.not_modified(request, cache_control.clone()).unwrap_or_else(|| {
        HttpResponse::Ok()
            .content_type(MEDIA_TYPE)
            .insert_header((header::ETAG, tag.header_value()))
            .insert_header((header::CACHE_CONTROL, cache_control))
            .body(text)
    })
}
