use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, patch, post};
use uuid::Uuid;

use super::dto::{Media, MediaChange, MediaForm, MediaList, MediaListParameters, UploadParameters};
use super::video::MOST_VIDEO_BYTES;
use super::{LONGEST_UPLOAD, receive, service};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::http::if_match::{IfMatch, entity_tag};
use crate::http::parameters::{Limit, limit};
use crate::http::upload::Upload;
use crate::identity::caller::Permitted;
use crate::identity::permission::UploadMedia;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LIMIT: Limit = Limit { default: 20, most: 100 };

/// Uploads a picture (at most 20 MB), a video (200 MB) or a spoken text (40 MB).
///
/// What it is, its bytes tell. Pictures are written anew in several sizes, without what the camera noted;
/// videos keep their frames and lose what tells of place and device. The same file uploaded again is the
/// same medium and answered with 200.
#[utoipa::path(
    tag = "media",
    params(UploadParameters),
    request_body(content((Vec<u8> = "application/octet-stream"), (MediaForm = "multipart/form-data"))),
    security(("access_token" = [])),
    responses(
        (status = 201, body = Media, headers(
            ("Location" = String, description = "Address of the medium"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        (status = 200, body = Media, description = "The file is known", headers(
            ("Location" = String, description = "Address of the medium"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/media")]
pub(super) async fn upload_media(
    staff: Permitted<UploadMedia>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<UploadParameters>,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    let region_code = service::region(staff.scope(), parameters.region.as_deref())?;
    let event = AuditEvent::new(Action::MediaUploaded, Actor::Staff(staff.staff_id)).by_request(&request);
    let origin = super::Origin { region_code, uploaded_by: Some(staff.staff_id), event: Some(event) };
    let mut upload = Upload::open(&request, payload, MOST_VIDEO_BYTES, LONGEST_UPLOAD).await?;
    let received = match receive::receive(&state.media, &mut upload, origin).await {
        Ok(received) => received,
        Err(error) => {
            upload.drain().await;
            return Err(error);
        }
    };
    let mut response = if received.is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.insert_header((header::LOCATION, format!("/api/v1/media/{}", received.medium.id)));
    Ok(versioned(response, &service::shown(&state, received.medium).await?))
}

/// Lists the media of the caller's regions and of those above, the newest first.
#[utoipa::path(
    tag = "media",
    params(MediaListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = MediaList), ProblemResponses)
)]
#[get("/media")]
pub(super) async fn list_media(
    staff: Permitted<UploadMedia>,
    state: Data<AppState>,
    parameters: Query<MediaListParameters>,
) -> ApiResult<HttpResponse> {
    let limit = limit(parameters.limit.as_deref(), LIMIT)?;
    let kind = parameters.kind.map(Into::into);
    let list = service::list(&state, staff.scope(), kind, parameters.cursor, limit).await?;
    Ok(personal(HttpResponse::Ok()).json(list))
}

/// Tells one medium.
#[utoipa::path(
    tag = "media",
    params(("id" = Uuid, Path, description = "Id of the medium")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Media, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/media/{id}")]
pub(super) async fn get_media(
    staff: Permitted<UploadMedia>,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let medium = service::get(&state, staff.scope(), id.into_inner()).await?;
    Ok(versioned(HttpResponse::Ok(), &medium))
}

/// Changes what is said about a medium: description, transcript, poster.
#[utoipa::path(
    tag = "media",
    params(
        ("id" = Uuid, Path, description = "Id of the medium"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = MediaChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = Media, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[patch("/media/{id}")]
pub(super) async fn change_media(
    staff: Permitted<UploadMedia>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    change: Json<MediaChange>,
) -> ApiResult<HttpResponse> {
    let event = AuditEvent::new(Action::MediaChanged, Actor::Staff(staff.staff_id)).by_request(&request);
    let (id, change) = (id.into_inner(), change.into_inner());
    let medium = service::change(&state, staff.scope(), id, version, change, event).await?;
    Ok(versioned(HttpResponse::Ok(), &medium))
}

/// Deletes a medium that no article, video or screen shows. What is shown is kept: 409.
#[utoipa::path(
    tag = "media",
    params(
        ("id" = Uuid, Path, description = "Id of the medium"),
        ("If-Match" = String, Header, description = "The version that is deleted")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Deleted"), ProblemResponses)
)]
#[delete("/media/{id}")]
pub(super) async fn delete_media(
    staff: Permitted<UploadMedia>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    let event = AuditEvent::new(Action::MediaDeleted, Actor::Staff(staff.staff_id)).by_request(&request);
    service::delete(&state, staff.scope(), id.into_inner(), version, event).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn personal(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-store"));
    response
}

fn versioned(mut response: HttpResponseBuilder, medium: &Media) -> HttpResponse {
    response.insert_header((header::ETAG, entity_tag(medium.version)));
    personal(response).json(medium)
}
