//! What was erased, kept where the loss of the database does not reach it.
//!
//! A backup made before an erasure holds what was erased, and the key file that opens it. So every erasure
//! leaves a row in `erasure_record`, in its own transaction, and right after the commit a signed line in a
//! file beside the key file. A database that lacks the rows of the file is older than the erasures: whoever
//! opens it to serve, restored in whatever way, erases them again first. Each replica keeps the whole file.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::erasure_record;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::database::Database;
use crate::error::ApiResult;
use crate::keys::{KeyFile, Keys, key_pair, public_key};
use crate::state::AppState;

const DOMAIN: &[u8] = b"kangtu erasure 1";

/// How far back rows are compared with the file: replicas commit in another order than their clocks say.
const OVERLAP: TimeDelta = TimeDelta::days(1);

/// One erasure as the file and the database keep it.
pub type Record = erasure_record::Model;

/// A record as one line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Uuid,
    person_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_at: Option<DateTime<Utc>>,
    erased_at: DateTime<Utc>,
    signature: String,
}

/// The file of one installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ids: HashSet<Uuid>,
    latest: Option<DateTime<Utc>>,
}

impl Known {
    fn add(&mut self, record: &Record) {
        self.ids.insert(record.id);
        self.latest = self.latest.max(Some(*record.erased_at));
    }
}

/// What a file of erasures holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Erasures, in the order they were noted.
    pub records: Vec<Record>,
    /// Lines that this installation did not write, by number.
    pub foreign_lines: Vec<usize>,
}

impl Journal {
    /// Opens the file; there is none before the first erasure.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: PathBuf, keys: &KeyFile) -> anyhow::Result<Self> {
        let contents = read(&path, keys)?;
        if !contents.foreign_lines.is_empty() {
            tracing::error!(
                file = %path.display(),
                lines = ?contents.foreign_lines,
                "lines of the file of erasures were not written by this installation and are ignored"
            );
        }
        let mut known = Known::default();
        for record in &contents.records {
            known.add(record);
        }
        Ok(Self(Arc::new(Inner { path, known: Mutex::new(known) })))
    }

    /// Adds to the file what the database has erased since.
    ///
    /// # Errors
    /// When the database cannot be read or the file not written; the next call goes on.
    pub async fn follow(&self, database: &Database, keys: &Keys) -> anyhow::Result<usize> {
        let mut known = self.0.known.lock().await;
        let since = known.latest.map(|latest| (latest - OVERLAP).timestamp_millis());
        let mut erased = erasure_record::Entity::find().order_by_asc(erasure_record::Column::ErasedAt);
        if let Some(since) = since {
            erased = erased.filter(erasure_record::Column::ErasedAt.gte(since));
        }
        let erased = erased.order_by_asc(erasure_record::Column::Id).all(database.reader()).await?;
        let fresh: Vec<&Record> = erased.iter().filter(|record| !known.ids.contains(&record.id)).collect();
        if fresh.is_empty() {
            return Ok(0);
        }
        append(&self.0.path, &keys.current(), &fresh)?;
        for record in &fresh {
            known.add(record);
        }
        Ok(fresh.len())
    }
}

/// Job: see [`Journal::follow`].
///
/// # Errors
/// As [`Journal::follow`].
pub async fn follow(state: &AppState) -> anyhow::Result<()> {
    state.erasures.follow(&state.database, &state.keys).await.map(drop)
}

/// As [`follow`], right after an erasure that is committed: what fails now is done by the job.
pub async fn follow_at_once(state: &AppState) {
    if let Err(error) = follow(state).await {
        tracing::error!(error = %format!("{error:#}"), "an erasure is not in the file of erasures yet");
    }
}

/// Notes an erasure in the transaction that carries it out. Tells whether it was not noted before.
pub(super) async fn note(transaction: &DatabaseTransaction, record: &Record) -> ApiResult<bool> {
    if erasure_record::Entity::find_by_id(record.id).one(transaction).await?.is_some() {
        return Ok(false);
    }
    erasure_record::Entity::insert(record.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(true)
}

/// The records of the file that the database does not know: it is older than they are.
pub(super) async fn missing(database: &Database, records: Vec<Record>) -> anyhow::Result<Vec<Record>> {
    let noted: Vec<Uuid> = erasure_record::Entity::find()
        .select_only()
        .column(erasure_record::Column::Id)
        .into_tuple()
        .all(database.reader())
        .await?;
    let noted: HashSet<Uuid> = noted.into_iter().collect();
    Ok(records.into_iter().filter(|record| !noted.contains(&record.id)).collect())
}

/// Everything a file holds; nothing where there is none.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path, keys: &KeyFile) -> anyhow::Result<Contents> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Contents::default()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let key = UnparsedPublicKey::new(&ED25519, public_key(&keys.audit)?);
    let mut contents = Contents::default();
    // A line without its end was being written when the power failed; it is written again.
    for (number, line) in (1_usize..).zip(text.split_inclusive('\n').filter(|line| line.ends_with('\n'))) {
        match parse(line.trim(), &key) {
            Some(record) => contents.records.push(record),
            None if line.trim().is_empty() => {}
            None => contents.foreign_lines.push(number),
        }
    }
    Ok(contents)
}

