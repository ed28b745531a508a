//! One HTTP exchange with WeChat: bounded in time and size, no redirects, and no address in any error.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response, Url};
use serde_json::Value;

use super::endpoint::Endpoint;

/// How long the client waits.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For one whole exchange.
    pub exchange: Duration,
    /// Before each further try of a call that changed nothing.
    pub retry_delays: [Duration; 2],
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            exchange: Duration::from_secs(8),
            retry_delays: [Duration::from_millis(500), Duration::from_secs(1)],
        }
    }
}

impl Patience {
    /// As by default, but further tries come at once: a server in the same process gains nothing from
    /// waiting.
    pub fn without_delays() -> Self {
        Self { retry_delays: [Duration::ZERO; 2], ..Self::default() }
    }
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Call<'c> {
    pub(super) endpoint: Endpoint,
    /// May hold secrets.
    pub(super) query: Vec<(&'static str, &'c str)>,
    /// Sent with POST; without one the method is GET.
    pub(super) body: Option<&'c Value>,
}

/// What came back with status 200.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) media_type: String,
    pub(super) body: Vec<u8>,
}

/// Why nothing usable came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection was made, so nothing was sent.
    NotSent,
    /// It was sent; whether it was carried out is unknown.
    NoAnswer,
    /// 5xx.
    ServerError,
    /// An answer that is not to be read: too large, a redirect, another status.
    Unreadable,
}

#[derive(Clone, Debug)]
pub(super) struct Transport {
    http: reqwest::Client,
    base_url: Url,
}

/// The HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "no client for WeChat can be made ({0}); the server needs the system's TLS root certificates (package ca-certificates)"
)]
pub struct NoHttpClient(String);

impl Transport {
    pub(super) fn new(base_url: Url, patience: Patience) -> Result<Self, NoHttpClient> {
        let encrypted = base_url.scheme() == "https";
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.exchange)
            .https_only(encrypted)
            .no_proxy();
        if !encrypted {
            // No certificate will be looked at, so a machine without any can still be developed on.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| NoHttpClient(error.without_url().to_string()))?;
        Ok(Self { http, base_url })
    }

    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let mut url = self.base_url.clone();
        url.set_path(call.endpoint.path());
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.http.request(method, url).query(&call.query);
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| failure(call.endpoint, error))?;
        let status = response.status();
        if !status.is_success() {
            tracing::warn!(endpoint = call.endpoint.path(), status = status.as_u16(), "WeChat failed");
            return Err(if status.is_server_error() { Failure::ServerError } else { Failure::Unreadable });
        }
        read(call.endpoint, response).await
    }
}

async fn read(endpoint: Endpoint, mut response: Response) -> Result<Answer, Failure> {
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_owned();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(endpoint, error))? {
        if body.len() + chunk.len() > endpoint.answer_limit_bytes() {
            tracing::warn!(endpoint = endpoint.path(), "WeChat's answer is too large");
            return Err(Failure::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { media_type, body })
}

fn failure(endpoint: Endpoint, error: reqwest::Error) -> Failure {
    // The address holds the secret or the token.
    let error = error.without_url();
    tracing::warn!(endpoint = endpoint.path(), error = %error, "WeChat did not answer");
    if error.is_connect() { Failure::NotSent } else { Failure::NoAnswer }
}
