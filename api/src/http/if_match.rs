//! Which version an edit was made on: the header `If-Match` (RFC 9110, section 13.1.1).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::error::{ApiError, ApiResult};

/// The version that the client saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(i32);

impl IfMatch {
    /// Refuses an edit of a version that is no longer the current one.
    ///
    /// # Errors
    /// 412 with the current version.
    pub fn require(self, version: i32) -> ApiResult<()> {
        if self.0 == version { Ok(()) } else { Err(ApiError::PreconditionFailed { version }) }
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        ready(value.and_then(version).map(Self).ok_or(ApiError::PreconditionRequired))
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
    use super::*;

    #[test]
    fn a_version_is_read_as_it_was_written() {
        assert_eq!(version(&entity_tag(7)), Some(7));
        assert_eq!(version("\"7-br\""), Some(7));
        for tag in ["7", "*", "W/\"7\"", "\"\"", "\"x\"", "\"7\", \"8\""] {
            assert_eq!(version(tag), None, "{tag}");
        }
        assert!(IfMatch(7).require(7).is_ok());
        assert!(matches!(IfMatch(7).require(8), Err(ApiError::PreconditionFailed { version: 8 })));
    }
}
