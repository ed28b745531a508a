use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use uuid::Uuid;

use super::dto::{
    NewScreen, PageParameters, ScheduleParameters, Screen, ScreenChange, ScreenList, ScreenSchedule,
};
use super::{explain, service};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ManageScreens;
use crate::openapi::ProblemResponses;
use crate::screens::in_charge::{InCharge, Page};
use crate::state::AppState;

/// Lists the screens of one's regions with what each said last.
#[utoipa::path(
    tag = "screens",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenList), ProblemResponses)
)]
#[get("/screens")]
pub(super) async fn list_screens(
    caller: Permitted<ManageScreens>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}

/// Makes a screen. It plays once a player is paired with it.
#[utoipa::path(
    tag = "screens",
    request_body = NewScreen,
    security(("access_token" = [])),
    responses(
        (status = 201, body = Screen, headers(
            ("Location" = String, description = "Address of the screen"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/screens")]
pub(super) async fn create_screen(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewScreen>,
) -> ApiResult<HttpResponse> {
    let screen = service::create(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    let mut answer = personal::versioned(StatusCode::CREATED, screen.version, &screen);
    let location = format!("/api/v1/screens/{}", screen.id);
    if let Ok(location) = header::HeaderValue::from_str(&location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Tells one screen.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Screen, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/screens/{id}")]
pub(super) async fn get_screen(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let screen = service::get(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, screen.version, &screen))
}

/// Changes a screen.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the screen"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = ScreenChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Screen, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[patch("/screens/{id}")]
pub(super) async fn change_screen(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<ScreenChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let screen = service::change(&state, caller, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, screen.version, &screen))
}

/// Takes a screen out of use. Its player stops at once; what it played stays known.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the screen"),
        ("If-Match" = String, Header, description = "The version that is retired")
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Screen, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/screens/{id}/retire")]
pub(super) async fn retire_screen(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    let screen = service::retire(&state, InCharge::new(&caller, &request), *id, version).await?;
    Ok(personal::versioned(StatusCode::OK, screen.version, &screen))
}

/// Tells what plays on a screen at an instant, and why that and not something else.
///
/// An emergency message stands before everything; then the slot of the highest priority; then one that
/// names the screen before one that names a group; then the newest. Where no slot plays, it is the default
/// playlist; where that has nothing to show, the slide that every player has.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen"), ScheduleParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenSchedule), ProblemResponses)
)]
#[get("/screens/{id}/schedule")]
pub(super) async fn get_screen_schedule(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    parameters: Query<ScheduleParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let at = match given(parameters.at.as_deref()) {
        None => now,
        // A plus sign that was not escaped arrives as a space.
        Some(text) => chrono::DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
            .map_err(|_not_a_time| wrong("at", "请填写带时区的时间，例如 2026-11-27T12:00:00%2B08:00。"))?
            .to_utc(),
    };
    let row = service::row(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::json(StatusCode::OK, &explain::at(&state, row, now, at).await?))
}
