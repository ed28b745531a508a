//! The keys of the installation, in one file outside the database.
//!
//! Whoever has the database without this file reads nothing about anybody; whoever loses this file has
//! lost what was sealed. The file is made at the first start; replicas share a copy of it.

mod file;
mod rotation;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use arc_swap::ArcSwap;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, Utc};
use serde_json::json;

pub use self::file::{IndexKey, IndexSuite, KeyFile, MasterKey, SigningKey};
pub use self::rotation::{
    TAKES_EFFECT_AFTER, add_index_key, add_master_key, add_signing_key, drop_index_keys, drop_master_keys,
};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::random::Random;
use crate::state::AppState;

/// The keys in use; follows the file.
#[derive(Clone)]
pub struct Keys {
    path: PathBuf,
    current: Arc<ArcSwap<KeyFile>>,
    seen: Arc<Mutex<Option<Stamp>>>,
}

/// Tells one state of the file from another: the file is always replaced whole.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size_bytes: u64,
    changed_ns: i128,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            inode: metadata.ino(),
            size_bytes: metadata.size(),
            // Also moves when the permissions are mended, unlike the time of modification.
            changed_ns: i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec()),
        })
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads the key file, or makes one if there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or is not a key file.
    pub fn open_or_create(
        path: &Path,
        suite: IndexSuite,
        random: &Random,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        if KeyFile::read(path)?.is_none() {
            KeyFile::create(path, suite, random, now)?;
        }
        // Looked at before reading, so that a change in between is seen later.
        let seen = Stamp::of(path);
        let file = KeyFile::read(path)?.context("the key file is gone")?;
        Ok(Self {
            path: path.to_owned(),
            current: Arc::new(ArcSwap::from_pointee(file)),
            seen: Arc::new(Mutex::new(seen)),
        })
    }

    /// The keys of this moment.
    pub fn current(&self) -> Arc<KeyFile> {
        self.current.load_full()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes up what changed in the file, for example by `kangtu keys rotate`.
    ///
    /// # Errors
    /// When the file is gone or broken; the keys in use stay in use.
    pub fn reload(&self) -> anyhow::Result<()> {
        let file = KeyFile::read(&self.path)?.context("the key file is gone")?;
        self.current.store(Arc::new(file));
        Ok(())
    }

    /// As [`Keys::reload`], if the file is another one than before. Tells whether it was.
    ///
    /// # Errors
    /// As [`Keys::reload`]; it is tried again only when the file changes again.
    pub fn reload_if_changed(&self) -> anyhow::Result<bool> {
        // Looked at before reading, so that a change in between is seen the next time.
        let stamp = Stamp::of(&self.path);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == stamp {
                return Ok(false);
            }
            *seen = stamp;
        }
        self.reload().map(|()| true)
    }
}

/// Takes up the key file if it changed, and notes that in the audit log.
///
/// # Errors
/// When the file is gone or broken; the keys in use stay in use.
pub async fn follow_file(state: &AppState) -> anyhow::Result<()> {
    if !state.keys.reload_if_changed()? {
        return Ok(());
    }
    let file = state.keys.current();
    let (master, signing, index) = (file.master.len(), file.signing.len(), file.index.len());
    tracing::info!(master, signing, index, "took up the changed key file");
    let held = json!({ "master_keys": master, "signing_keys": signing, "index_keys": index });
    Ok(audit::record(state, AuditEvent::new(Action::KeysRotated, Actor::Operator).with(held)).await?)
}

/// Reads an Ed25519 key pair (RFC 8032).
///
/// # Errors
/// When the bytes are not one.
pub fn key_pair(pkcs8: &[u8]) -> anyhow::Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|error| anyhow::anyhow!("not an Ed25519 key: {error}"))
}

/// The public half of a key pair, 32 bytes.
///
/// # Errors
/// When the bytes are not a key pair.
pub fn public_key(pkcs8: &[u8]) -> anyhow::Result<Vec<u8>> {
    Ok(key_pair(pkcs8)?.public_key().as_ref().to_vec())
}
