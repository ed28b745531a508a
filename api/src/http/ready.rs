//! Public answers that are written once and sent many times.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use anyhow::Context;
use serde::Serialize;

use super::etag::EntityTag;
use crate::error::ApiResult;

/// Kept, but asked about each time, so that a change shows at once; the question costs a 304.
pub const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");

/// The bytes of a public JSON answer with their tag. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ready {
    body: Bytes,
    tag: EntityTag,
}

impl Ready {
    /// Writes the answer.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn json(answer: &impl Serialize) -> ApiResult<Self> {
        let body = serde_json::to_vec(answer).context("an answer cannot be written as JSON")?;
        Ok(Self { tag: EntityTag::of(&body, "json"), body: body.into() })
    }

    /// Bytes of the answer.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether the answer says nothing.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The answer, or 304 where the client holds it.
    pub fn answer(&self, request: &HttpRequest, cache_control: HeaderValue) -> HttpResponse {
        self.tag.not_modified(request, cache_control.clone()).unwrap_or_else(|| {
            HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((header::ETAG, self.tag.header_value()))
                .insert_header((header::CACHE_CONTROL, cache_control))
                .body(self.body.clone())
        })
    }
}
