//! Errors in another form than problem details, for protocols that have one of their own.

use crate::error::Problem;

/// How errors of the addresses below one are written.
#[derive(Clone, Copy, Debug)]
pub struct ErrorForm {
    /// Beginning of the addresses, with a slash at the end.
    pub below: &'static str,
    /// Media type of what is written.
    pub media_type: &'static str,
    /// Writes it.
    pub write: fn(&Problem) -> Vec<u8>,
}

impl ErrorForm {
    /// Whether an address is one of those; the beginning itself counts, with or without its slash.
    pub fn is_for(&self, path: &str) -> bool {
        path.starts_with(self.below) || Some(path) == self.below.strip_suffix('/')
    }
}

/// Every form there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorForms(pub &'static [ErrorForm]);

impl ErrorForms {
    /// The form that errors of this address have, where it is a special one.
    pub fn of(self, path: &str) -> Option<&'static ErrorForm> {
        self.0.iter().find(|form| form.is_for(path))
    }
}
