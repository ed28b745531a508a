//! Places are made, changed and taken off the map at their own addresses: OGC API Features Part 4 (20-002).
//!
//! What a member of staff may publish is on the map before the answer leaves. What others have to agree to waits
//! as a draft: 202 with its address.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{StatusCode, header::HeaderMap};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, options, patch, post, put};
use serde_json::Value;

use super::answer::ResourceRequest;
use super::dto::{OgcFeature, QueuedChange};
use super::features::{self, Layer};
use super::given_system::{given_system, to_stored};
use super::negotiation::ResourceKind;
use super::responses::{ChangeAnswers, NoSuchResource};
use super::seen::Seen;
use crate::error::{ApiError, ApiResult};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::EditMap;
use crate::map::edit;
use crate::map::editing::body;
use crate::map::editing::changes::{self, Done};
use crate::map::editing::content::Known;
use crate::map::editing::editor::Editor;
use crate::map::published::MapState;
use crate::state::AppState;

/// RFC 7396.
const MERGE_PATCH: &str = "application/merge-patch+json";
const GEO_JSON: &str = "application/geo+json";
const FEATURES: [&str; 2] = [GEO_JSON, "application/json"];

/// Adds a place to a layer. The server gives it its number.
///
/// Properties are those that reading a place shows; `name` is needed, and `region_code` unless the caller works
/// in one street or community only.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("Content-Crs" = Option<String>, Header, description = "Coordinate reference system of the positions"),
    ),
    request_body(content((Object = "application/geo+json"), (Object = "application/json"))),
    security(("access_token" = [])),
    responses(
        (status = 201, description = "The place is on the map", content_type = "application/geo+json",
            body = OgcFeature, headers(
                ("Location" = String, description = "Address of the place"),
                ("ETag" = String, description = "Tag of the place, for `If-Match`"),
            )),
        (status = 202, description = "Others have to agree", body = QueuedChange,
            headers(("Location" = String, description = "Address of the draft"))),
        ChangeAnswers,
        NoSuchResource,
    )
)]
#[post("/collections/{collectionId}/items")]
pub(super) async fn create_item(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    path: Path<String>,
    state: Data<AppState>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    Layer::find(&state.map.current(), &path)?;
    let feature = feature_in(&state.map.current(), request.headers(), &body, &FEATURES)?;
    let editor = Editor::new(&caller, &request, &state);
    let done = changes::create(&state, editor, &path, &feature).await?;
    answer(&request, &state, &path, done, StatusCode::CREATED)
}

/// Puts new content in the place of what a place says. What was read and is sent back as it came changes nothing.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
        ("If-Match" = String, Header, description = "Tag of the place that was read; `*` for whatever it is now"),
        ("Content-Crs" = Option<String>, Header, description = "Coordinate reference system of the positions"),
    ),
    request_body(content((Object = "application/geo+json"), (Object = "application/json"))),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The place as it is now", content_type = "application/geo+json",
            body = OgcFeature, headers(("ETag" = String, description = "Tag of the place, for `If-Match`"))),
        (status = 202, description = "Others have to agree", body = QueuedChange,
            headers(("Location" = String, description = "Address of the draft"))),
        ChangeAnswers,
        NoSuchResource,
    )
)]
#[put("/collections/{collectionId}/items/{featureId}")]
pub(super) async fn replace_item(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<AppState>,
    seen: Seen,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let (layer, id) = path.into_inner();
    let editor = Editor::new(&caller, &request, &state);
    let known = known(&state, &editor, &layer, &id, &seen).await?;
    let feature = feature_in(&state.map.current(), request.headers(), &body, &FEATURES)?;
    require_same_id(&feature, &id)?;
    let done = changes::replace(&state, editor, known, &feature).await?;
    answer(&request, &state, &layer, done, StatusCode::OK)
}

