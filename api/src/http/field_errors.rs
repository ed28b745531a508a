//! Collects everything that is wrong with a body, so that it can be mended in one go.

use crate::error::{ApiError, ApiResult, FieldError};

/// The wrong fields found so far.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Notes a wrong field: JSON Pointer, stable word, and what to do in Chinese.
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), code: code.to_owned(), message: message.into() });
    }

    /// Takes the value, or notes what is wrong with it.
    pub fn take<T>(&mut self, checked: Result<T, FieldError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    /// # Errors
    /// 422 with every wrong field, if there is any.
    pub fn finish(self) -> ApiResult<()> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid { errors: self.0 }) }
    }
}

/// 422 about one field.
pub fn wrong(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> ApiError {
    let mut errors = FieldErrors::default();
    errors.add(pointer, code, message);
    ApiError::Invalid { errors: errors.0 }
}
