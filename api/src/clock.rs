//! The one place that reads the time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the current instant; services take the instant, never the clock of the machine.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `instant` until it is advanced.
    pub fn fixed(instant: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(instant.timestamp_millis()))))
    }

    /// The current instant, to the millisecond.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn now(&self) -> DateTime<Utc> {
        let now_ms = match &self.0 {
            Source::System => Utc::now().timestamp_millis(),
            Source::Fixed(at_ms) => at_ms.load(Ordering::Relaxed),
        };
        DateTime::from_timestamp_millis(now_ms).unwrap_or_default()
    }

    /// Moves a fixed clock; the clock of the machine cannot be moved and ignores it.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Fixed(at_ms) = &self.0 {
            at_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().to_rfc3339())
    }
}