/// Changes some of what a place says (RFC 7396): what is left out stays, `null` removes.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
        ("If-Match" = String, Header, description = "Tag of the place that was read; `*` for whatever it is now"),
        ("Content-Crs" = Option<String>, Header, description = "Coordinate reference system of the positions"),
    ),
    request_body(content((Object = "application/merge-patch+json"))),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The place as it is now", content_type = "application/geo+json",
            body = OgcFeature, headers(("ETag" = String, description = "Tag of the place, for `If-Match`"))),
        (status = 202, description = "Others have to agree", body = QueuedChange,
            headers(("Location" = String, description = "Address of the draft"))),
        ChangeAnswers,
        NoSuchResource,
    )
)]
#[patch("/collections/{collectionId}/items/{featureId}")]
pub(super) async fn update_item(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<AppState>,
    seen: Seen,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let (layer, id) = path.into_inner();
    let editor = Editor::new(&caller, &request, &state);
    let known = known(&state, &editor, &layer, &id, &seen).await?;
    let patch = feature_in(&state.map.current(), request.headers(), &body, &[MERGE_PATCH])?;
    require_same_id(&patch, &id)?;
    let mut feature = known.place.as_feature(Some(known.id()));
    body::merge(&mut feature, &patch);
    let done = changes::replace(&state, editor, known, &feature).await?;
    answer(&request, &state, &layer, done, StatusCode::OK)
}

/// Takes a place off the map. Its history stays, and it can be put back from there.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
        ("If-Match" = String, Header, description = "Tag of the place that was read; `*` for whatever it is now"),
    ),
    security(("access_token" = [])),
    responses(
        (status = 204, description = "The place is no longer on the map"),
        (status = 202, description = "Others have to agree", body = QueuedChange,
            headers(("Location" = String, description = "Address of the draft"))),
        ChangeAnswers,
        NoSuchResource,
    )
)]
#[delete("/collections/{collectionId}/items/{featureId}")]
pub(super) async fn delete_item(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<AppState>,
    seen: Seen,
) -> ApiResult<HttpResponse> {
    let (layer, id) = path.into_inner();
    let editor = Editor::new(&caller, &request, &state);
    let known = known(&state, &editor, &layer, &id, &seen).await?;
    match changes::retire(&state, editor, known).await? {
        Done::Queued(draft_id) => Ok(queued(draft_id, WAITS_TO_GO)),
        done => answer(&request, &state, &layer, done, StatusCode::NO_CONTENT),
    }
}

/// Tells what the caller may do with the places of a layer.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer")),
    security((), ("access_token" = [])),
    responses(
        (status = 204, description = "What the caller may do",
            headers(("Allow" = String, description = "Methods that the caller may use"))),
        NoSuchResource,
        ChangeAnswers,
    )
)]
#[options("/collections/{collectionId}/items")]
pub(super) async fn items_options(
    caller: Result<Permitted<EditMap>, ApiError>,
    path: Path<String>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    Layer::find(&state.map.current(), &path)?;
    Ok(allowed(if caller.is_ok() { "GET, HEAD, POST, OPTIONS" } else { READ_ONLY }))
}

/// Tells what the caller may do with a place.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
    ),
    security((), ("access_token" = [])),
    responses(
        (status = 204, description = "What the caller may do",
            headers(("Allow" = String, description = "Methods that the caller may use"))),
        NoSuchResource,
        ChangeAnswers,
    )
)]
#[options("/collections/{collectionId}/items/{featureId}")]
pub(super) async fn item_options(
    caller: Result<Permitted<EditMap>, ApiError>,
    path: Path<(String, String)>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (layer, id) = path.into_inner();
    let id = published(&state.map.current(), &layer, &id)?;
    let Ok(caller) = caller else {
        return Ok(allowed(READ_ONLY));
    };
    let known = Known::find(state.database.reader(), id).await?;
    let theirs = known.is_some_and(|known| caller.scope().covers(&known.place.content.region_code));
    Ok(allowed(if theirs { "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" } else { READ_ONLY }))
}

const READ_ONLY: &str = "GET, HEAD, OPTIONS";