fn parse(line: &str, key: &UnparsedPublicKey<Vec<u8>>) -> Option<Record> {
    let line: Line = serde_json::from_str(line).ok()?;
    let signature = BASE64_STANDARD.decode(&line.signature).ok()?;
    let record = Record {
        id: line.id,
        person_id: line.person_id,
        account_id: line.account_id,
        purpose: line.purpose,
        receipt: line.receipt,
        requested_at: line.requested_at.map(Into::into),
        erased_at: line.erased_at.into(),
    };
    key.verify(&signed_bytes(&record), &signature).ok().map(|()| record)
}

fn append(path: &Path, keys: &KeyFile, records: &[&Record]) -> anyhow::Result<()> {
    let pair = key_pair(&keys.audit)?;
    let mut lines = String::new();
    for record in records {
        let line = Line {
            id: record.id,
            person_id: record.person_id,
            account_id: record.account_id,
            purpose: record.purpose.clone(),
            receipt: record.receipt.clone(),
            requested_at: record.requested_at.map(|at| *at),
            erased_at: *record.erased_at,
            signature: BASE64_STANDARD.encode(pair.sign(&signed_bytes(record))),
        };
        lines.push_str(&serde_json::to_string(&line)?);
        lines.push('\n');
    }
    let written = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
        // Replicas on one machine may share the file.
        file.lock()?;
        let mut held = Vec::new();
        file.read_to_end(&mut held)?;
        let whole = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // What the power cut off must not run into the next line.
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Every field with its length, so that no two records are signed as the same bytes.
fn signed_bytes(record: &Record) -> Vec<u8> {
    let millis = |at: DateTime<Utc>| at.timestamp_millis().to_be_bytes().to_vec();
    let mut bytes = DOMAIN.to_vec();
    for field in [
        Some(record.id.as_bytes().to_vec()),
        Some(record.person_id.as_bytes().to_vec()),
        record.account_id.map(|id| id.as_bytes().to_vec()),
        record.purpose.clone().map(String::into_bytes),
        record.receipt.clone().map(String::into_bytes),
        record.requested_at.map(|at| millis(*at)),
        Some(millis(*record.erased_at)),
    ] {
        bytes.push(u8::from(field.is_some()));
        let field = field.unwrap_or_default();
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::keys::IndexSuite;
    use crate::random::Random;

    fn keys(folder: &Path, seed: u64) -> KeyFile {
        let path = folder.join(format!("keys-{seed}.json"));
        KeyFile::create(&path, IndexSuite::HmacSha256, &Random::seeded(seed), DateTime::UNIX_EPOCH).unwrap()
    }

    fn record(random: &Random) -> Record {
        let at = DateTime::from_timestamp_millis(1_800_000_000_000).unwrap();
        Record {
            id: random.id(at),
            person_id: random.id(at),
            account_id: Some(random.id(at)),
            purpose: None,
            receipt: Some(random.token()),
            requested_at: Some(at.into()),
            erased_at: at.into(),
        }
    }

    #[test]
    fn what_was_noted_is_read_again_and_what_was_changed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, random) = (folder.path().join("erasures.jsonl"), Random::seeded(3));
        let (ours, theirs) = (keys(folder.path(), 1), keys(folder.path(), 2));
        let records = [record(&random), record(&random), record(&random)];
        append(&path, &ours, &records.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(read(&path, &ours).unwrap().records, records);
        assert_eq!(read(&path, &theirs).unwrap().foreign_lines, [1, 2, 3]);

        let text = fs::read_to_string(&path).unwrap();
        let other_person =
            text.replacen(&records[1].person_id.to_string(), &records[0].person_id.to_string(), 1);
        fs::write(&path, other_person).unwrap();
        let read_again = read(&path, &ours).unwrap();
        assert_eq!((read_again.records.len(), read_again.foreign_lines), (2, vec![2]));
    }

    #[test]
    fn a_line_that_the_power_cut_off_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (path, random) = (folder.path().join("erasures.jsonl"), Random::seeded(3));
        let ours = keys(folder.path(), 1);
        let (first, second) = (record(&random), record(&random));
        append(&path, &ours, &[&first]).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"id\":\"0190");
        fs::write(&path, text).unwrap();
        assert_eq!(read(&path, &ours).unwrap().records, slice::from_ref(&first));
        append(&path, &ours, &[&second]).unwrap();
        let read_again = read(&path, &ours).unwrap();
        assert_eq!(read_again.records, [first, second]);
        assert!(read_again.foreign_lines.is_empty());
    }
}
