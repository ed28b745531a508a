//! Absolute addresses of this server, for links.

use std::borrow::Cow;

use actix_web::HttpRequest;

use crate::state::AppState;

/// Scheme and authority under which the caller reaches this server, without a slash at the end:
/// the configured public address, else what the request says of itself.
pub fn base_url<'r>(request: &'r HttpRequest, state: &'r AppState) -> BaseUrl<'r> {
    if let Some(public_url) = &state.settings.public_url {
        return BaseUrl { scheme: "", rest: public_url.trim_end_matches('/').into() };
    }
    let host = request
        .headers()
        .get(actix_web::http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_authority(host))
        .map_or_else(|| state.settings.listen.to_string().into(), Cow::Borrowed);
    BaseUrl { scheme: "http://", rest: host }
}

/// The two parts of a base address, not yet put together.
#[derive(Clone, Debug)]
pub struct BaseUrl<'r> {
    scheme: &'static str,
    rest: Cow<'r, str>,
}

impl BaseUrl<'_> {
    /// The two parts.
    pub fn parts(&self) -> [&str; 2] {
        [self.scheme, &self.rest]
    }

    /// The address of this path.
    pub fn with_path(&self, path: &str) -> String {
        let mut url = String::with_capacity(self.scheme.len() + self.rest.len() + path.len());
        for part in [self.scheme, &self.rest, path] {
            url.push_str(part);
        }
        url
    }
}

/// Only what a host and port can hold, so that nothing else gets into links and pages.
fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
}
