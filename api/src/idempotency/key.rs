//! The header: a string as structured fields write it (RFC 9651, section 3.3.3), or bare.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use anyhow::Context;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::store::{Call, Principal};
use crate::error::{ApiError, ApiResult};

const HEADER: &str = "Idempotency-Key";
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;

/// What the contract says about the header.
pub const PARAMETER: &str = "Made once for each thing that shall happen once, and kept over retries: 8 to 128 \
     visible ASCII characters, bare or quoted. Kept for at least a day. A repeat gets the same answer with \
     `Idempotent-Replayed: true`; another request under the same key is 422; a repeat while the first is at work \
     is 409 with `Retry-After`";

/// The key of a request, with what the request asks for. 400 without one.
#[derive(Clone, Debug)]
pub struct Key {
    value: String,
    method: String,
    path: String,
}

impl Key {
    /// Binds the key to who asks, to what is done, and to the body.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn call(
        self,
        principal: Principal,
        operation: &'static str,
        body: &impl Serialize,
    ) -> ApiResult<Call> {
        // Written anew from what was read: spaces and the order of members make no difference.
        let body = serde_json::to_value(body).context("a body cannot be written as JSON")?.to_string();
        let mut hash = Sha256::new();
        for part in [&self.method, &self.path, &body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Ok(Call { principal, operation, key: self.value, fingerprint: hash.finalize().to_vec() })
    }
}

impl FromRequest for Key {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> ApiResult<Key> {
    let mut given = request.headers().get_all(HEADER);
    let Some(value) = given.next() else {
        return Err(ApiError::BadRequest {
            code: "idempotency_key_required",
            detail: "请求缺少 Idempotency-Key：打开表单时生成一个，重试时保持不变。".into(),
            parameter: None,
        });
    };
    let key = value.to_str().ok().and_then(parse).filter(|_| given.next().is_none());
    let key = key.ok_or_else(|| ApiError::BadRequest {
        code: "bad_idempotency_key",
        detail: "Idempotency-Key 不正确，应为 8 到 128 个字母、数字或符号。".into(),
        parameter: None,
    })?;
    Ok(Key { value: key, method: request.method().to_string(), path: request.path().to_owned() })
}

fn parse(value: &str) -> Option<String> {
    let value = value.trim();
    let key = match value.strip_prefix('"') {
        Some(rest) => unquoted(rest.strip_suffix('"')?)?,
        None => value.to_owned(),
    };
    let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && LENGTHS.contains(&key.len())).then_some(key)
}

/// The inside of a string: `\` stands before `"` and `\`, and before nothing else.
fn unquoted(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => text.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            other => text.push(other),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_the_same_quoted_and_bare() {
        for (header, key) in [
            ("8e03978e-40d5", "8e03978e-40d5"),
            ("\"8e03978e-40d5\"", "8e03978e-40d5"),
            (" \"a\\\"b\\\\c-d-e\" ", "a\"b\\c-d-e"),
        ] {
            assert_eq!(parse(header).as_deref(), Some(key), "{header}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "x".repeat(129);
        for header in [
            "",
            "short",
            "\"1234567",
            "12345 678",
            "\"12\"345678\"",
            "\"1234567\\n\"",
            "报名报名报名报名",
            &long,
        ] {
            assert_eq!(parse(header), None, "{header}");
        }
        let twice = TestRequest::default()
            .append_header((HEADER, "12345678"))
            .append_header((HEADER, "12345678"))
            .to_http_request();
        assert_eq!(read(&twice).unwrap_err().code(), "bad_idempotency_key");
        let none = TestRequest::default().to_http_request();
        assert_eq!(read(&none).unwrap_err().code(), "idempotency_key_required");
    }

    #[test]
    fn the_fingerprint_tells_requests_apart_and_not_their_spelling() {
        let of = |method: Method, path: &str, body: &serde_json::Value| {
            let request = TestRequest::with_uri(path).method(method).insert_header((HEADER, "12345678"));
            let key = read(&request.to_http_request()).unwrap();
            let principal = Principal::Staff(uuid::Uuid::nil());
            key.call(principal, "test", body).unwrap().fingerprint
        };
        let body: serde_json::Value = serde_json::from_str("{\"a\": 1, \"b\": 2}").unwrap();
        let first = of(Method::POST, "/x", &json!({"b": 2, "a": 1}));
        assert_eq!(first, of(Method::POST, "/x", &body));
        for other in [
            of(Method::POST, "/x", &json!({"a": 1, "b": 3})),
            of(Method::POST, "/y", &body),
            of(Method::PUT, "/x", &body),
        ] {
            assert_ne!(first, other);
        }
    }
}
