//! Entity tags and answers to conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};

/// A strong entity tag of one representation before compression; compression adds its own suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// Tag of the content with this hash in this representation, such as `json` or `gcj02`. The
    /// version of the server is part of it, since another version may write other bytes.
    pub fn new(content_hash: u64, representation: &str) -> Self {
        Self(format!("{content_hash:016x}-{representation}-{}", env!("CARGO_PKG_VERSION")))
    }

    /// Tag of these bytes.
    pub fn of(bytes: &[u8], representation: &str) -> Self {
        Self::new(fingerprint(bytes), representation)
    }

    /// The header's value, quoted.
    pub fn header_value(&self) -> String {
        format!("\"{}\"", self.0)
    }

    /// The answer 304 where the client already holds this representation in any compression.
    pub fn not_modified(&self, request: &HttpRequest, cache_control: &str) -> Option<HttpResponse> {
        let held = self.held_by(request.headers())?;
        Some(
            HttpResponse::NotModified()
                .insert_header((header::ETAG, held))
                .insert_header((header::CACHE_CONTROL, cache_control))
                .insert_header((header::VARY, "Accept, Accept-Encoding"))
                .finish(),
        )
    }

    fn held_by(&self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .find_map(|candidate| self.matches(candidate))
    }

    /// Weak comparison, as `If-None-Match` asks for.
    fn matches(&self, candidate: &str) -> Option<String> {
        if candidate == "*" {
            return Some(self.header_value());
        }
        let tag = candidate.strip_prefix("W/").unwrap_or(candidate);
        let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
        let suffix = inner.strip_prefix(self.0.as_str())?;
        matches!(suffix, "" | "-br" | "-gzip").then(|| tag.to_owned())
    }
}

/// FNV-1a (Fowler, Noll and Vo), 64 bits: equal on every replica, unlike the standard hasher.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_the_published_vectors() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_tag_matches_itself_in_any_compression_and_weakly() {
        let tag = EntityTag::new(0xAB, "json");
        let plain = tag.header_value();
        let brotli = plain.replace('"', "") + "-br";
        assert_eq!(tag.matches(&plain), Some(plain.clone()));
        assert_eq!(tag.matches(&format!("W/{plain}")), Some(plain.clone()));
        assert!(tag.matches(&format!("\"{brotli}\"")).is_some());
        assert_eq!(tag.matches("*"), Some(plain));
    }

    #[test]
    fn a_tag_does_not_match_other_content_or_another_representation() {
        let tag = EntityTag::new(0xAB, "json");
        assert_eq!(tag.matches(&EntityTag::new(0xAC, "json").header_value()), None);
        assert_eq!(tag.matches(&EntityTag::new(0xAB, "html").header_value()), None);
        assert_eq!(tag.matches("unquoted"), None);
    }
}
