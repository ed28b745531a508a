//! The outermost layer: names each request, logs and counts it, and tells errors as problems.
//!
//! A log line holds the documented path, never the address itself: addresses and queries may hold
//! what belongs to a person.

use std::rc::Rc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use uuid::{NoContext, Timestamp, Uuid};

use super::accept::prefers_page;
use super::error_form::{ErrorForm, ErrorForms};
use super::error_page;
use super::unread::Unread;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// Name of one request in logs and problems.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Marks a request that asked with HEAD, which handlers see as GET.
#[derive(Clone, Copy, Debug)]
pub struct AskedForHead;

/// What only programs use, whatever they say they accept.
const FOR_PROGRAMS: &str = "/api/";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The documented path that a request belongs to, found once for all layers.
#[derive(Clone, Debug)]
pub struct Route(Option<Rc<str>>);

impl Route {
    /// By the decoded path, as handlers are found: else one letter that is written `%6F` hides a request from whatever
    /// goes by its route.
    fn of(request: &ServiceRequest) -> Self {
        Self(request.resource_map().match_pattern(request.match_info().as_str()).map(Rc::from))
    }

    /// The path with the names of its parameters; `None` where nothing is.
    pub fn pattern(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn label(&self) -> &str {
        self.pattern().unwrap_or("unknown")
    }
}

/// Middleware: request id, log line, metrics, security headers, problems.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let Some(state) = request.app_data::<web::Data<AppState>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let id = request_id(&state);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    if method == Method::HEAD {
        // The connection still knows that no body may be sent; handlers need not.
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(AskedForHead);
    }
    let route = Route::of(&request);
    request.extensions_mut().insert(route.clone());
    let forms = request.app_data::<web::Data<ErrorForms>>().map(|forms| *forms.get_ref()).unwrap_or_default();
    let form = forms.of(request.match_info().as_str());
    let in_flight = state.metrics.request_began();
    let answer = next.call(request).await;
    drop(in_flight);
    let (http_request, response) = match answer {
        Ok(answer) => {
            let (http_request, response) = answer.map_into_boxed_body().into_parts();
            (Some(http_request), response)
        }
        Err(error) => (None, HttpResponse::from_error(error)),
    };
    let for_people =
        form.is_none() && response.error().is_some() && http_request.as_ref().is_some_and(is_for_people);
    let written = Written { for_people, form };
    let mut response = told_as_problem(response, &id, route.label(), written);
    protect(response.headers_mut(), &state);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    report(
        &state,
        &Observed { id: &id, method: &method, route: route.label(), status: response.status() },
        began,
    );
    match http_request {
        Some(http_request) => Ok(ServiceResponse::new(http_request, response)),
        // The request itself went down with the service that was given up.
        None => Err(InternalError::from_response("the request was given up", response).into()),
    }
}

struct Observed<'r> {
    id: &'r str,
    method: &'r Method,
    route: &'r str,
    status: StatusCode,
}

fn report(state: &AppState, observed: &Observed<'_>, began: Instant) {
    let took = began.elapsed();
    let status = observed.status.as_u16();
    state.metrics.request_ended(observed.method, observed.route, status, took);
    tracing::info!(
        request_id = %observed.id,
        method = %observed.method,
        route = %observed.route,
        status,
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "request"
    );
}

fn request_id(state: &AppState) -> String {
    let now = state.clock.now();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(stamp).simple().to_string()
}

/// Whether a person looks at the answer: a browser asks, and not for what only programs use.
fn is_for_people(request: &HttpRequest) -> bool {
    !request.path().starts_with(FOR_PROGRAMS) && prefers_page(request.headers())
}

/// In which form an error is written.
#[derive(Clone, Copy)]
struct Written {
    for_people: bool,
    form: Option<&'static ErrorForm>,
}

fn told_as_problem(mut response: HttpResponse, id: &str, route: &str, written: Written) -> HttpResponse {
    let status = response.status();
    let Some(error) = response.error() else {
        return response;
    };
    let problem = match error.as_error::<ApiError>() {
        Some(error) => {
            if let Some(text) = error.log_text() {
                tracing::error!(request_id = %id, route, error = %text, "request failed");
            }
            error.problem(id.to_owned())
        }
        None => foreign_problem(status, id),
    };
    let (body, media_type) = if let Some(form) = written.form {
        ((form.write)(&problem), form.media_type)
    } else if written.for_people {
        (error_page::page(&problem).into_bytes(), "text/html; charset=utf-8")
    } else {
        (serde_json::to_vec(&problem).unwrap_or_default(), "application/problem+json")
    };
    let unread = response.extensions_mut().remove::<Unread>();
    let body = match unread {
        Some(rest) => rest.held_by(body),
        None => BoxBody::new(body),
    };
    let mut response = response.set_body(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    headers.remove(header::CONTENT_LENGTH);
    response
}

/// An error that the HTTP library itself answered.
fn foreign_problem(status: StatusCode, id: &str) -> Problem {
    Problem {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        code: if status.is_server_error() { "internal" } else { "bad_request" },
        detail: "请求不正确，请检查后重试。".into(),
        parameter: None,
        errors: Vec::new(),
        version: None,
        changed_by: None,
        request_id: id.to_owned(),
    }
}

/// What answers may load: nothing that runs.
const CONTENT_POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                              form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

fn protect(headers: &mut HeaderMap, state: &AppState) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // A page that runs scripts of its own brings a policy of its own.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    }
    let public_url = state.settings.public_url.as_deref().unwrap_or_default();
    if public_url.starts_with("https://") {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
}