fn allowed(methods: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer
        .insert_header((header::ALLOW, methods))
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((header::VARY, "Authorization"));
    if methods.contains("PATCH") {
        answer.insert_header(("Accept-Patch", MERGE_PATCH));
    }
    answer.finish()
}

/// The number of a place that is on the map, or 404.
fn published(map: &MapState, layer: &str, id: &str) -> ApiResult<i32> {
    let feature = Layer::find(map, layer)?.feature(map, id)?;
    i32::try_from(feature.id()).map_err(|_too_large| edit::no_such_feature())
}

/// The place as the database holds it, for an editor of its region who saw it as it is.
///
/// What is not on the map is in no version, so `If-Match` names none, not even with `*` (RFC 9110, section 13.1.1).
async fn known(state: &AppState, editor: &Editor, layer: &str, id: &str, seen: &Seen) -> ApiResult<Known> {
    const GONE: ApiError = ApiError::PreconditionFailed { version: 0, changed_by: None };
    let map = Arc::clone(&state.map.current());
    Layer::find(&map, layer)?;
    let id = published(&map, layer, id).map_err(|_no_such_place| GONE)?;
    let reader = state.database.reader();
    let known = Known::find(reader, id).await?.filter(Known::is_published).ok_or(GONE)?;
    editor.require(&known.place.content.region_code)?;
    if seen.matches(known.version()) {
        return Ok(known);
    }
    Err(edit::stale(reader, known.version(), known.revision.changed_by).await?)
}

/// What whoever changed a place is told, once others have to agree.
const WAITS_TO_APPEAR: &str = "已送审，审核通过后会出现在地图上。";
const WAITS_TO_GO: &str = "已送审，审核通过后会从地图上撤下。";

/// The feature in a body of one of these types.
fn feature_in(map: &MapState, headers: &HeaderMap, bytes: &[u8], accepted: &[&str]) -> ApiResult<Value> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    if !accepted.iter().any(|accepted| accepted.eq_ignore_ascii_case(media_type)) {
        return Err(ApiError::UnsupportedMediaType {
            detail: format!("请用 Content-Type: {} 发送内容。", accepted.join(" 或 ")),
        });
    }
    let system = given_system(headers, map)?;
    let mut feature = body::parse(bytes)?;
    to_stored(&mut feature, system)?;
    Ok(feature)
}

fn require_same_id(feature: &Value, id: &str) -> ApiResult<()> {
    match body::id_of(feature) {
        Some(given) if given != id => Err(crate::http::field_errors::wrong(
            "/id",
            "another_id",
            format!("这里的编号应是 {id}；编号不能改，请检查是否发到了别的地点。"),
        )),
        _ => Ok(()),
    }
}

/// What became of a change: the place as it is now, or the address of the draft.
fn answer(
    request: &HttpRequest,
    state: &AppState,
    layer: &str,
    done: Done,
    status: StatusCode,
) -> ApiResult<HttpResponse> {
    let (id, status) = match done {
        Done::Published(id) => (id, status),
        Done::Unchanged(id) => (id, StatusCode::OK),
        Done::Retired => return Ok(personal::nothing()),
        Done::Queued(draft_id) => return Ok(queued(draft_id, WAITS_TO_APPEAR)),
    };
    let map = Arc::clone(&state.map.current());
    let asked = ResourceRequest::json(request, state, ResourceKind::Features);
    let found = Layer::find(&map, layer)?;
    // Somebody else may have taken it off again, in the moment since.
    let feature = found.feature(&map, &id.to_string())?;
    let mut answer = features::written(&asked, found, feature)?;
    *answer.status_mut() = status;
    if status == StatusCode::CREATED {
        let address = asked.url().item(layer, feature.id());
        if let Ok(address) = HeaderValue::from_str(&address) {
            answer.headers_mut().insert(header::LOCATION, address);
        }
    }
    Ok(answer)
}

fn queued(draft_id: i32, message: &str) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((header::LOCATION, format!("/api/v1/map/drafts/{draft_id}")))
        .json(QueuedChange { draft_id, message: message.to_owned() })
}
