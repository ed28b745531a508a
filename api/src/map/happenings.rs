//! What takes place at a place. The map asks and need not know who answers.

use std::fmt;

use chrono::{DateTime, FixedOffset, Utc};

/// Something that takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Number of the activity.
    pub activity_id: i32,
    /// What it is called.
    pub title: String,
    /// When it begins, as it is told there.
    pub starts_at: DateTime<FixedOffset>,
    /// When it ends.
    pub ends_at: DateTime<FixedOffset>,
}

/// Knows what takes place where.
pub trait Happenings: fmt::Debug + Send + Sync {
    /// What takes place at a place now or later, the next first.
    fn at_place(&self, feature_id: i32, now: DateTime<Utc>) -> Vec<Happening>;
}
