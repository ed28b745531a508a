//! What FHIR says about HTTP: media types, entity tags, conditions (R4, section 3.1.0).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::resource::Meta;
use crate::error::{ApiError, ApiResult};
use crate::http::accept::wishes;
use crate::http::parameters::given;
use crate::http::personal::NO_STORE;

/// JSON as FHIR writes it.
pub(super) const MEDIA_TYPE: &str = "application/fhir+json";

/// Refuses a client that wants another form than JSON.
pub(super) fn must_take_json(request: &HttpRequest, format: Option<&str>) -> ApiResult<()> {
    let only_json = || ApiError::NotAcceptable {
        detail: "FHIR 接口只提供 JSON，请用 Accept: application/fhir+json 或 _format=json。".into(),
    };
    match given(format) {
        Some("json" | "application/json" | "application/fhir+json" | "application/fhir json") => Ok(()),
        Some(_) => Err(only_json()),
        None => match wishes(request.headers(), [&[MEDIA_TYPE, "application/json"]]) {
            Some([None]) => Err(only_json()),
            _ => Ok(()),
        },
    }
}

/// Refuses a body that is not JSON.
pub(super) fn must_send_json(request: &HttpRequest) -> ApiResult<()> {
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = sent.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(MEDIA_TYPE) || essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::UnsupportedMediaType {
        detail: "请用 Content-Type: application/fhir+json 发送内容。".into(),
    })
}

/// An answer that nobody on the way may keep.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    let written = serde_json::to_vec(body);
    match written {
        Ok(bytes) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
            .insert_header((header::CACHE_CONTROL, NO_STORE))
            .body(bytes),
        Err(error) => HttpResponse::from_error(ApiError::Internal(error.into())),
    }
}

/// The weak entity tag of a version.
pub(super) fn weak_tag(version: &str) -> String {
    format!("W/\"{version}\"")
}

/// One resource with its version; `If-None-Match` and `If-Match` are heeded.
///
/// # Errors
/// 412 where `If-Match` names other versions only.
pub(super) fn versioned(
    request: &HttpRequest,
    meta: &Meta,
    body: &impl Serialize,
) -> ApiResult<HttpResponse> {
    let names = |name: header::HeaderName| names_version(request.headers(), &name, &meta.version_id);
    if names(header::IF_MATCH) == Some(false) {
        let version = meta.version_id.parse().unwrap_or_default();
        return Err(ApiError::PreconditionFailed { version, changed_by: None });
    }
    let mut told = match names(header::IF_NONE_MATCH) {
        Some(true) => {
            let mut answer = HttpResponse::new(StatusCode::NOT_MODIFIED);
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
            answer
        }
        _ => answer(StatusCode::OK, body),
    };
    let headers = told.headers_mut();
    for (name, value) in
        [(header::ETAG, weak_tag(&meta.version_id)), (header::LAST_MODIFIED, http_date(meta.last_updated))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(told)
}

fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Whether a header names this version, weakly; `None` without the header.
fn names_version(headers: &HeaderMap, name: &header::HeaderName, version: &str) -> Option<bool> {
    let mut values = headers.get_all(name).peekable();
    values.peek()?;
    let mut tags = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    Some(tags.any(|tag| {
        let tag = tag.trim();
        let inner = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        // On the way back a tag may carry what compression added to it.
        tag == "*" || inner.trim_end_matches("-br").trim_end_matches("-gzip") == version
    }))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_version_is_named_weakly_or_strongly() {
        for (value, named) in [
            ("W/\"2\"", true),
            ("\"2\"", true),
            ("W/\"1\", W/\"2-br\"", true),
            ("*", true),
            ("W/\"21\"", false),
        ] {
            let request = TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request();
            assert_eq!(names_version(request.headers(), &header::IF_MATCH, "2"), Some(named), "{value}");
        }
        let request = TestRequest::default().to_http_request();
        assert_eq!(names_version(request.headers(), &header::IF_MATCH, "2"), None);
    }

    #[test]
    fn only_json_is_given() {
        let takes = |accept: Option<&str>, format| {
            let mut request = TestRequest::default();
            if let Some(accept) = accept {
                request = request.insert_header((header::ACCEPT, accept));
            }
            must_take_json(&request.to_http_request(), format).is_ok()
        };
        assert!(takes(None, None) && takes(Some("*/*"), None) && takes(Some("application/fhir+json"), None));
        assert!(takes(Some("application/fhir+xml, application/json;q=0.5"), None));
        assert!(!takes(Some("application/fhir+xml"), None) && !takes(None, Some("xml")));
        assert!(takes(Some("application/fhir+xml"), Some("json")));
    }
}
