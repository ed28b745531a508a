//! Which web pages may call the server.

use actix_cors::Cors;
use actix_web::http::header;

/// Cross-origin rules for the configured origins; `*` lets any page read.
pub fn policy(origins: &[String]) -> Cors {
    let base = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            "Content-Crs",
            "Content-Disposition",
            "ETag",
            "Kangtu-Datum",
            "Link",
            "Location",
            "OGC-NumberMatched",
            "OGC-NumberReturned",
            "Retry-After",
            "X-Request-Id",
        ])
        .max_age(3600);
    if origins.iter().any(|origin| origin == "*") {
        return base.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(base, |cors, origin| cors.allowed_origin(origin))
}
