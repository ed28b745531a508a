//! The version that an edit is made on (RFC 9110, section 13.1.1).

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::error::{ApiError, ApiResult};

/// The version that `If-Match` names.
///
/// # Errors
/// 428 without the header, 400 when it names no version.
pub fn version(request: &HttpRequest) -> ApiResult<i32> {
    let value = request.headers().get(header::IF_MATCH).ok_or(ApiError::PreconditionRequired)?;
    let text = value.to_str().unwrap_or_default().trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok()).ok_or_else(
        || ApiError::BadRequest {
            code: "bad_if_match",
            detail: "If-Match 不正确，请原样使用读取时得到的 ETag，例如 \"3\"。".into(),
            parameter: None,
        },
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(value: &'static str) -> ApiResult<i32> {
        version(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request())
    }

    #[test]
    fn the_version_is_read_and_nothing_else() {
        assert_eq!(read("\"3\"").unwrap(), 3);
        for wrong in ["3", "*", "\"\"", "\"3", "W/\"3\"", "\"3\", \"4\"", "\"x\""] {
            assert_eq!(read(wrong).unwrap_err().code(), "bad_if_match", "{wrong}");
        }
        let missing = version(&TestRequest::default().to_http_request()).unwrap_err();
        assert_eq!(missing.code(), "version_required");
    }
}
