//! Entity tags and answers to conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

/// Room for a tag with one more hash.
const USUAL_LENGTH: usize = 64;

/// A strong entity tag of one representation before compression; compression adds its own suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// Tag of the content with this hash in this representation, such as `json` or `gcj02`. The
    /// version of the server is part of it, since another version may write other bytes.
    pub fn new(content_hash: u64, representation: &str) -> Self {
        let mut tag = String::with_capacity(USUAL_LENGTH);
        push_hex(content_hash, &mut tag);
        for part in ["-", representation, "-", env!("CARGO_PKG_VERSION")] {
            tag.push_str(part);
        }
        Self(tag)
    }

    /// The tag of a representation that also depends on what has this hash.
    #[must_use]
    pub fn and(mut self, hash: u64) -> Self {
        self.0.push('-');
        push_hex(hash, &mut self.0);
        self
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
        let suffix = inner.and_then(|inner| inner.strip_prefix(self.0.as_str()));
        candidate == "*" || matches!(suffix, Some("" | "-br" | "-gzip"))
    }
}

/// Appends all sixteen digits; the general formatting costs several times as much.
fn push_hex(number: u64, text: &mut String) {
    let digits = (0..u64::BITS).step_by(4).rev().map(|shift| ((number >> shift) & 0xf) as u32);
    text.extend(digits.filter_map(|digit| char::from_digit(digit, 16)));
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
