use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};

use super::drafts::created;
use super::place;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditMap, ReadMapDrafts};
use crate::map::editing::dto::{
    HeldPlaceList, HistoryParameters, MapDraftDetail, NewPlacePhotos, PlaceHistory, PlacePhotosDone,
    PlaceVersionDetail,
};
use crate::map::editing::editor::Editor;
use crate::map::editing::{photos, versions};
use crate::map::ogc::Seen;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists the places of the caller's regions that an import kept back, with the reasons. A draft puts one on the
/// map.
#[utoipa::path(
    tag = "map-editing",
    params(HistoryParameters),
    security(("access_token" = [])),
    responses((status = 200, body = HeldPlaceList), ProblemResponses)
)]
#[get("/held-places")]
pub(in crate::map::editing) async fn list_held_places(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<HistoryParameters>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(personal::json(StatusCode::OK, &versions::held(&state, &editor, &parameters).await?))
}

/// Lists the versions of a place, the newest first.
#[utoipa::path(
    tag = "map-editing",
    params(("id" = i32, Path, description = "Number of the place"), HistoryParameters),
    security(("access_token" = [])),
    responses((status = 200, body = PlaceHistory), ProblemResponses)
)]
#[get("/features/{id}/history")]
pub(in crate::map::editing) async fn list_place_history(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    parameters: Query<HistoryParameters>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let history = versions::list(&state, &editor, place(&id)?, &parameters).await?;
    Ok(personal::json(StatusCode::OK, &history))
}

/// Shows what a place was in one version.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the place"),
        ("version" = i32, Path, description = "Version of the place")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = PlaceVersionDetail), ProblemResponses)
)]
#[get("/features/{id}/history/{version}")]
pub(in crate::map::editing) async fn get_place_version(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let (id, version) = path.into_inner();
    let detail = versions::show(&state, &editor, place(&id)?, place(&version)?).await?;
    Ok(personal::json(StatusCode::OK, &detail))
}

/// Begins a draft that says what a version said, also for a place that was taken off the map.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the place"),
        ("version" = i32, Path, description = "Version of the place")
    ),
    security(("access_token" = [])),
    responses(
        (status = 201, body = MapDraftDetail, headers(
            ("Location" = String, description = "Address of the draft"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/features/{id}/history/{version}/restore")]
pub(in crate::map::editing) async fn restore_place_version(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let (id, version) = path.into_inner();
    Ok(created(&versions::restore(&state, editor, place(&id)?, place(&version)?).await?))
}

/// Puts photos in the place of those that a place shows: added, taken away or in another order.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the place"),
        ("If-Match" = String, Header,
            description = "Tag of the place that was read, or its version in quotes; `*` for whatever it is now")
    ),
    request_body = NewPlacePhotos,
    security(("access_token" = [])),
    responses(
        (status = 200, body = PlacePhotosDone, headers(("ETag" = String, description = "Version of the place"))),
        (status = 202, body = PlacePhotosDone, description = "Others have to agree", headers(
            ("ETag" = String, description = "Version of the place")
        )),
        ProblemResponses
    )
)]
#[put("/features/{id}/photos")]
pub(in crate::map::editing) async fn put_place_photos(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: Seen,
    body: Json<NewPlacePhotos>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let done = photos::put(&state, editor, place(&id)?, &seen, body.into_inner()).await?;
    let status = if done.draft_id.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(personal::versioned(status, done.version, &done))
}
