//! The one error of the server and how it is told: RFC 9457 problem details.
//!
//! `code` is the stable word that clients switch on, `detail` is for people and in Chinese. The
//! cause of an internal error is logged with the request id and never sent.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use sea_orm::DbErr;
use serde::Serialize;
use utoipa::ToSchema;

use crate::database::{Fault, fault_of};

/// What handlers and services return.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a request was not served.
#[derive(Debug)]
pub enum ApiError {
    /// 400: the request cannot be understood; `parameter` names what is wrong with it.
    BadRequest { code: &'static str, detail: String, parameter: Option<String> },
    /// 401: nobody the server knows is calling; logging in helps.
    Unauthorized { code: &'static str, detail: String },
    /// 403: the caller is known and may not.
    Forbidden { code: &'static str, detail: String },
    /// 404: there is no such thing, or none the caller may know of.
    NotFound { code: &'static str, detail: String },
    /// 405: the address exists, the method does not.
    MethodNotAllowed { allow: String },
    /// 406: none of the media types asked for can be given.
    NotAcceptable { detail: String },
    /// 408: the client took too long to send its request.
    RequestTimeout,
    /// 409: a rule forbids it.
    Conflict { code: &'static str, detail: String },
    /// 409: the same request is still at work; worth another try.
    InProgress { retry_after_s: u32 },
    /// 410: it was there and is gone.
    Gone { code: &'static str, detail: String },
    /// 412: somebody else changed it first; `version` is what it is now, 0 where it is there no more, `changed_by`
    /// what colleagues call them where it is their business.
    PreconditionFailed { version: i32, changed_by: Option<String> },
    /// 413: the body is larger than allowed.
    PayloadTooLarge { limit_bytes: usize },
    /// 415: the body comes in a form that is not read.
    UnsupportedMediaType { detail: String },
    /// 416: nothing of what was asked for is within the `size_bytes` that there are.
    RangeNotSatisfiable { size_bytes: u64 },
    /// 422: the body parses but is wrong.
    Invalid { errors: Vec<FieldError> },
    /// 428: an edit must say which version it edits, with `If-Match`.
    PreconditionRequired,
    /// 429: too many requests.
    TooManyRequests { code: &'static str, detail: String, retry_after_s: u32 },
    /// 502: a service that this server depends on gave no usable answer.
    BadGateway { code: &'static str, detail: String },
    /// 503: overloaded, draining or timed out; worth another try.
    Unavailable { code: &'static str, detail: String, retry_after_s: u32 },
    /// Answered by what the database says: 503 when busy or full, else 500.
    Database(DbErr),
    /// 500: a fault of the server.
    Internal(anyhow::Error),
}

/// One wrong field of a body.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) to the field.
    pub pointer: String,
    /// Stable word for the kind of mistake.
    pub code: String,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
}

/// Problem details as RFC 9457 defines them, with the members of this server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Kind of problem as a URI reference; `about:blank` leaves it to the status.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// Stable English word to switch on.
    pub code: &'static str,
    /// What happened and what to do, in plain Chinese.
    pub detail: String,
    /// The query parameter at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The wrong fields of a body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What the version of the thing is now, where an edit named another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// Which colleague changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// What the server's log calls this request; also in the header `X-Request-Id`.
    pub request_id: String,
}

impl ApiError {
    /// 400 about one query parameter.
    pub fn bad_parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::BadRequest { code: "bad_parameter", detail: detail.into(), parameter: Some(name.into()) }
    }

    /// The stable word of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest { code, .. }
            | Self::Unauthorized { code, .. }
            | Self::Forbidden { code, .. }
            | Self::NotFound { code, .. }
            | Self::Conflict { code, .. }
            | Self::Gone { code, .. }
            | Self::TooManyRequests { code, .. }
            | Self::BadGateway { code, .. }
            | Self::Unavailable { code, .. } => code,
            Self::InProgress { .. } => "in_progress",
            Self::PreconditionFailed { .. } => "stale_version",
            Self::PreconditionRequired => "version_required",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::NotAcceptable { .. } => "not_acceptable",
            Self::RequestTimeout => "request_timeout",
            Self::PayloadTooLarge { .. } => "payload_too_large",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::RangeNotSatisfiable { .. } => "range_not_satisfiable",
            Self::Invalid { .. } => "invalid",
            Self::Database(error) => match fault_of(error) {
                Fault::Busy => "busy",
                Fault::StorageFull => "storage_full",
                _ => "internal",
            },
            Self::Internal(_) => "internal",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::BadRequest { detail, .. }
            | Self::Unauthorized { detail, .. }
            | Self::Forbidden { detail, .. }
            | Self::NotFound { detail, .. }
            | Self::NotAcceptable { detail }
            | Self::Conflict { detail, .. }
            | Self::Gone { detail, .. }
            | Self::UnsupportedMediaType { detail }
            | Self::TooManyRequests { detail, .. }
            | Self::BadGateway { detail, .. }
            | Self::Unavailable { detail, .. } => detail.clone(),
            Self::InProgress { .. } => "上一次提交还在处理，请稍等一下再试。".into(),
            Self::PreconditionFailed { version: 0, .. } => {
                "要修改的内容已经不在了，请刷新后重新选择。".into()
            }
            Self::PreconditionFailed { version, changed_by } => {
                let who = changed_by.as_deref().unwrap_or("别人");
                format!("{who}刚刚修改过（现在是第 {version} 版），请刷新后在新版本上修改。")
            }
            Self::PreconditionRequired => "请先读取最新内容，再带上 If-Match 提交修改。".into(),
            Self::MethodNotAllowed { allow } => {
                format!("这个地址不支持这种操作，可用的方法：{allow}。")
            }
            Self::RequestTimeout => "请求发送得太慢，已停止等待，请检查网络后重试。".into(),
            Self::PayloadTooLarge { limit_bytes } => {
                format!("内容太大，最多 {} KB，请缩小后重试。", limit_bytes / 1024)
            }
            Self::RangeNotSatisfiable { .. } => "要的这一段超出了文件的长度，请重新从头下载。".into(),
            Self::Invalid { .. } => "有内容填写不正确，请按提示修改后重试。".into(),
            Self::Database(error) => match fault_of(error) {
                Fault::Busy => "现在使用的人较多，请稍后重试。".into(),
                Fault::StorageFull => "服务器存储空间已满，这次没有保存，请稍后重试或联系管理员。".into(),
                _ => INTERNAL_DETAIL.into(),
            },
            Self::Internal(_) => INTERNAL_DETAIL.into(),
        }
    }

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Unavailable { retry_after_s, .. }
            | Self::TooManyRequests { retry_after_s, .. }
            | Self::InProgress { retry_after_s } => Some(*retry_after_s),
            Self::Database(error) => match fault_of(error) {
                Fault::Busy => Some(1),
                Fault::StorageFull => Some(60),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the server's log says of it, the whole chain of causes; `None` where the client is at
    /// fault and there is nothing to mend.
    pub fn log_text(&self) -> Option<String> {
        match self {
            Self::Database(error) => Some(format!("{error:?}")),
            Self::Internal(error) => Some(format!("{error:#}")),
            _ => None,
        }
    }

    /// What an operator at a terminal is told: what happened and what to do, every wrong field, and the cause
    /// that a client never sees.
    pub fn words(&self) -> String {
        if let Some(cause) = self.log_text() {
            return cause;
        }
        let mut words = self.detail();
        if let Self::Invalid { errors } = self {
            for error in errors {
                for part in ["\n", error.pointer.as_str(), "：", error.message.as_str()] {
                    words.push_str(part);
                }
            }
        }
        words
    }

    /// The problem as told to the client.
    pub fn problem(&self, request_id: String) -> Problem {
        let status = self.status_code();
        let (parameter, errors) = match self {
            Self::BadRequest { parameter, .. } => (parameter.clone(), Vec::new()),
            Self::Invalid { errors } => (None, errors.clone()),
            _ => (None, Vec::new()),
        };
        let (version, changed_by) = match self {
            Self::PreconditionFailed { version, changed_by } => (Some(*version), changed_by.clone()),
            _ => (None, None),
        };
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: self.code(),
            detail: self.detail(),
            parameter,
            errors,
            version,
            changed_by,
            request_id,
        }
    }
}

const INTERNAL_DETAIL: &str = "服务器出了问题，请稍后重试；如果一直这样，请把请求编号告诉工作人员。";

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for ApiError {}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable { .. } => StatusCode::NOT_ACCEPTABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict { .. } | Self::InProgress { .. } => StatusCode::CONFLICT,
            Self::Gone { .. } => StatusCode::GONE,
            Self::PreconditionFailed { .. } => StatusCode::PRECONDITION_FAILED,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::PayloadTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadGateway { .. } => StatusCode::BAD_GATEWAY,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(error) => match fault_of(error) {
                Fault::Busy | Fault::StorageFull => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The body is written by `http::observation`, which knows the request id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Some(retry_after_s) = self.retry_after_s() {
            response.insert_header((header::RETRY_AFTER, retry_after_s));
        }
        match self {
            Self::MethodNotAllowed { allow } => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::Unauthorized { .. } => {
                response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            Self::RangeNotSatisfiable { size_bytes } => {
                response.insert_header((header::CONTENT_RANGE, format!("bytes */{size_bytes}")));
            }
            Self::PreconditionFailed { version, .. } if *version > 0 => {
                response.insert_header((header::ETAG, format!("\"{version}\"")));
            }
            _ => {}
        }
        response.finish()
    }
}
