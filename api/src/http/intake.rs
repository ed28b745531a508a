//! Takes the whole request in, within limits of size and time, before a handler runs.
//!
//! A body that arrives compressed is refused before a byte of it is read: a few hundred bytes of it
//! could unfold into a gigabyte. A client that dribbles its body is cut off. Uploads are the exception:
//! their handlers know who is calling before they read, and read with limits of their own (`upload`).

use std::future::Future;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{Error, HttpMessage};
use futures_util::StreamExt;

use super::observation::Route;
use super::unread::Unread;
use super::unreadable::SentBody;
use crate::error::ApiError;

/// Size and time that a request may take.
#[derive(Clone, Copy, Debug)]
pub struct IntakeLimits {
    /// Largest body.
    pub body_limit_bytes: usize,
    /// For sending the body, and again for answering.
    pub timeout: Duration,
    /// Documented paths whose POST handlers take their body themselves, and how long that may take.
    pub uploads: &'static [(&'static str, Duration)],
}

impl IntakeLimits {
    /// How long an upload to this address may take; `None` where it is none.
    fn upload(self, request: &ServiceRequest) -> Option<Duration> {
        let extensions = request.extensions();
        let pattern = extensions.get::<Route>()?.pattern()?;
        let upload = self.uploads.iter().find(|(upload, _)| *upload == pattern)?;
        (request.method() == Method::POST).then_some(upload.1)
    }
}

/// Middleware: refuses compressed, large and slow bodies, and answers that take too long.
pub async fn take_in(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(limits) = request.app_data::<web::Data<IntakeLimits>>().map(|limits| *limits.get_ref()) else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let upload = limits.upload(&request);
    let body_limit_bytes = if upload.is_some() { usize::MAX } else { limits.body_limit_bytes };
    if let Err(error) = check_headers(request.headers(), body_limit_bytes) {
        return Ok(request.error_response(error));
    }
    if upload.is_none() && has_body(request.headers()) {
        let mut payload = request.take_payload();
        let body = in_time(limits.timeout, read(&mut payload, limits)).await;
        match body.unwrap_or(Err(ApiError::RequestTimeout)) {
            Ok(body) => {
                request.extensions_mut().insert(SentBody(body.clone()));
                request.set_payload(Payload::from(body));
            }
            Err(error) => return Ok(refused(request, payload, error)),
        }
    }
    match in_time(upload.unwrap_or(limits.timeout), next.call(request)).await {
        Some(answer) => answer.map(ServiceResponse::map_into_boxed_body),
        None => Err(too_slow().into()),
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// Refuses a request whose body has not been read to its end.
fn refused(request: ServiceRequest, rest: Payload, error: ApiError) -> ServiceResponse<BoxBody> {
    let mut answer = request.error_response(error);
    answer.response_mut().extensions_mut().insert(Unread(rest));
    answer
}

fn too_slow() -> ApiError {
    ApiError::Unavailable {
        code: "timeout",
        detail: "服务器处理得太慢，请稍后重试。".into(),
        retry_after_s: 2,
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

fn check_headers(headers: &HeaderMap, body_limit_bytes: usize) -> Result<(), ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(ApiError::UnsupportedMediaType {
            detail: "不接受压缩过的内容，请不压缩直接发送。".into(),
        });
    }
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > body_limit_bytes => {
            Err(ApiError::PayloadTooLarge { limit_bytes: body_limit_bytes })
        }
        _ => Ok(()),
    }
}

async fn read(payload: &mut Payload, limits: IntakeLimits) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_cut_off| ApiError::BadRequest {
            code: "bad_body",
            detail: "内容没有完整送到，请重试。".into(),
            parameter: None,
        })?;
        if body.len() + chunk.len() > limits.body_limit_bytes {
            return Err(ApiError::PayloadTooLarge { limit_bytes: limits.body_limit_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
