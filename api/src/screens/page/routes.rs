use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::PlayerParameters;
use super::files::{PlayerFile, file};
use crate::error::{ApiError, ApiResult};
use crate::http::etag::EntityTag;
use crate::openapi::ProblemResponses;

/// The player may load itself, and files of this server that it has looked at; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                      media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The player page for a screen: open it in a browser in kiosk mode.
#[utoipa::path(
    tag = "screens",
    params(PlayerParameters),
    responses((status = 200, body = String, content_type = "text/html"), ProblemResponses)
)]
#[get("/screen")]
pub(super) async fn get_player(
    request: HttpRequest,
    _parameters: Query<PlayerParameters>,
) -> ApiResult<HttpResponse> {
    served(&request, file(""))
}

/// A file of the player page.
#[utoipa::path(
    tag = "screens",
    params(("file" = String, Path, description = "Name of the file")),
    responses(
        (status = 200, content(
            (String = "text/javascript"),
            (String = "text/css")
        )),
        (status = 304, description = "The browser holds it"),
        ProblemResponses
    )
)]
#[get("/screen/{file}")]
pub(super) async fn get_player_file(request: HttpRequest, name: Path<String>) -> ApiResult<HttpResponse> {
    served(&request, Some(name.as_str()).filter(|name| !name.is_empty()).and_then(file))
}

fn served(request: &HttpRequest, file: Option<&'static PlayerFile>) -> ApiResult<HttpResponse> {
    const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
    let file = file.ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有找到这个地址，请检查网址是否完整。".into(),
    })?;
    let tag = EntityTag::of(file.text.as_bytes(), "player");
    let mut answer = tag.not_modified(request, REVALIDATE).unwrap_or_else(|| {
        HttpResponse::Ok()
            .content_type(file.media_type)
            .insert_header((header::ETAG, tag.header_value()))
            .insert_header((header::CACHE_CONTROL, REVALIDATE))
            .body(file.text.as_str())
    });
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if file.name == "worker.js" {
        // The worker lies below the page that it shall serve.
        headers.insert(
            header::HeaderName::from_static("service-worker-allowed"),
            HeaderValue::from_static("/screen"),
        );
    }
    Ok(answer)
}
