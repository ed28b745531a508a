//! Which endpoints are left alone because their quota is used up.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::endpoint::Endpoint;

#[derive(Debug, Default)]
pub(super) struct QuotaPauses(Mutex<BTreeMap<Endpoint, DateTime<Utc>>>);

impl QuotaPauses {
    /// Until when the endpoint must not be called, if it must not.
    pub(super) fn paused(&self, endpoint: Endpoint, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.get(&endpoint).copied().filter(|until| now < *until)
    }

    /// Leaves the endpoint alone until its next window.
    pub(super) fn pause(&self, endpoint: Endpoint, now: DateTime<Utc>) {
        let mut pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.insert(endpoint, endpoint.next_window(now));
    }
}
