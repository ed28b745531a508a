//! An answer that can be given again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::error::ApiResult;
use crate::http::personal::NO_STORE;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Status, body and the headers that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub(super) status: u16,
    content_type: String,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

impl Answer {
    /// An answer as JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> ApiResult<Self> {
        Ok(Self {
            status: status.as_u16(),
            content_type: "application/json".to_owned(),
            body: serde_json::to_string(body).context("an answer cannot be written as JSON")?,
            etag: None,
            location: None,
        })
    }

    /// Done, and there is nothing to tell.
    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            content_type: String::new(),
            body: String::new(),
            etag: None,
            location: None,
        }
    }

    /// Names the version that an edit has to name.
    #[must_use]
    pub fn version(mut self, version: i32) -> Self {
        self.etag = Some(format!("\"{version}\""));
        self
    }

    /// Names where what was made can be found.
    #[must_use]
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The answer as it is sent.
    pub(super) fn response(self, replayed: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, NO_STORE));
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value {
                response.insert_header((name, value));
            }
        }
        if replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        if self.content_type.is_empty() {
            return response.finish();
        }
        response.content_type(self.content_type).body(self.body)
    }
}
