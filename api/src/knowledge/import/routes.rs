use actix_web::http::header;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use uuid::Uuid;

use super::dto::{ImportForm, ImportParameters, ImportedArticle};
use super::service::{self, Came, Importer};
use super::{LONGEST_IMPORT, source};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::personal::NO_STORE;
use crate::http::upload::Upload;
use crate::identity::caller::Permitted;
use crate::identity::permission::{EditArticles, ReadDrafts};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Reads an article from a page of 公众号, 秀米 or 135, a `.docx` document, or Markdown.
///
/// Text, headings, lists, tables and pictures are kept; pictures are fetched from the hosts of those editors and
/// kept here. The report tells what was made simpler and what was left out. What came is kept as it was.
#[utoipa::path(
    tag = "knowledge",
    params(ImportParameters),
    request_body(content(
        (String = "text/html"), (String = "text/markdown"),
        (Vec<u8> = "application/octet-stream"), (ImportForm = "multipart/form-data")
    )),
    security(("access_token" = [])),
    responses((status = 200, body = ImportedArticle), ProblemResponses)
)]
#[post("/articles/import")]
pub(super) async fn import_article(
    staff: Permitted<EditArticles>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ImportParameters>,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    let region_code = service::region(staff.scope(), parameters.region.as_deref())?;
    let mut upload = Upload::open(&request, payload, source::MOST_BYTES, LONGEST_IMPORT).await?;
    let content_type = upload.content_type();
    if content_type == "application/json" || content_type.ends_with("+json") {
        upload.drain().await;
        let detail = "导入要上传文件，或者直接发送网页、Markdown 内容，不能用 JSON。".to_owned();
        return Err(ApiError::UnsupportedMediaType { detail });
    }
    let bytes = match upload.whole(Vec::new()).await {
        Ok(bytes) => bytes,
        Err(error) => {
            upload.drain().await;
            return Err(error);
        }
    };
    let came = Came { content_type, file_name: upload.file_name().map(str::to_owned), bytes };
    let event = |action| AuditEvent::new(action, Actor::Staff(staff.staff_id)).by_request(&request);
    let importer = Importer {
        staff_id: staff.staff_id,
        region_code,
        event: event(Action::ArticleImported),
        picture_event: event(Action::MediaUploaded),
    };
    let imported = service::import(&state, came, importer).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(imported))
}

/// Gives what an article was imported from, byte for byte, so that it can be compared with what became of it.
#[utoipa::path(
    tag = "knowledge",
    params(("id" = Uuid, Path, description = "`source_id` of the import")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        ProblemResponses
    )
)]
#[get("/article-sources/{id}")]
pub(super) async fn get_article_source(
    staff: Permitted<ReadDrafts>,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let kept = service::kept(&state, staff.scope(), id.into_inner()).await?;
    // Whatever came may be a page with programs: it is saved and never shown.
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", kept.name)))
        .body(kept.bytes))
}
