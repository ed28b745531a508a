//! How answers leave: their datum, entity tag and how long phones may keep them.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use anyhow::Context;
use geodata::Datum;
use serde::Serialize;

use crate::error::ApiResult;
use crate::http::etag::EntityTag;

/// Kept, but asked about each time, so that an edit shows at once; the question costs a 304.
pub(super) const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// The address holds where a person is.
pub(super) const PERSONAL: &str = "private, no-store";
/// `GeoJSON` as RFC 7946, section 12, names it.
pub(super) const GEO_JSON: &str = "application/geo+json";
/// JSON.
pub(super) const JSON: &str = "application/json";

const KANGTU_DATUM: HeaderName = HeaderName::from_static("kangtu-datum");

/// Writes an answer as JSON.
pub(in crate::map) fn json(answer: &impl Serialize) -> ApiResult<Vec<u8>> {
    Ok(serde_json::to_vec(answer).context("an answer cannot be written as JSON")?)
}

/// A public answer with the tag of its bytes, or 304 where the phone holds the same.
pub(in crate::map) fn public(
    request: &HttpRequest,
    datum: Datum,
    cache_control: HeaderValue,
    body: Vec<u8>,
) -> HttpResponse {
    let tag = EntityTag::of(&body, datum.as_str());
    unchanged(request, datum, cache_control.clone(), &tag)
        .unwrap_or_else(|| fresh(datum, cache_control, &tag, JSON, body))
}

/// 304 where the phone holds what `tag` stands for.
pub(super) fn unchanged(
    request: &HttpRequest,
    datum: Datum,
    cache_control: HeaderValue,
    tag: &EntityTag,
) -> Option<HttpResponse> {
    let mut answer = tag.not_modified(request, cache_control)?;
    name_datum(&mut answer, datum);
    Some(answer)
}

/// A public answer in full.
pub(super) fn fresh(
    datum: Datum,
    cache_control: HeaderValue,
    tag: &EntityTag,
    media_type: &str,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::ETAG, tag.header_value()))
        .insert_header((header::CACHE_CONTROL, cache_control))
        .body(body.into());
    name_datum(&mut answer, datum);
    answer
}

/// An answer that nobody may keep.
pub(in crate::map) fn personal(datum: Datum, body: Vec<u8>) -> HttpResponse {
    let mut answer =
        HttpResponse::Ok().content_type(JSON).insert_header((header::CACHE_CONTROL, PERSONAL)).body(body);
    name_datum(&mut answer, datum);
    answer
}

fn name_datum(answer: &mut HttpResponse, datum: Datum) {
    answer.headers_mut().insert(KANGTU_DATUM, HeaderValue::from_static(datum.as_str()));
}
