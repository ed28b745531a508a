//! Entity tags and answers to conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

/// A strong entity tag of one representation before compression; compression adds its own suffix.
///
/// It is written out only for an answer that carries it: a client that holds it is compared in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag {
    content_hash: u64,
    representation: &'static str,
    rest: Option<u64>,
}

/// Another version of the server may write other bytes.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What compression adds to a tag.
const COMPRESSED: [&str; 2] = ["-br", "-gzip"];

impl EntityTag {
    /// Tag of the content with this hash in this representation, such as `json` or `gcj02`. The
    /// version of the server is part of it.
    pub fn new(content_hash: u64, representation: &'static str) -> Self {
        Self { content_hash, representation, rest: None }
    }

    /// The tag of a representation that also depends on what has this hash.
    #[must_use]
    pub fn and(self, hash: u64) -> Self {
        Self { rest: Some(hash), ..self }
    }

    /// Tag of these bytes.
    pub fn of(bytes: &[u8], representation: &'static str) -> Self {
        Self::new(fingerprint(bytes), representation)
    }

    /// The header's value, quoted.
    pub fn header_value(&self) -> String {
        let Self { content_hash, representation, rest } = self;
        match rest {
            Some(rest) => format!("\"{content_hash:016x}-{representation}-{VERSION}-{rest:016x}\""),
            None => format!("\"{content_hash:016x}-{representation}-{VERSION}\""),
        }
    }

    /// The answer 304 where the client already holds this representation in any compression.
    pub fn not_modified(&self, request: &HttpRequest, cache_control: HeaderValue) -> Option<HttpResponse> {
        let held = self.held_by(request.headers())?;
        let mut answer = HttpResponse::new(StatusCode::NOT_MODIFIED);
        let headers = answer.headers_mut();
        headers.insert(header::ETAG, held);
        headers.insert(header::CACHE_CONTROL, cache_control);
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        Some(answer)
    }

    /// The tag as the client named it.
    fn held_by(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get_all(header::IF_NONE_MATCH).find_map(|value| {
            let list = value.to_str().ok()?;
            let held = list.split(',').map(str::trim).find(|candidate| self.matches(candidate))?;
            match held.strip_prefix("W/").unwrap_or(held) {
                "*" => HeaderValue::from_str(&self.header_value()).ok(),
                // The usual case: one tag, of which no copy is needed.
                tag if tag.len() == value.len() => Some(value.clone()),
                tag => HeaderValue::from_str(tag).ok(),
            }
        })
    }

    /// Weak comparison, as `If-None-Match` asks for.
    fn matches(&self, candidate: &str) -> bool {
        let tag = candidate.strip_prefix("W/").unwrap_or(candidate);
        let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let suffix = inner.and_then(|inner| self.stripped_from(inner));
        candidate == "*" || suffix.is_some_and(|suffix| suffix.is_empty() || COMPRESSED.contains(&suffix))
    }

    /// What follows this tag where a text begins with it.
    fn stripped_from<'t>(&self, text: &'t str) -> Option<&'t str> {
        let text = hex_stripped(text, self.content_hash)?.strip_prefix('-')?;
        let text = text.strip_prefix(self.representation)?.strip_prefix('-')?.strip_prefix(VERSION)?;
        match self.rest {
            Some(rest) => hex_stripped(text.strip_prefix('-')?, rest),
            None => Some(text),
        }
    }
}

/// Whether a tag stands for the content, whatever its bytes (RFC 9110, section 8.8.1).
pub fn is_weak(tag: &str) -> bool {
    tag.starts_with("W/")
}

/// What follows a number of sixteen hexadecimal digits where a text begins with it.
fn hex_stripped(text: &str, number: u64) -> Option<&str> {
    let (digits, rest) = text.split_at_checked(16)?;
    let lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (lower && u64::from_str_radix(digits, 16) == Ok(number)).then_some(rest)
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

    fn held(tag: &EntityTag, if_none_match: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(if_none_match).unwrap());
        tag.held_by(&headers).map(|held| held.to_str().unwrap().to_owned())
    }

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
        assert!(plain.starts_with("\"00000000000000ab-json-"), "{plain}");
        let brotli = plain.trim_end_matches('"').to_owned() + "-br\"";
        assert_eq!(held(&tag, &plain), Some(plain.clone()));
        assert_eq!(held(&tag, &format!("W/{plain}")), Some(plain.clone()));
        assert_eq!(held(&tag, &brotli), Some(brotli.clone()));
        assert_eq!(held(&tag, &format!("\"other\", {brotli}")), Some(brotli));
        assert_eq!(held(&tag, "*"), Some(plain));
    }

    #[test]
    fn a_tag_does_not_match_other_content_or_another_representation() {
        let tag = EntityTag::new(0xAB, "json");
        for other in
            [EntityTag::new(0xAC, "json"), EntityTag::new(0xAB, "html"), EntityTag::new(0xAB, "json").and(7)]
        {
            assert_eq!(held(&tag, &other.header_value()), None);
            assert_eq!(held(&other, &tag.header_value()), None);
        }
        assert_eq!(held(&tag, "unquoted"), None);
    }
}
