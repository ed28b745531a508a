//! Absolute addresses of this server, for links.

use actix_web::HttpRequest;

use crate::state::AppState;

/// Scheme and authority under which the caller reaches this server, without a slash at the end:
/// the configured public address, else what the request says of itself.
pub fn base_url(request: &HttpRequest, state: &AppState) -> String {
    if let Some(public_url) = &state.settings.public_url {
        return public_url.trim_end_matches('/').to_owned();
    }
    let host = request
        .headers()
        .get(actix_web::http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_authority(host))
        .map_or_else(|| state.settings.listen.to_string(), str::to_owned);
    format!("http://{host}")
}

/// Only what a host and port can hold, so that nothing else gets into links and pages.
fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
}
