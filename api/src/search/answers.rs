//! Answers that are kept, because many people look for the same few words.
//!
//! An answer follows from what is published and from the time, so it is kept with the numbers of what it was
//! made from and until the next thing appears or ends. Who asked is not kept.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::doc::DocKind;
use super::sources::Sources;
use crate::activities;
use crate::http::ready::Ready;
use crate::regions::RegionTree;

/// Memory for kept answers.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;
/// Answers of a usual length that fit in there.
const EXPECTED_ANSWERS: usize = 2_000;
/// No answer is kept longer, so that whatever an operator does to the index by hand shows, too.
const LONGEST: TimeDelta = TimeDelta::seconds(60);

/// What somebody looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// As it was typed.
    pub(super) typed: String,
    /// Only of this kind.
    pub(super) kind: Option<DocKind>,
    /// For somebody in this region.
    pub(super) region: Option<String>,
    /// Most results.
    pub(super) limit: usize,
    /// Results before them.
    pub(super) offset: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    knowledge: i64,
    map: u64,
    activities: i64,
    regions: Arc<RegionTree>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    answer: Ready,
}

impl Kept {
    fn holds(&self, sources: &Sources, now: DateTime<Utc>) -> bool {
        (self.from..self.until).contains(&now)
            && self.knowledge == sources.knowledge.state.revision
            && self.map == sources.map.snapshot.revision()
            && self.activities == sources.activities.revision
            && Arc::ptr_eq(&self.regions, &sources.regions)
    }
}

#[derive(Clone, Debug)]
struct ByteWeight;

impl Weighter<Asked, Kept> for ByteWeight {
    fn weight(&self, asked: &Asked, kept: &Kept) -> u64 {
        let key = asked.typed.len() + asked.region.as_ref().map_or(0, String::len);
        (size_of::<Asked>() + size_of::<Kept>() + key + kept.answer.len()) as u64
    }
}

/// The answers that are kept.
#[derive(Debug)]
pub struct SearchAnswers(Cache<Asked, Kept, ByteWeight>);

impl Default for SearchAnswers {
    fn default() -> Self {
        Self(Cache::with_weighter(EXPECTED_ANSWERS, KEPT_BYTES, ByteWeight))
    }
}

impl SearchAnswers {
    /// The answer, if it was given before and nothing that it depends on has changed.
    pub(super) fn get(&self, asked: &Asked, sources: &Sources, now: DateTime<Utc>) -> Option<Ready> {
        self.0.get(asked).filter(|kept| kept.holds(sources, now)).map(|kept| kept.answer)
    }

    /// Keeps an answer that was made from `sources` at `now`.
    pub(super) fn keep(&self, asked: Asked, sources: &Sources, now: DateTime<Utc>, answer: Ready) {
        let changes = [
            sources.knowledge.view.until(),
            activities::search::next_end(&sources.activities, now),
            Some(now + LONGEST),
        ];
        let kept = Kept {
            knowledge: sources.knowledge.state.revision,
            map: sources.map.snapshot.revision(),
            activities: sources.activities.revision,
            regions: Arc::clone(&sources.regions),
            from: now,
            until: changes.into_iter().flatten().min().unwrap_or(now),
            answer,
        };
        self.0.insert(asked, kept);
    }
}
