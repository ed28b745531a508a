//! One request for a resource below `/map`, and the answer to it.

use std::cell::OnceCell;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use geodata::crs::ReferenceSystem;

use super::dto::Link;
use super::links::{LANDING, MapUrl, link_header, with_parameters};
use super::negotiation::{Representation, ResourceKind};
use crate::error::ApiResult;
use crate::http::etag::EntityTag;
use crate::http::page_url::{BaseUrl, base_url};
use crate::state::AppState;

pub(super) const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");

/// A request whose representation has been settled.
#[derive(Debug)]
pub(super) struct ResourceRequest<'r> {
    request: &'r HttpRequest,
    kind: ResourceKind,
    /// The parameter `f` as it came; links keep it.
    f: Option<&'r str>,
    /// The representation that is given.
    pub(super) representation: Representation,
    base: BaseUrl<'r>,
    url: OnceCell<MapUrl>,
}

impl<'r> ResourceRequest<'r> {
    /// Settles the representation: 400 or 406 when the wished-for one does not exist.
    pub(super) fn new(
        request: &'r HttpRequest,
        state: &'r AppState,
        kind: ResourceKind,
        f: Option<&'r str>,
    ) -> ApiResult<Self> {
        let representation = Representation::negotiate(f, request.headers(), kind)?;
        Ok(Self { request, kind, f, representation, base: base_url(request, state), url: OnceCell::new() })
    }

    /// A request that is answered as JSON, whatever its client wishes: one that changes something.
    pub(super) fn json(request: &'r HttpRequest, state: &'r AppState, kind: ResourceKind) -> Self {
        let (representation, base) = (Representation::Json, base_url(request, state));
        Self { request, kind, f: None, representation, base, url: OnceCell::new() }
    }

    /// Addresses for links.
    pub(super) fn url(&self) -> &MapUrl {
        self.url.get_or_init(|| MapUrl::below(&self.base))
    }

    /// The links `self` and `alternate` of the resource at this address, which is without `f`.
    pub(super) fn own_links(&self, address: &str) -> Vec<Link> {
        let other = self.representation.other();
        let title = match other {
            Representation::Json => "本页的 JSON 数据",
            Representation::Html => "本页的网页",
        };
        let alternate = Link {
            href: with_parameters(address, [("f", other.as_str())]),
            rel: "alternate",
            media_type: self.kind.media_type(other),
            title: title.into(),
        };
        vec![self.link("self", address, "本页"), alternate]
    }

    /// A link to a resource of the same kind in the same representation.
    pub(super) fn link(&self, rel: &'static str, address: &str, title: &str) -> Link {
        Link {
            href: with_parameters(address, self.f.map(|f| ("f", f))),
            rel,
            media_type: self.kind.media_type(self.representation),
            title: title.into(),
        }
    }

    /// The tag of content that is known by a hash before it is written. Absolute links are part of
    /// the body and `updated_at_ms` is its time stamp, so both tell representations apart.
    pub(super) fn tag(&self, content_hash: u64, updated_at_ms: i64) -> EntityTag {
        self.tag_of(content_hash, updated_at_ms, self.representation.as_str())
    }

    /// [`Self::tag`] of a representation with this name.
    pub(super) fn tag_of(&self, content_hash: u64, updated_at_ms: i64, name: &'static str) -> EntityTag {
        let [scheme, host] = self.base.parts();
        let parts = [scheme, host, LANDING].map(str::as_bytes);
        let rest = fingerprint(parts.into_iter().chain([updated_at_ms.to_le_bytes().as_slice()]));
        EntityTag::new(content_hash, name).and(rest)
    }

    /// Names the coordinate reference system of an answer (OGC 18-058r1, requirement
    /// `/req/crs/ogc-crs-header`).
    pub(super) fn in_system(mut response: HttpResponse, system: ReferenceSystem) -> HttpResponse {
        const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");
        const CRS84: HeaderValue = HeaderValue::from_static("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
        let value = match system {
            ReferenceSystem::Crs84 => Ok(CRS84),
            other => HeaderValue::try_from(format!("<{}>", other.uri())),
        };
        if let Ok(value) = value {
            response.headers_mut().insert(CONTENT_CRS, value);
        }
        response
    }

    /// The tag of a place in one version. It ends with the version, which is what counts when the place is
    /// changed (`seen`).
    pub(super) fn version_tag(&self, body: &[u8], version: u32) -> EntityTag {
        EntityTag::new(fingerprint([body]), self.representation.as_str()).and(version.into())
    }

    /// The answer 304 where the client holds what this tag stands for.
    pub(super) fn not_modified(&self, tag: &EntityTag) -> Option<HttpResponse> {
        tag.not_modified(self.request, CACHE_CONTROL)
    }

    /// The answer with a body that is quick to write: its tag comes from its bytes.
    pub(super) fn answer(&self, links: &[Link], body: impl Into<Vec<u8>>) -> HttpResponse {
        let body = body.into();
        let tag = EntityTag::new(fingerprint([body.as_slice()]), self.representation.as_str());
        self.not_modified(&tag).unwrap_or_else(|| self.answer_tagged(&tag, links, body))
    }

    /// The answer 200.
    pub(super) fn answer_tagged(
        &self,
        tag: &EntityTag,
        links: &[Link],
        body: impl Into<Bytes>,
    ) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        match self.representation {
            Representation::Json => {
                response.content_type(self.kind.media_type(Representation::Json));
            }
            Representation::Html => {
                response.content_type("text/html; charset=utf-8");
                response.insert_header((header::CONTENT_LANGUAGE, "zh-CN"));
            }
        }
        response
            .insert_header((header::ETAG, tag.header_value()))
            .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
            .insert_header((header::VARY, "Accept, Accept-Encoding"));
        if let Some(links) = link_header(links) {
            response.insert_header((header::LINK, links));
        }
        response.body(body.into())
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): the same in every process and release.
fn fingerprint<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> u64 {
    parts.into_iter().flatten().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_the_published_one() {
        assert_eq!(fingerprint([b"".as_slice()]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint([b"foo".as_slice(), b"bar"]), 0x8594_4171_f739_67e8);
    }
}
