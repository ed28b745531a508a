//! The access token: fetched once for all who wait for it, kept until five minutes before it ends.
//!
//! The stable token (`/cgi-bin/stable_token`, not forced) is the same for every replica until its last
//! five minutes, and old and new both work for five minutes, so replicas need not agree. Refreshing by
//! force is never done here: it revokes the token of all the others.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::error::WechatError;
use crate::clock::Clock;
use crate::secret::Secret;

/// A token as WeChat gives it.
#[derive(Debug)]
pub(super) struct FreshToken {
    pub(super) token: Secret,
    pub(super) expires_in_s: i64,
}

/// Keeps the token of one appid; a client has one appid, so no other's can be taken for it.
#[derive(Debug)]
pub(super) struct TokenCache {
    clock: Clock,
    /// How many fetches have ended. Whoever waited while one failed shares its failure, so that a crowd
    /// does not try one after the other.
    fetches: AtomicU64,
    slot: Mutex<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    kept: Option<KeptToken>,
    last_failure: Option<WechatError>,
}

#[derive(Debug)]
struct KeptToken {
    token: Secret,
    keep_until: DateTime<Utc>,
}

impl TokenCache {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, fetches: AtomicU64::new(0), slot: Mutex::default() }
    }

    /// The token kept, or the one that `fetch` brings.
    pub(super) async fn get(
        &self,
        fetch: impl AsyncFnOnce() -> Result<FreshToken, WechatError>,
    ) -> Result<Secret, WechatError> {
        let seen = self.fetches.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        let now = self.clock.now();
        if let Some(kept) = slot.kept.as_ref().filter(|kept| now < kept.keep_until) {
            return Ok(kept.token.clone());
        }
        if self.fetches.load(Ordering::Acquire) != seen
            && let Some(failure) = &slot.last_failure
        {
            return Err(failure.clone());
        }
        let fetched = fetch().await;
        self.fetches.fetch_add(1, Ordering::AcqRel);
        match fetched {
            Ok(fresh) => {
                let keep_s = fresh.expires_in_s.saturating_sub(300).clamp(60, 7_200);
                let keep_until = self.clock.now() + TimeDelta::seconds(keep_s);
                *slot = Slot {
                    kept: Some(KeptToken { token: fresh.token.clone(), keep_until }),
                    last_failure: None,
                };
                Ok(fresh.token)
            }
            Err(failure) => {
                *slot = Slot { kept: None, last_failure: Some(failure.clone()) };
                Err(failure)
            }
        }
    }

    /// Forgets the token that was refused, unless somebody has put a newer one in its place.
    pub(super) async fn forget(&self, refused: &Secret) {
        let mut slot = self.slot.lock().await;
        if slot.kept.as_ref().is_some_and(|kept| kept.token.equals(refused.expose())) {
            slot.kept = None;
        }
    }
}
