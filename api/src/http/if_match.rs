//! Which version an edit was made on: the header `If-Match` (RFC 9110, section 13.1.1).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::error::{ApiError, ApiResult};

/// The version that the client saw. 428 without the header, 400 when it names no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(i32);

impl IfMatch {
    /// The version that the client saw, for an edit that compares it in the database.
    pub fn version(self) -> i32 {
        self.0
    }

    /// Refuses an edit of a version that is no longer the current one.
    ///
    /// # Errors
    /// 412 with the current version.
    pub fn require(self, version: i32) -> ApiResult<()> {
        if self.0 == version {
            return Ok(());
        }
        Err(ApiError::PreconditionFailed { version, changed_by: None })
    }
}

/// The version after a PUT that creates what is not there yet and otherwise edits it.
///
/// # Errors
/// 428 where it is there and no version was named; 412 where another was named, 0 for what is not there.
pub fn next_version(seen: Option<IfMatch>, known: Option<i32>) -> ApiResult<i32> {
    match (known, seen) {
        (None, None) => Ok(1),
        (None, Some(_)) => Err(ApiError::PreconditionFailed { version: 0, changed_by: None }),
        (Some(_), None) => Err(ApiError::PreconditionRequired),
        (Some(known), Some(seen)) => seen.require(known).map(|()| known + 1),
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(header::IF_MATCH);
        ready(match value.map(|value| value.to_str().ok().and_then(version)) {
            None => Err(ApiError::PreconditionRequired),
            Some(None) => Err(ApiError::BadRequest {
                code: "bad_if_match",
                detail: "If-Match 不正确，请原样使用读取时得到的 ETag，例如 \"3\"。".into(),
                parameter: None,
            }),
            Some(Some(version)) => Ok(Self(version)),
        })
    }
}

/// A strong tag of one version, as [`entity_tag`] writes it; compression may have added its suffix.
fn version(tag: &str) -> Option<i32> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    inner.trim_end_matches("-br").trim_end_matches("-gzip").parse().ok()
}

/// The entity tag of a version.
pub fn entity_tag(version: i32) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(request: TestRequest) -> ApiResult<IfMatch> {
        IfMatch::from_request(&request.to_http_request(), &mut Payload::None).into_inner()
    }

    #[test]
    fn a_version_is_read_as_it_was_written() {
        for (tag, seen) in [(entity_tag(7), 7), ("\"7-br\"".to_owned(), 7)] {
            let request = TestRequest::default().insert_header((header::IF_MATCH, tag));
            assert_eq!(read(request).unwrap(), IfMatch(seen));
        }
        assert!(IfMatch(7).require(7).is_ok());
        assert!(matches!(IfMatch(7).require(8), Err(ApiError::PreconditionFailed { version: 8, .. })));
    }

    #[test]
    fn what_names_no_version_is_refused() {
        assert_eq!(read(TestRequest::default()).unwrap_err().code(), "version_required");
        for tag in ["7", "*", "W/\"7\"", "\"\"", "\"7", "\"x\"", "\"7\", \"8\""] {
            let request = TestRequest::default().insert_header((header::IF_MATCH, tag));
            assert_eq!(read(request).unwrap_err().code(), "bad_if_match", "{tag}");
        }
    }
}
