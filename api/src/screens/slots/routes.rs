use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use uuid::Uuid;

use super::dto::{ScreenSlot, ScreenSlotChange, ScreenSlotList};
use super::service;
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ManageScreens;
use crate::openapi::ProblemResponses;
use crate::screens::in_charge::{InCharge, Page};
use crate::screens::registry::dto::PageParameters;
use crate::state::AppState;

/// Lists the slots of one's regions.
#[utoipa::path(
    tag = "screens",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenSlotList), ProblemResponses)
)]
#[get("/screen-slots")]
pub(super) async fn list_screen_slots(
    caller: Permitted<ManageScreens>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}

/// Makes a slot.
#[utoipa::path(
    tag = "screens",
    request_body = ScreenSlotChange,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ScreenSlot, headers(
            ("Location" = String, description = "Its address"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/screen-slots")]
pub(super) async fn create_screen_slot(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<ScreenSlotChange>,
) -> ApiResult<HttpResponse> {
    let made = service::create(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    let mut answer = personal::versioned(StatusCode::CREATED, made.version, &made);
    if let Ok(location) = header::HeaderValue::from_str(&format!("/api/v1/screen-slots/{}", made.id)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Tells one slot.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the slot")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = ScreenSlot, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/screen-slots/{id}")]
pub(super) async fn get_screen_slot(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let found = service::get(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, found.version, &found))
}

/// Replaces a slot. Its age stays, which matters where slots conflict.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the slot"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = ScreenSlotChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ScreenSlot, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/screen-slots/{id}")]
pub(super) async fn replace_screen_slot(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<ScreenSlotChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let changed = service::replace(&state, caller, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Deletes a slot. What comes after it plays instead.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the slot"),
        ("If-Match" = String, Header, description = "The version that is deleted")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "It is gone"), ProblemResponses)
)]
#[delete("/screen-slots/{id}")]
pub(super) async fn delete_screen_slot(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    service::delete(&state, InCharge::new(&caller, &request), *id, version).await?;
    Ok(personal::nothing())
}
