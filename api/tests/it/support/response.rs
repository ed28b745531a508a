//! An answer, read whole.

use std::io::Read;

use reqwest::Version;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// As it came over the wire.
    pub(crate) raw: Vec<u8>,
    /// After decompression.
    pub(crate) body: Vec<u8>,
}

impl TestResponse {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, version) = (response.status().as_u16(), response.version());
        let headers = response.headers().clone();
        let raw = response.bytes().await.unwrap().to_vec();
        let body = decompressed(headers.get("content-encoding").map(|value| value.to_str().unwrap()), &raw);
        Self { status, version, headers, raw, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn media_type(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON, whatever the status.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// The body of a 200 answer.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// Asserts a problem with this status and code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.media_type(), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }
}

fn decompressed(encoding: Option<&str>, raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    match encoding {
        None => body.extend_from_slice(raw),
        Some("br") => {
            brotli::Decompressor::new(raw, 4096).read_to_end(&mut body).unwrap();
        }
        Some("gzip") => {
            flate2::read::GzDecoder::new(raw).read_to_end(&mut body).unwrap();
        }
        Some(other) => panic!("unexpected content encoding {other}"),
    }
    body
}
