//! The recent changes, for clients that keep a copy of the map.

use super::feature::Feature;
use super::record::{FeatureId, LogEntry};

/// Changes that are kept; clients further behind load the map anew.
pub(super) const KEPT_CHANGES: usize = 10_000;

/// What became of a feature since the revision that a client knows.
#[derive(Debug, Clone, Copy)]
pub enum ChangeRef<'s> {
    /// The feature is new or was changed; this is how it is now.
    Upsert {
        /// Revision of its last change.
        revision: u64,
        /// The feature as it is now.
        feature: &'s Feature,
    },
    /// The feature is no longer published.
    Removed {
        /// Revision of its last change.
        revision: u64,
        /// Its id.
        id: FeatureId,
    },
}

impl ChangeRef<'_> {
    /// Revision of the feature's last change.
    pub fn revision(&self) -> u64 {
        match self {
            Self::Upsert { revision, .. } | Self::Removed { revision, .. } => *revision,
        }
    }

    /// Id of the feature.
    pub fn id(&self) -> FeatureId {
        match self {
            Self::Upsert { feature, .. } => feature.id(),
            Self::Removed { id, .. } => *id,
        }
    }
}

/// The last [`KEPT_CHANGES`] changes, by ascending revision.
pub(super) struct ChangeLog {
    entries: Vec<LogEntry>,
    /// Every change after this revision is in `entries`.
    complete_after: u64,
}

impl ChangeLog {
    /// A log of whole revisions. Without entries nothing before `current` is known.
    pub(super) fn new(mut entries: Vec<LogEntry>, current: u64) -> Self {
        entries.sort_by_key(|entry| entry.revision);
        let complete_after = entries.first().map_or(current, |first| first.revision.saturating_sub(1));
        let mut log = Self { entries, complete_after };
        log.forget_old();
        log
    }

    pub(super) fn extended(&self, newer: impl Iterator<Item = LogEntry>) -> Self {
        let mut log = Self {
            entries: self.entries.iter().copied().chain(newer).collect(),
            complete_after: self.complete_after,
        };
        log.forget_old();
        log
    }

    /// The last change of each feature after `revision`, in the order of these changes. `None` if
    /// the log does not reach back that far.
    pub(super) fn since(&self, revision: u64) -> Option<Vec<LogEntry>> {
        if revision < self.complete_after {
            return None;
        }
        let start = self.entries.partition_point(|entry| entry.revision <= revision);
        let mut latest = self.entries.get(start..)?.to_vec();
        latest.sort_by_key(|entry| (entry.feature, std::cmp::Reverse(entry.revision)));
        latest.dedup_by_key(|entry| entry.feature);
        latest.sort_by_key(|entry| (entry.revision, entry.feature));
        Some(latest)
    }

    fn forget_old(&mut self) {
        let surplus = self.entries.len().saturating_sub(KEPT_CHANGES);
        if let Some(last_forgotten) = surplus.checked_sub(1).and_then(|i| self.entries.get(i)) {
            self.complete_after = self.complete_after.max(last_forgotten.revision);
            self.entries.drain(..surplus);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(revision: u64, feature: FeatureId) -> LogEntry {
        LogEntry { revision, feature }
    }

    #[test]
    fn each_feature_comes_once_with_its_last_revision() {
        let log = ChangeLog::new(vec![entry(4, 1), entry(5, 2), entry(6, 1), entry(7, 3)], 7);
        assert_eq!(log.since(3), Some(vec![entry(5, 2), entry(6, 1), entry(7, 3)]));
        assert_eq!(log.since(6), Some(vec![entry(7, 3)]));
        assert_eq!(log.since(7), Some(Vec::new()));
        assert_eq!(log.since(2), None);
    }

    #[test]
    fn a_revision_that_is_partly_forgotten_is_not_answered() {
        let log = ChangeLog::new(vec![entry(1, 1)], 1);
        let many = (0..10_005).map(|feature| entry(2, feature));
        let log = log.extended(many).extended(std::iter::once(entry(3, 1)));
        assert_eq!(log.entries.len(), KEPT_CHANGES);
        assert_eq!(log.since(1), None);
        assert_eq!(log.since(2), Some(vec![entry(3, 1)]));
    }

    #[test]
    fn an_empty_log_knows_only_the_present() {
        let log = ChangeLog::new(Vec::new(), 9);
        assert_eq!(log.since(9), Some(Vec::new()));
        assert_eq!(log.since(8), None);
    }
}
