//! The one source of randomness.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

/// Gives unpredictable bytes: a ChaCha generator that the system seeds, or in tests one with a known seed.
#[derive(Clone)]
pub struct Random(Arc<Mutex<StdRng>>);

impl Random {
    /// Randomness nobody can predict.
    ///
    /// # Errors
    /// When the system gives none, in which case the server must not start.
    pub fn system() -> anyhow::Result<Self> {
        let generator = StdRng::try_from_rng(&mut SysRng).context("the system gives no random numbers")?;
        Ok(Self(Arc::new(Mutex::new(generator))))
    }

    /// The same sequence each time, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // The generator's state is whole even if a holder of the lock panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// 256 random bits as 43 characters that are safe in URLs and headers.
    pub fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// An id for something that belongs to a person: UUIDv7 (RFC 9562), sorted by its instant.
    pub fn id(&self, now: DateTime<Utc>) -> Uuid {
        let now_ms = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(now_ms, &self.bytes()).into_uuid()
    }

    /// An id that tells nothing, not even when it was made: UUIDv4 (RFC 9562).
    pub fn stamp(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        assert_eq!(Random::seeded(1).token(), Random::seeded(1).token());
        assert_ne!(Random::seeded(1).token(), Random::seeded(2).token());
        assert_ne!(Random::system().unwrap().token(), Random::system().unwrap().token());
    }

    #[test]
    fn ids_sort_by_their_instant() {
        let random = Random::seeded(1);
        let at = |text: &str| random.id(text.parse().unwrap());
        assert!(at("2026-11-22T00:00:00Z") < at("2026-11-22T00:00:01Z"));
        assert_eq!(at("2026-11-22T00:00:00Z").get_version_num(), 7);
    }
}
