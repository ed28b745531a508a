//! Answers that belong to one person: nobody on the way may keep them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;

/// The one policy for what is personal.
pub const NO_STORE: &str = "private, no-store";

/// An answer as JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, NO_STORE)).json(body)
}

/// An answer as JSON with the version that an edit has to name.
pub fn versioned(status: StatusCode, version: i32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .json(body)
}

/// Done, and there is nothing to tell.
pub fn nothing() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, NO_STORE)).finish()
}
