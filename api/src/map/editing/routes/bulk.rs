use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, post};

use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::http::upload::Upload;
use crate::identity::caller::Permitted;
use crate::identity::permission::EditMap;
use crate::map::editing::LONGEST_BULK_EDIT;
use crate::map::editing::bulk;
use crate::map::editing::dto::{BulkParameters, BulkPlan};
use crate::map::editing::editor::Editor;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Plans, or makes, many changes at once: what was exported, edited and sent back.
///
/// `GeoJSON`, a `GeoJSON` sequence, a `GeoPackage` (the layer that `layer` names, if there are several) or an exported CSV
/// table; the content tells which. At most 32 MB and 20,000 places. Features without `id` are new; `version` says what a known one was made on.
/// With `apply=true` all of it is written in one transaction; what is wrong or in conflict keeps the whole file
/// from being written, with 422 and every fault. What was exported and sent back unchanged changes nothing.
#[utoipa::path(
    tag = "map-editing",
    params(BulkParameters),
    request_body(content(
        (Object = "application/geo+json"),
        (String = "application/geo+json-seq"),
        (Vec<u8> = "application/geopackage+sqlite3"),
        (String = "text/csv"),
        (Vec<u8> = "application/octet-stream"),
    )),
    security(("access_token" = [])),
    responses((status = 200, body = BulkPlan), ProblemResponses)
)]
#[post("/bulk-edits")]
pub(in crate::map::editing) async fn edit_many_places(
    caller: Permitted<EditMap>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<BulkParameters>,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    let apply = match given(parameters.apply.as_deref()) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(wrong("apply", "请填写 true 或 false。")),
    };
    let mut upload = Upload::open(&request, payload, bulk::MOST_BYTES, LONGEST_BULK_EDIT).await?;
    let file = match upload.whole(Vec::new()).await {
        Ok(file) => file,
        Err(error) => {
            upload.drain().await;
            return Err(error);
        }
    };
    let editor = Editor::new(&caller, &request, &state);
    let layer = given(parameters.layer.as_deref());
    Ok(personal::json(StatusCode::OK, &bulk::run(&state, editor, &file, layer, apply).await?))
}
