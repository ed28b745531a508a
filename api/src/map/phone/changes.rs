//! What changed since a phone last looked, in pages that stay right while the map moves on.
//!
//! Changes are ordered by the revision of a place's last change, then by id, and a page goes on after
//! the last pair that was told. A place that changes between two pages gets a later revision, so it is
//! still to come (or comes again, with its new state); nothing that was not told can fall behind.

use std::str::FromStr;

use geodata::Datum;
use geodata::snapshot::{ChangeRef, FeatureId, Snapshot};

use crate::error::{ApiError, ApiResult};

/// The last change that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    revision: u64,
    id: FeatureId,
}

/// Asks for a page of changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChangesQuery {
    /// Revision that the phone holds.
    pub(super) since: u64,
    /// Last change of the page before.
    pub(super) after: Option<Cursor>,
    pub(super) limit: usize,
    pub(super) datum: Datum,
}

impl Cursor {
    fn of(change: &ChangeRef<'_>) -> Self {
        Self { revision: change.revision(), id: change.id() }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.revision, self.id)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (revision, id) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { revision: revision.parse()?, id: id.parse()? })
    }
}

/// One page of changes as JSON, see [`super::dto::MapChangeList`].
pub(super) fn page(snapshot: &Snapshot, query: &ChangesQuery) -> ApiResult<Vec<u8>> {
    let (changes, is_last) = changes(snapshot, query).ok_or_else(reload)?;
    let last = changes.last().map(Cursor::of);
    let (revision, next) = match last {
        // The rest of the last revision told is still to come, so a phone that stops here asks again.
        Some(last) if !is_last => (last.revision.saturating_sub(1), format!("\"{last}\"")),
        _ => (snapshot.revision(), "null".to_owned()),
    };
    let mut out = format!("{{\"revision\":{revision},\"items\":[").into_bytes();
    for (index, change) in changes.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_change(change, query.datum, &mut out);
    }
    out.extend_from_slice(format!("],\"next\":{next}}}").as_bytes());
    Ok(out)
}

/// The changes of the page, and whether it is the last one. `None` where they are not known any more.
fn changes<'s>(snapshot: &'s Snapshot, query: &ChangesQuery) -> Option<(Vec<ChangeRef<'s>>, bool)> {
    let since = match query.after {
        Some(cursor) => query.since.max(cursor.revision.saturating_sub(1)),
        None => query.since,
    };
    let mut changes = snapshot.changes_since(since)?;
    changes.sort_unstable_by_key(Cursor::of);
    let told = changes.partition_point(|change| query.after.is_some_and(|after| Cursor::of(change) <= after));
    changes.drain(..told);
    let is_last = changes.len() <= query.limit;
    changes.truncate(query.limit);
    Some((changes, is_last))
}

fn write_change(change: &ChangeRef<'_>, datum: Datum, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"id\":{},\"revision\":{},", change.id(), change.revision()).as_bytes());
    match change {
        ChangeRef::Upsert { feature, .. } => {
            out.extend_from_slice(b"\"feature\":");
            feature.write_json(datum, out);
        }
        ChangeRef::Removed { .. } => out.extend_from_slice(b"\"deleted\":true"),
    }
    out.push(b'}');
}

fn reload() -> ApiError {
    ApiError::Gone {
        code: "reload",
        detail: "手机上保存的地图版本太旧或不正确，无法只更新变化的部分，请重新加载整个地图。".into(),
    }
}
