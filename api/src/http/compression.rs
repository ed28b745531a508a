//! Compresses answers with brotli or gzip, whichever the client prefers.
//!
//! Our own, and not that of the HTTP server, because switching that one on would also make it
//! decompress request bodies without a bound. What everybody may read and has an entity tag is compressed once and
//! kept, so that a map view which many phones ask for costs its compression once. What one person reads is kept
//! nowhere, and its tag may count versions: two things then have the same.

use std::io::Write;
use std::sync::Arc;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpRequest, HttpResponse};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::etag::is_weak;

/// Below this a compressed body saves no packet.
const SMALLEST_BYTES: u64 = 1_024;
/// Memory for compressed answers.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// Quality with the best saving per time on GeoJSON: higher ones cost several times as much.
const BROTLI_QUALITY: u32 = 4;
const GZIP_LEVEL: u32 = 5;

/// Compressed answers by entity tag, encoding and address with host.
#[derive(Clone)]
pub struct CompressedAnswers(Arc<Cache<Key, Bytes, ByteWeight>>);

type Key = (String, Encoding, String);

#[derive(Clone)]
struct ByteWeight;

impl Weighter<Key, Bytes> for ByteWeight {
    fn weight(&self, key: &Key, value: &Bytes) -> u64 {
        (key.0.len() + key.2.len() + value.len()) as u64
    }
}

impl Default for CompressedAnswers {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(1_000, CACHE_BYTES, ByteWeight)))
    }
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Encoding {
    /// Its name in the headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The body, compressed.
    ///
    /// # Errors
    /// Never in practice: it is written into memory.
    pub fn compress(self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut writer = brotli::CompressorWriter::new(Vec::new(), 8 * 1024, BROTLI_QUALITY, 20);
                writer.write_all(body)?;
                writer.flush()?;
                Ok(writer.into_inner())
            }
            Self::Gzip => {
                let mut writer =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL));
                writer.write_all(body)?;
                writer.finish()
            }
        }
    }
}

/// Middleware: compresses what is worth it.
pub async fn compress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let encoding = preferred(request.headers());
    let answers = request.app_data::<web::Data<CompressedAnswers>>().cloned();
    let response = next.call(request).await?.map_into_boxed_body();
    if !worth_it(response.response()) {
        return Ok(response);
    }
    let (http_request, mut response) = response.into_parts();
    vary_by_encoding(response.headers_mut());
    let Some(encoding) = encoding else {
        return Ok(ServiceResponse::new(http_request, response));
    };
    let answers = answers.as_ref().map(web::Data::get_ref);
    let may_keep = http_request.method() == Method::GET && is_for_everybody(response.headers());
    let kept_at = answers.filter(|_| may_keep).map(|answers| (answers, address_of(&http_request)));
    let response = encode(response, encoding, kept_at);
    Ok(ServiceResponse::new(http_request, response))
}

/// Whether the answer itself says that anybody may be given it again.
fn is_for_everybody(headers: &HeaderMap) -> bool {
    let directives = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    directives.is_some_and(|directives| directives.split(',').any(|directive| directive.trim() == "public"))
}

/// With the host, because bodies may hold links that were written with it.
fn address_of(request: &HttpRequest) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("{host}{}", request.uri())
}

fn encode(
    response: HttpResponse,
    encoding: Encoding,
    kept_at: Option<(&CompressedAnswers, String)>,
) -> HttpResponse {
    let (mut response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(streamed) => return response.set_body(streamed),
    };
    let tag = tag_of(response.headers(), encoding);
    let place = kept_at.zip(tag.clone()).map(|((answers, address), tag)| (answers, (tag, encoding, address)));
    let kept = place.as_ref().and_then(|(answers, key)| answers.0.get(key));
    let compressed = match kept {
        Some(kept) => kept,
        None => match encoding.compress(&body) {
            Ok(compressed) => {
                let compressed = Bytes::from(compressed);
                if let Some((answers, key)) = place {
                    answers.0.insert(key, compressed.clone());
                }
                compressed
            }
            Err(error) => {
                tracing::warn!(%error, "an answer could not be compressed and goes out as it is");
                return response.set_body(BoxBody::new(body));
            }
        },
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    response.set_body(BoxBody::new(compressed))
}

/// The entity tag with the suffix of the encoding, because a strong tag stands for exact bytes. A weak one stands
/// for the content in any encoding: it goes out as it is, and nothing is kept under it.
fn tag_of(headers: &HeaderMap, encoding: Encoding) -> Option<String> {
    let tag = headers.get(header::ETAG)?.to_str().ok().filter(|tag| !is_weak(tag))?;
    Some(format!("{}-{}\"", tag.strip_suffix('"')?, encoding.name()))
}

fn worth_it(response: &HttpResponse) -> bool {
    let large = matches!(response.body().size(), BodySize::Sized(size) if size >= SMALLEST_BYTES);
    let headers = response.headers();
    large
        && response.status() != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(header::CONTENT_ENCODING)
        && headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(is_text)
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.contains("json")
        || media_type.contains("xml")
        || media_type.contains("yaml")
}

fn vary_by_encoding(headers: &mut HeaderMap) {
    let named = headers
        .get_all(header::VARY)
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("accept-encoding"));
    if !named {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

/// The encoding with the higher weight; brotli where they are equal (RFC 9110, section 12.5.3).
pub fn preferred(headers: &HeaderMap) -> Option<Encoding> {
    let mut brotli = 0.0_f32;
    let mut gzip = 0.0_f32;
    let listed = headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    for item in listed.flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        match name.as_str() {
            "br" => brotli = weight,
            "gzip" | "x-gzip" => gzip = weight,
            _ => {}
        }
    }
    if brotli > 0.0 && brotli >= gzip {
        Some(Encoding::Brotli)
    } else if gzip > 0.0 {
        Some(Encoding::Gzip)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_client_chooses_the_encoding() {
        assert_eq!(preferred(&accepting("gzip, deflate, br")), Some(Encoding::Brotli));
        assert_eq!(preferred(&accepting("br;q=0.2, gzip")), Some(Encoding::Gzip));
        assert_eq!(preferred(&accepting("gzip;q=0, br;q=0")), None);
        assert_eq!(preferred(&accepting("identity")), None);
        assert_eq!(preferred(&accepting("br;q=nonsense")), None);
        assert_eq!(preferred(&HeaderMap::new()), None);
    }

    #[test]
    fn an_entity_tag_names_its_encoding() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"abc\""));
        assert_eq!(tag_of(&headers, Encoding::Brotli).as_deref(), Some("\"abc-br\""));
        headers.insert(header::ETAG, HeaderValue::from_static("W/\"3\""));
        assert_eq!(tag_of(&headers, Encoding::Gzip), None, "it stands for every encoding");
    }

    #[test]
    fn only_what_everybody_may_read_is_kept() {
        let said = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
            is_for_everybody(&headers)
        };
        assert!(said("public, max-age=0, must-revalidate") && said("max-age=60, public"));
        assert!(!said("private, no-store") && !said("no-store") && !said("max-age=60"));
        assert!(!is_for_everybody(&HeaderMap::new()));
    }
}
