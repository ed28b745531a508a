//! Passwords of staff: hashed with Argon2id (RFC 9106), a bounded number at a time.

pub mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{ApiError, ApiResult};
use crate::random::Random;
use crate::secret::Secret;

/// 19 MiB, two passes, one lane: the least that OWASP and ASVS 11.4.2 recommend, since the server may be
/// the smallest there is.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes computed at the same time; bounds the memory to twice 19 MiB.
const AT_ONCE: usize = 2;
/// Log-ins that may wait for their turn.
const WAITING: usize = 64;
/// What a password is compared with when there is no such account, so that it takes as long. No password
/// is known to give it: the output was made up.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$a2FuZ3R1LW5vYm9keXM$\
                            bm8gcGFzc3dvcmQgaXMga25vd24gdG8geWllbGQgaXQ";

/// Hashes and compares passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    random: Random,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    evaluated: Arc<AtomicU64>,
}

impl Passwords {
    /// With salts from `random`.
    pub fn new(random: Random) -> Self {
        Self {
            random,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(WAITING)),
            evaluated: Arc::default(),
        }
    }

    /// Hashes a password, in PHC string format.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn hash(&self, password: &Secret) -> ApiResult<String> {
        let (password, salt) = (password.clone(), self.random.bytes::<16>());
        self.work(move || hash(&password, &salt)).await?
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is never right.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> ApiResult<bool> {
        let (password, known) = (password.clone(), hash.is_some());
        let hash = hash.unwrap_or(NOBODYS_HASH).to_owned();
        self.evaluated.fetch_add(1, Ordering::Relaxed);
        let right = self.work(move || verify(&password, &hash)).await?;
        Ok(right && known)
    }

    /// How many passwords have been compared.
    pub fn evaluated(&self) -> u64 {
        self.evaluated.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let _place = self.places.try_acquire().or(Err(ApiError::Unavailable {
            code: "busy",
            detail: "现在登录的人较多，请稍后重试。".into(),
            retry_after_s: 2,
        }))?;
        let _turn = self.turns.acquire().await.map_err(anyhow::Error::new)?;
        Ok(tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::new)?)
    }
}

/// Hashes a password without waiting for a turn; for commands.
///
/// # Errors
/// When the password is longer than 4 GiB.
pub fn hash(password: &Secret, salt: &[u8; 16]) -> ApiResult<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| anyhow!("{error}"))?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = hasher
        .hash_password_with_salt(password.expose().as_bytes(), salt)
        .map_err(|error| anyhow!("a password cannot be hashed: {error}"))?;
    Ok(hash.to_string())
}

/// The hash says with which costs it was made, so older ones stay good when the costs grow.
fn verify(password: &Secret, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let hash = hash(&Secret::new("正确的密码 one"), &[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(&Secret::new("正确的密码 one"), &hash));
        assert!(!verify(&Secret::new("正确的密码 One"), &hash));
        assert!(!verify(&Secret::new(""), &hash));
    }

    #[test]
    fn nobodys_hash_is_well_formed_so_that_comparing_with_it_takes_as_long() {
        let hash = PasswordHash::new(NOBODYS_HASH).unwrap();
        assert_eq!(hash.hash.unwrap().len(), 32);
        assert!(!verify(&Secret::new("x"), NOBODYS_HASH));
        assert!(!verify(&Secret::new("x"), "none"));
    }
}
