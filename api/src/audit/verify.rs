//! Whether the audit log is what it was.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{audit_event, audit_head};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::chain::{self, BEGINNING, Hash};
use super::checkpoint::{self, Checkpoint};
use super::retention;
use crate::database::Database;
use crate::keys::KeyFile;

const ROWS_AT_ONCE: u64 = 1_000;

/// The first thing that is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// A row does not have the hash of its content.
    #[error("第 {seq} 行被改动过")]
    Changed { seq: i64 },
    /// A row is not there.
    #[error("第 {seq} 行被删除了")]
    Removed { seq: i64 },
    /// A row is there that was never written by the server.
    #[error("第 {seq} 行是后来插入的")]
    Inserted { seq: i64 },
    /// A row is right in itself and does not continue the row before: that one was replaced.
    #[error("第 {seq} 行与它前面的一行接不上，前面的一行被换过")]
    Unlinked { seq: i64 },
    /// The end is missing from this row on.
    #[error("第 {seq} 行及以后的记录被截掉了")]
    Truncated { seq: i64 },
    /// The chain is right in itself and is not the one that was signed.
    #[error("第 {after} 行之后、到第 {seq} 行为止的记录被整体重写过，与当时签名的检查点不符")]
    Rewritten { after: i64, seq: i64 },
    /// A checkpoint was not signed by this installation.
    #[error("第 {seq} 行的检查点签名不对，它不是本系统签发的，或者被改动过")]
    ForgedCheckpoint { seq: i64 },
    /// Old rows are missing without the signature of the server, or too young.
    #[error("第 {seq} 行及以前的记录不是按保存期限清理的")]
    ForgedPurge { seq: i64 },
}

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Rows that were read.
    pub rows: u64,
    /// Number of the last row.
    pub last: i64,
    /// Checkpoints that the log was compared with.
    pub checkpoints: usize,
    /// What is wrong.
    pub tampering: Option<Tampering>,
}

/// Walks the whole log and compares it with the checkpoints of a file.
///
/// # Errors
/// When the database or the file cannot be read. A log that was tampered with is no error of this kind.
pub async fn verify(
    database: &Database,
    keys: &KeyFile,
    checkpoints: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<Verification> {
    let mut signed: BTreeMap<i64, Checkpoint> = BTreeMap::new();
    let checkpoints = checkpoint::read(checkpoints)?;
    let mut verification = Verification { checkpoints: checkpoints.len(), ..Verification::default() };
    for checkpoint in &checkpoints {
        if !checkpoint.is_genuine(keys)? {
            verification.tampering = Some(Tampering::ForgedCheckpoint { seq: checkpoint.seq });
            return Ok(verification);
        }
        if checkpoint.restored {
            signed.retain(|seq, _| *seq <= checkpoint.seq);
        }
        signed.entry(checkpoint.seq).or_insert_with(|| checkpoint.clone());
    }
    let head = head(database).await?;
    verification.tampering = if retention::is_genuine(&head, keys, now)? {
        walk(database, &head, &signed, &mut verification).await?.err()
    } else {
        Some(Tampering::ForgedPurge { seq: head.anchor_seq })
    };
    Ok(verification)
}

pub(super) async fn head(database: &Database) -> anyhow::Result<audit_head::Model> {
    audit_head::Entity::find().one(database.reader()).await?.context("the audit log has no head")
}

/// The end of the chain as far as it was walked.
struct Walker<'c> {
    seq: i64,
    hash: Vec<u8>,
    signed: &'c BTreeMap<i64, Checkpoint>,
    last_signed: i64,
}

async fn walk(
    database: &Database,
    head: &audit_head::Model,
    signed: &BTreeMap<i64, Checkpoint>,
    verification: &mut Verification,
) -> anyhow::Result<Result<(), Tampering>> {
    let below = audit_event::Entity::find().filter(audit_event::Column::Seq.lt(1));
    if let Some(row) = below.one(database.reader()).await? {
        return Ok(Err(Tampering::Inserted { seq: row.seq }));
    }
    let mut walker =
        Walker { seq: head.anchor_seq, hash: head.anchor_hash.clone(), signed, last_signed: head.anchor_seq };
    loop {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(walker.seq))
            .order_by_asc(audit_event::Column::Seq)
            .limit(ROWS_AT_ONCE)
            .all(database.reader())
            .await?;
        for row in &rows {
            if let Err(tampering) = walker.step(row) {
                return Ok(Err(tampering));
            }
            verification.rows += 1;
            verification.last = row.seq;
        }
        if rows.is_empty() {
            break;
        }
    }
    // Read after the rows, so that it is never behind them while the server writes.
    let head_now = self::head(database).await?;
    Ok(walker.end(head, &head_now))
}

impl Walker<'_> {
    fn step(&mut self, row: &audit_event::Model) -> Result<(), Tampering> {
        if row.seq != self.seq + 1 {
            return Err(Tampering::Removed { seq: self.seq + 1 });
        }
        if chain::hash(row).as_slice() != row.hash.as_slice() {
            return Err(Tampering::Changed { seq: row.seq });
        }
        if row.prev_hash != self.hash {
            return Err(Tampering::Unlinked { seq: row.seq });
        }
        self.seq = row.seq;
        self.hash.clone_from(&row.hash);
        if let Some(checkpoint) = self.signed.get(&row.seq) {
            if checkpoint.hash.as_slice() != row.hash.as_slice() {
                return Err(Tampering::Rewritten { after: self.last_signed, seq: row.seq });
            }
            self.last_signed = row.seq;
        }
        Ok(())
    }

    fn end(&self, head: &audit_head::Model, head_now: &audit_head::Model) -> Result<(), Tampering> {
        let last_signed = self.signed.keys().next_back().copied().unwrap_or_default();
        if self.seq < head.seq.max(last_signed) {
            return Err(Tampering::Truncated { seq: self.seq + 1 });
        }
        if self.seq > head_now.seq {
            return Err(Tampering::Inserted { seq: head_now.seq + 1 });
        }
        if self.seq == head.seq && self.hash != head.hash {
            return Err(Tampering::Unlinked { seq: head.seq + 1 });
        }
        Ok(())
    }
}

/// The hash a walk begins with when nothing was purged.
pub(super) fn is_beginning(head: &audit_head::Model) -> bool {
    head.anchor_seq == 0 && head.anchor_hash == BEGINNING && head.anchor_signature.is_none()
}

/// The hash of a row as the database keeps it.
pub(super) fn stored_hash(bytes: &[u8]) -> anyhow::Result<Hash> {
    bytes.try_into().ok().context("a hash of the audit log has a wrong length")
}
