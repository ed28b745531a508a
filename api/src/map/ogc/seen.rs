//! Which version of a place an edit was made on (OGC API Features Part 4, requirements class
//! `optimistic-locking-etags`).
//!
//! The tag of a place is strong, for caches: it tells representations and encodings apart. Its last part is the
//! version of the place, and only that counts for an edit. So whoever read the place as JSON, as a page, or
//! compressed, sends back the tag as it came.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::error::{ApiError, ApiResult};

/// What the header `If-Match` names. 428 without it, 400 when it is no entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::map) enum Seen {
    /// `*`: whatever the version.
    Any,
    /// One of these; none where the tags are of something else.
    Versions(Vec<i32>),
}

impl Seen {
    /// Whether the edit may be made on this version.
    pub(in crate::map) fn matches(&self, version: i32) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut versions = Vec::new();
        for tag in text.split(',') {
            let tag = tag.trim();
            let inner = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
            versions.extend(version(inner));
        }
        Some(Self::Versions(versions))
    }
}

/// The version in a tag of a place, or in the tag that a problem with the status 412 carries.
fn version(tag: &str) -> Option<i32> {
    let tag = tag.strip_suffix("-br").or_else(|| tag.strip_suffix("-gzip")).unwrap_or(tag);
    let Some((_, last)) = tag.rsplit_once('-') else {
        return tag.parse().ok();
    };
    (last.len() == 16).then(|| i64::from_str_radix(last, 16).ok()).flatten()?.try_into().ok()
}

impl FromRequest for Seen {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(header::IF_MATCH);
        ready(match value.map(|value| value.to_str().ok().and_then(Self::read)) {
            None => Err(ApiError::PreconditionRequired),
            Some(None) => Err(ApiError::BadRequest {
                code: "bad_if_match",
                detail: "If-Match 不正确，请原样使用读取地点时得到的 ETag。".into(),
                parameter: None,
            }),
            Some(Some(seen)) => Ok(seen),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::etag::EntityTag;

    #[test]
    fn the_version_is_read_from_every_representation() {
        for representation in ["json", "html"] {
            let tag = EntityTag::new(0xAB, representation).and(7).header_value();
            let compressed = tag.replace('"', "");
            for sent in [tag, format!("\"{compressed}-br\""), format!("W/\"{compressed}-gzip\"")] {
                assert_eq!(Seen::read(&sent), Some(Seen::Versions(vec![7])), "{sent}");
            }
        }
        assert_eq!(Seen::read("\"7\", \"8\""), Some(Seen::Versions(vec![7, 8])));
        assert_eq!(Seen::read(" * "), Some(Seen::Any));
    }

    #[test]
    fn what_is_of_something_else_matches_nothing() {
        let of_a_list = EntityTag::new(1, "json").and(u64::MAX).header_value();
        for sent in [of_a_list.as_str(), "\"\"", "\"x\"", "\"-\"", "\"99999999999\""] {
            assert!(!Seen::read(sent).unwrap().matches(7), "{sent}");
        }
        for sent in ["7", "\"7", "", "\"7\",", "W/7"] {
            assert_eq!(Seen::read(sent), None, "{sent}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read(text in "[ -~]{0,60}") {
            let _ = Seen::read(&text);
        }

        #[test]
        fn every_version_comes_back(version in 1_i32..) {
            let tag = EntityTag::new(3, "json").and(version.unsigned_abs().into()).header_value();
            prop_assert!(Seen::read(&tag).unwrap().matches(version));
        }
    }
}
