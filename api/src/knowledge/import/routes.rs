use actix_web::http::header;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, post};

use super::dto::{ImportForm, ImportParameters, ImportedArticle};
use super::service::{self, Came, Importer};
use super::{LONGEST_IMPORT, source};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::http::upload::Upload;
use crate::identity::caller::Permitted;
use crate::identity::permission::EditArticles;
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
    let bytes = match upload.whole(Vec::new()).await {
        Ok(bytes) => bytes,
        Err(error) => {
            upload.drain().await;
            return Err(error);
        }
    };
    let came =
        Came { content_type: upload.content_type(), file_name: upload.file_name().map(str::to_owned), bytes };
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
