use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use entity::walking_edit::Kind;

use super::dto::{EditListParameters, NewWalkingEdit, WalkingEdit, WalkingEditList};
use super::edits::{self, Officer, Page};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::IfMatch;
use crate::http::parameters::{Limit, given, limit};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ReviewMap;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const PAGE: Limit = Limit { default: 20, most: 100 };

fn page(asked: &EditListParameters) -> ApiResult<Page> {
    let after = given(asked.cursor.as_deref())
        .map(str::parse)
        .transpose()
        .map_err(|_not_a_number| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))?;
    Ok(Page {
        region: given(asked.region.as_deref()).map(str::to_owned),
        after: after.unwrap_or(0),
        limit: limit(asked.limit.as_deref(), PAGE)?,
    })
}

/// Lists the closures of one's regions, the oldest first.
#[utoipa::path(
    tag = "walking",
    params(EditListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = WalkingEditList), ProblemResponses)
)]
#[get("/walking/closures")]
pub(super) async fn list_closures(
    caller: Permitted<ReviewMap>,
    state: Data<AppState>,
    asked: Query<EditListParameters>,
) -> ApiResult<HttpResponse> {
    let list = edits::list(&state, caller.scope(), Kind::Closure, page(&asked)?).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

/// Draws a closure on the walking network of a region. It holds at once, or in its time.
#[utoipa::path(
    tag = "walking",
    request_body = NewWalkingEdit,
    security(("access_token" = [])),
    responses(
        (status = 201, body = WalkingEdit, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/walking/closures")]
pub(super) async fn add_closure(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewWalkingEdit>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    let added = edits::add(&state, officer, Kind::Closure, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::CREATED, added.version, &added))
}

/// Draws a closure anew, with all its members.
#[utoipa::path(
    tag = "walking",
    params(
        ("id" = i32, Path, description = "Number of the closure"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = NewWalkingEdit,
    security(("access_token" = [])),
    responses(
        (status = 200, body = WalkingEdit, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/walking/closures/{id}")]
pub(super) async fn change_closure(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
    body: Json<NewWalkingEdit>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    let changed = edits::change(&state, officer, Kind::Closure, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Takes a closure away.
#[utoipa::path(
    tag = "walking",
    params(
        ("id" = i32, Path, description = "Number of the closure"),
        ("If-Match" = String, Header, description = "The version that is removed")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "It is gone"), ProblemResponses)
)]
#[delete("/walking/closures/{id}")]
pub(super) async fn remove_closure(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    edits::remove(&state, officer, Kind::Closure, *id, version).await?;
    Ok(personal::nothing())
}

/// Lists the links of one's regions, the oldest first.
#[utoipa::path(
    tag = "walking",
    params(EditListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = WalkingEditList), ProblemResponses)
)]
#[get("/walking/links")]
pub(super) async fn list_links(
    caller: Permitted<ReviewMap>,
    state: Data<AppState>,
    asked: Query<EditListParameters>,
) -> ApiResult<HttpResponse> {
    let list = edits::list(&state, caller.scope(), Kind::Link, page(&asked)?).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

/// Draws a link on the walking network of a region. It holds at once, or in its time.
#[utoipa::path(
    tag = "walking",
    request_body = NewWalkingEdit,
    security(("access_token" = [])),
    responses(
        (status = 201, body = WalkingEdit, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/walking/links")]
pub(super) async fn add_link(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewWalkingEdit>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    let added = edits::add(&state, officer, Kind::Link, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::CREATED, added.version, &added))
}

/// Draws a link anew, with all its members.
#[utoipa::path(
    tag = "walking",
    params(
        ("id" = i32, Path, description = "Number of the link"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = NewWalkingEdit,
    security(("access_token" = [])),
    responses(
        (status = 200, body = WalkingEdit, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/walking/links/{id}")]
pub(super) async fn change_link(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
    body: Json<NewWalkingEdit>,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    let changed = edits::change(&state, officer, Kind::Link, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Takes a link away.
#[utoipa::path(
    tag = "walking",
    params(
        ("id" = i32, Path, description = "Number of the link"),
        ("If-Match" = String, Header, description = "The version that is removed")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "It is gone"), ProblemResponses)
)]
#[delete("/walking/links/{id}")]
pub(super) async fn remove_link(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    let officer = Officer::new(&caller, &request);
    edits::remove(&state, officer, Kind::Link, *id, version).await?;
    Ok(personal::nothing())
}
