//! Errors as FHIR tells them.

use super::exchange::MEDIA_TYPE;
use super::resource::{CodeableConcept, Issue, OperationOutcome, OutcomeType};
use crate::error::Problem;
use crate::http::error_form::ErrorForm;

/// How errors below `/fhir` are written.
pub const ERROR_FORM: ErrorForm = ErrorForm { below: "/fhir/", media_type: MEDIA_TYPE, write };

/// Any error of an operation of FHIR.
#[derive(Debug, utoipa::IntoResponses)]
#[response(
    status = "default",
    description = "What went wrong (OperationOutcome)",
    content_type = "application/fhir+json"
)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct OutcomeResponses(OperationOutcome);

impl OperationOutcome {
    /// Something that is worth to know and no error.
    pub(super) fn information(code: &str, text: &str) -> Self {
        let details = CodeableConcept::in_words(text);
        let issue = Issue {
            severity: "information",
            code: code.to_owned(),
            details,
            diagnostics: None,
            expression: Vec::new(),
        };
        Self { resource_type: OutcomeType::OperationOutcome, issue: vec![issue] }
    }
}

fn write(problem: &Problem) -> Vec<u8> {
    serde_json::to_vec(&outcome_of(problem)).unwrap_or_default()
}

fn outcome_of(problem: &Problem) -> OperationOutcome {
    let diagnostics = Some(format!("{} {}", problem.code, problem.request_id));
    let issue = |code: String, text: String, expression: Vec<String>| Issue {
        severity: "error",
        code,
        details: CodeableConcept::in_words(text),
        diagnostics: diagnostics.clone(),
        expression,
    };
    let issue = if problem.errors.is_empty() {
        let expression = problem.parameter.iter().map(|name| format!("http.{name}")).collect();
        vec![issue(issue_type(problem.status).to_owned(), problem.detail.clone(), expression)]
    } else {
        let of_field = |error: &crate::error::FieldError| {
            issue(error.code.clone(), error.message.clone(), vec![error.pointer.clone()])
        };
        problem.errors.iter().map(of_field).collect()
    };
    OperationOutcome { resource_type: OutcomeType::OperationOutcome, issue }
}

/// The issue type (required binding) that fits a status.
fn issue_type(status: u16) -> &'static str {
    match status {
        401 => "login",
        403 => "forbidden",
        404 => "not-found",
        405 | 406 | 415 => "not-supported",
        408 => "timeout",
        409 | 412 => "conflict",
        410 => "deleted",
        413 => "too-long",
        429 => "throttled",
        502 | 503 => "transient",
        500.. => "exception",
        _ => "invalid",
    }
}
