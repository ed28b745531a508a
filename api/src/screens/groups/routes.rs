use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use uuid::Uuid;

use super::dto::{NewScreenGroup, ScreenGroup, ScreenGroupChange, ScreenGroupList};
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

/// Lists the groups of screens of one's regions.
#[utoipa::path(
    tag = "screens",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenGroupList), ProblemResponses)
)]
#[get("/screen-groups")]
pub(super) async fn list_screen_groups(
    caller: Permitted<ManageScreens>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}

/// Makes a group.
#[utoipa::path(
    tag = "screens",
    request_body = NewScreenGroup,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ScreenGroup, headers(
            ("Location" = String, description = "Its address"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/screen-groups")]
pub(super) async fn create_screen_group(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewScreenGroup>,
) -> ApiResult<HttpResponse> {
    let made = service::create(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    let mut answer = personal::versioned(StatusCode::CREATED, made.version, &made);
    if let Ok(location) = header::HeaderValue::from_str(&format!("/api/v1/screen-groups/{}", made.id)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Tells one group.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the group")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = ScreenGroup, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/screen-groups/{id}")]
pub(super) async fn get_screen_group(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let found = service::get(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, found.version, &found))
}

/// Replaces the name and the screens of a group.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the group"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = ScreenGroupChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ScreenGroup, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/screen-groups/{id}")]
pub(super) async fn replace_screen_group(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<ScreenGroupChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let changed = service::replace(&state, caller, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Deletes a group. Slots that name nothing else play on no screen then.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the group"),
        ("If-Match" = String, Header, description = "The version that is deleted")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "It is gone"), ProblemResponses)
)]
#[delete("/screen-groups/{id}")]
pub(super) async fn delete_screen_group(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    service::delete(&state, InCharge::new(&caller, &request), *id, version).await?;
    Ok(personal::nothing())
}
