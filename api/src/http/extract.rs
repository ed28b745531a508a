//! What happens when a body, a path or a query cannot be read: one problem, never plain text.

use std::sync::LazyLock;

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::{Error, HttpMessage, HttpRequest, web};

use super::contract::Contract;
use super::known_names::KnownNames;
use super::parameters::pairs;
use super::unreadable::{self, SentBody};
use crate::error::ApiError;

/// Reads JSON bodies up to `limit_bytes`.
pub fn json(limit_bytes: usize) -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(limit_bytes)
        .error_handler(move |error, request| json_error(&error, request, limit_bytes).into())
}

/// Reads raw bodies up to `limit_bytes`.
pub fn payload(limit_bytes: usize) -> web::PayloadConfig {
    web::PayloadConfig::new(limit_bytes)
}

/// Reads path segments.
pub fn path() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| path_error(&error))
}

/// Reads query strings.
pub fn query() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, request| query_error(&error, request))
}

fn json_error(error: &JsonPayloadError, request: &HttpRequest, limit_bytes: usize) -> ApiError {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            ApiError::PayloadTooLarge { limit_bytes }
        }
        JsonPayloadError::ContentType => ApiError::UnsupportedMediaType {
            detail: "请用 Content-Type: application/json 发送内容。".into(),
        },
        JsonPayloadError::Deserialize(source) => {
            let extensions = request.extensions();
            let body = extensions.get::<SentBody>().map(|sent| sent.0.as_ref()).unwrap_or_default();
            bad_json(body, source, known_names(request))
        }
        _ => ApiError::BadRequest {
            code: "bad_body",
            detail: "内容没有完整送到，请重试。".into(),
            parameter: None,
        },
    }
}

/// A segment that cannot be read names nothing that exists.
fn path_error(_: &PathError) -> Error {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这个地址，请检查网址是否完整。".into()
    }
    .into()
}

/// 400 about a body that is not what is needed: where, and what is expected there.
pub fn bad_json(body: &[u8], error: &serde_json::Error, known: &KnownNames) -> ApiError {
    let detail = unreadable::fault(body, error, known).sentence();
    ApiError::BadRequest { code: "bad_json", detail, parameter: None }
}

fn known_names(request: &HttpRequest) -> &KnownNames {
    static NONE: LazyLock<KnownNames> = LazyLock::new(KnownNames::default);
    request.app_data::<web::Data<Contract>>().map_or(&NONE, |contract| &contract.names)
}

/// The library does not say which parameter it could not read, so all that were given are named.
fn query_error(error: &QueryPayloadError, request: &HttpRequest) -> Error {
    let message = match error {
        QueryPayloadError::Deserialize(source) => source.to_string(),
        _ => String::new(),
    };
    let given: Vec<String> = pairs(request.query_string())
        .map(|(name, _)| name.into_owned())
        .filter(|name| known_names(request).contains(name))
        .collect();
    let detail = format!("网址中的参数（{}）有误：{}", given.join("、"), unreadable::text(&message));
    let parameter = match given.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    ApiError::BadRequest { code: "bad_parameter", detail, parameter }.into()
}
