use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use uuid::Uuid;

use super::dto::{NewPlaylist, Playlist, PlaylistChange, PlaylistList};
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

/// Lists the playlists of one's regions.
#[utoipa::path(
    tag = "screens",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = PlaylistList), ProblemResponses)
)]
#[get("/playlists")]
pub(super) async fn list_playlists(
    caller: Permitted<ManageScreens>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}

/// Makes a playlist.
#[utoipa::path(
    tag = "screens",
    request_body = NewPlaylist,
    security(("access_token" = [])),
    responses(
        (status = 201, body = Playlist, headers(
            ("Location" = String, description = "Its address"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/playlists")]
pub(super) async fn create_playlist(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewPlaylist>,
) -> ApiResult<HttpResponse> {
    let made = service::create(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    let mut answer = personal::versioned(StatusCode::CREATED, made.version, &made);
    if let Ok(location) = header::HeaderValue::from_str(&format!("/api/v1/playlists/{}", made.id)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Tells one playlist.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the playlist")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Playlist, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/playlists/{id}")]
pub(super) async fn get_playlist(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let found = service::get(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, found.version, &found))
}

/// Replaces the name and the items of a playlist.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the playlist"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = PlaylistChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Playlist, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/playlists/{id}")]
pub(super) async fn replace_playlist(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<PlaylistChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let changed = service::replace(&state, caller, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, changed.version, &changed))
}

/// Deletes a playlist that no slot and no screen plays.
#[utoipa::path(
    tag = "screens",
    params(
        ("id" = Uuid, Path, description = "Id of the playlist"),
        ("If-Match" = String, Header, description = "The version that is deleted")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "It is gone"), ProblemResponses)
)]
#[delete("/playlists/{id}")]
pub(super) async fn delete_playlist(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    service::delete(&state, InCharge::new(&caller, &request), *id, version).await?;
    Ok(personal::nothing())
}
