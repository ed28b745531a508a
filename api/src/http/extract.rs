//! What happens when a body, a path or a query cannot be read: one problem, never plain text.

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::{Error, web};

use crate::error::ApiError;

/// Reads JSON bodies up to `limit_bytes`.
pub fn json(limit_bytes: usize) -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(limit_bytes)
        .error_handler(move |error, _| json_error(&error, limit_bytes).into())
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
    web::QueryConfig::default().error_handler(|error, _| query_error(&error))
}

fn json_error(error: &JsonPayloadError, limit_bytes: usize) -> ApiError {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            ApiError::PayloadTooLarge { limit_bytes }
        }
        JsonPayloadError::ContentType => ApiError::UnsupportedMediaType {
            detail: "请用 Content-Type: application/json 发送内容。".into(),
        },
        JsonPayloadError::Deserialize(source) => ApiError::BadRequest {
            code: "bad_json",
            detail: format!("内容不是这里需要的 JSON（{source}），请检查后重试。"),
            parameter: None,
        },
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

fn query_error(error: &QueryPayloadError) -> Error {
    ApiError::BadRequest {
        code: "bad_parameter",
        detail: format!("网址中的参数不正确（{error}），请检查后重试。"),
        parameter: None,
    }
    .into()
}
