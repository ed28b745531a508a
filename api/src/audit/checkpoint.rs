//! What the audit log was, signed, outside of the database.
//!
//! Whoever owns the database can rebuild the chain or cut off its end, but cannot sign. A checkpoint is
//! one line of text that anybody may have: print it in the weekly report, or send it to another office.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, bail};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::chain::Hash;
use crate::keys::{KeyFile, key_pair, public_key};

const DOMAIN: &[u8] = b"kangtu audit checkpoint 1";
const RESTORED_DOMAIN: &[u8] = b"kangtu audit restored 1";

/// The audit log ended with row `seq`, whose hash was `hash`, at `at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of the last row.
    pub seq: i64,
    /// Its hash.
    pub hash: Hash,
    /// When this was signed.
    pub at: DateTime<Utc>,
    /// Whether the log was put back to this end from a backup: what the file tells before about later rows
    /// is about rows that were lost.
    pub restored: bool,
    /// Ed25519 (RFC 8032) over all of that.
    pub signature: Vec<u8>,
}

/// A checkpoint as one line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    hash: String,
    at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    restored: bool,
    signature: String,
}

impl Checkpoint {
    /// Signs the end of the log.
    ///
    /// # Errors
    /// When the key file holds no usable audit key.
    pub fn sign(
        keys: &KeyFile,
        (seq, hash): (i64, Hash),
        restored: bool,
        at: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let mut checkpoint = Self { seq, hash, at, restored, signature: Vec::new() };
        checkpoint.signature = key_pair(&keys.audit)?.sign(&checkpoint.signed_bytes()).as_ref().to_vec();
        Ok(checkpoint)
    }

    /// Whether the holder of the audit key signed it.
    ///
    /// # Errors
    /// When the key file holds no usable audit key.
    pub fn is_genuine(&self, keys: &KeyFile) -> anyhow::Result<bool> {
        let key = UnparsedPublicKey::new(&ED25519, public_key(&keys.audit)?);
        Ok(key.verify(&self.signed_bytes(), &self.signature).is_ok())
    }

    /// As one line of JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_line(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(&Line {
            seq: self.seq,
            hash: BASE64_STANDARD.encode(self.hash),
            at: self.at,
            restored: self.restored,
            signature: BASE64_STANDARD.encode(&self.signature),
        })?)
    }

    fn from_line(text: &str) -> anyhow::Result<Self> {
        let line: Line = serde_json::from_str(text)?;
        let hash: Hash = match BASE64_STANDARD.decode(line.hash)?.try_into() {
            Ok(hash) => hash,
            Err(_) => bail!("the hash has a wrong length"),
        };
        let signature = BASE64_STANDARD.decode(line.signature)?;
        Ok(Self { seq: line.seq, hash, at: line.at, restored: line.restored, signature })
    }

    /// Fixed lengths, so that no two checkpoints are signed as the same bytes.
    fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = if self.restored { RESTORED_DOMAIN } else { DOMAIN }.to_vec();
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.hash);
        bytes.extend(self.at.timestamp_millis().to_be_bytes());
        bytes
    }
}

/// Adds a checkpoint to the file.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn append(path: &Path, checkpoint: &Checkpoint) -> anyhow::Result<()> {
    let line = format!("{}\n", checkpoint.to_line()?);
    let written = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Every checkpoint of a file, oldest first; none where there is no file.
///
/// # Errors
/// When the file cannot be read or a line is no checkpoint.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut checkpoints = Vec::new();
    for (number, line) in (1_usize..).zip(BufReader::new(file).lines()) {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        if !line.trim().is_empty() {
            let checkpoint = Checkpoint::from_line(&line);
            checkpoints.push(
                checkpoint
                    .with_context(|| format!("line {number} of {} is no checkpoint", path.display()))?,
            );
        }
    }
    Ok(checkpoints)
}
