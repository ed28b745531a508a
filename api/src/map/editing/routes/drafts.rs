use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};

use super::draft;
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditMap, ReadMapDrafts, ReviewMap};
use crate::map::editing::dto::{
    MapDraftDetail, MapDraftList, MapDraftsParameters, MapReturnReason, NewMapDraft, SavedMapDraft,
};
use crate::map::editing::editor::Editor;
use crate::map::editing::{draft_views, drafts, review, stored_drafts};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

fn answer(status: StatusCode, detail: &MapDraftDetail) -> HttpResponse {
    personal::versioned(status, detail.summary.version, detail)
}

/// Lists the changes of the map that wait, of the caller's regions, the newest first.
#[utoipa::path(
    tag = "map-editing",
    params(MapDraftsParameters),
    security(("access_token" = [])),
    responses((status = 200, body = MapDraftList), ProblemResponses)
)]
#[get("/drafts")]
pub(in crate::map::editing) async fn list_map_drafts(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<MapDraftsParameters>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(personal::json(StatusCode::OK, &draft_views::list(&state, &editor, &parameters).await?))
}

/// Begins a change of a place, or a new place, beside what is live.
#[utoipa::path(
    tag = "map-editing",
    request_body = NewMapDraft,
    security(("access_token" = [])),
    responses(
        (status = 201, body = MapDraftDetail, headers(
            ("Location" = String, description = "Address of the draft"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/drafts")]
pub(in crate::map::editing) async fn create_map_draft(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewMapDraft>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let detail = drafts::create(&state, editor, body.into_inner()).await?;
    Ok(created(&detail))
}

/// A draft that was just begun, with its address.
pub(super) fn created(detail: &MapDraftDetail) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((header::LOCATION, format!("/api/v1/map/drafts/{}", detail.summary.id)))
        .insert_header((header::ETAG, format!("\"{}\"", detail.summary.version)))
        .json(detail)
}

/// Shows a draft beside what is live.
#[utoipa::path(
    tag = "map-editing",
    params(("id" = i32, Path, description = "Number of the draft")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/drafts/{id}")]
pub(in crate::map::editing) async fn get_map_draft(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let reader = state.database.reader();
    let found = stored_drafts::find(reader, &editor, draft(&id)?).await?;
    Ok(answer(StatusCode::OK, &draft_views::detail(reader, found).await?))
}

/// Saves a draft.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    request_body = SavedMapDraft,
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/drafts/{id}")]
pub(in crate::map::editing) async fn save_map_draft(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<SavedMapDraft>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let detail = drafts::save(&state, editor, draft(&id)?, seen, body.into_inner()).await?;
    Ok(answer(StatusCode::OK, &detail))
}

/// Gives a draft up.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Given up"), ProblemResponses)
)]
#[delete("/drafts/{id}")]
pub(in crate::map::editing) async fn discard_map_draft(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    drafts::discard(&state, editor, draft(&id)?, seen).await?;
    Ok(personal::nothing())
}

/// Hands a draft in for review. Where nobody else has to agree, it is on the map at once.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/drafts/{id}/submit")]
pub(in crate::map::editing) async fn submit_map_draft(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(answer(StatusCode::OK, &drafts::submit(&state, editor, draft(&id)?, seen).await?))
}

/// Takes back what was handed in, to write on.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/drafts/{id}/recall")]
pub(in crate::map::editing) async fn recall_map_draft(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(answer(StatusCode::OK, &drafts::recall(&state, editor, draft(&id)?, seen).await?))
}

/// Agrees to a draft. With the last one who has to agree, it is on the map.
///
/// Nobody reviews what they wrote or handed in, and each step is another person's.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/drafts/{id}/approve")]
pub(in crate::map::editing) async fn approve_map_draft(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(answer(StatusCode::OK, &review::approve(&state, editor, draft(&id)?, seen).await?))
}

/// Returns a draft to its author with a reason.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("id" = i32, Path, description = "Number of the draft"),
        ("If-Match" = String, Header, description = "Version of the draft that was seen")
    ),
    request_body = MapReturnReason,
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapDraftDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/drafts/{id}/return")]
pub(in crate::map::editing) async fn return_map_draft(
    caller: Permitted<ReviewMap>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    seen: IfMatch,
    body: Json<MapReturnReason>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let detail = review::return_it(&state, editor, draft(&id)?, seen, &body.reason).await?;
    Ok(answer(StatusCode::OK, &detail))
}
