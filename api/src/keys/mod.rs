//! The keys of the installation, in one file outside the database.
//!
//! Whoever has the database without this file reads nothing about anybody; whoever loses this file has
//! lost what was sealed. The file is made at the first start; replicas share a copy of it.

mod file;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, Utc};

pub use self::file::{KeyFile, MasterKey, SigningKey};
use crate::random::Random;

/// The keys in use; follows the file.
#[derive(Clone)]
pub struct Keys {
    path: PathBuf,
    current: Arc<ArcSwap<KeyFile>>,
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
    pub fn open_or_create(path: &Path, random: &Random, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let file = match KeyFile::read(path)? {
            Some(file) => file,
            None => KeyFile::create(path, random, now)?,
        };
        Ok(Self { path: path.to_owned(), current: Arc::new(ArcSwap::from_pointee(file)) })
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
