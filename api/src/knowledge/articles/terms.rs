//! For which terms an article is public, told from its releases.
//!
//! Of all releases that have begun, the one that began last decides: where it has ended, nothing is shown, and
//! never an older one.

use chrono::{DateTime, Utc};
use entity::article_release;

/// A release and how long it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleTerm {
    /// The release.
    pub release: article_release::Model,
    /// From when it does not hold any more: it expired, was withdrawn, or the next began.
    pub ends_at: Option<DateTime<Utc>>,
    /// Since when the article is public without a break.
    pub first_published_at: DateTime<Utc>,
}

/// Where an instant lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before it.
    Waiting,
    /// In it.
    Holds,
    /// After it: another took its place.
    Replaced,
    /// After it: it expired.
    Expired,
    /// After it: somebody withdrew it.
    Withdrawn,
}

impl ArticleTerm {
    /// Whether it does not hold any more.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.ends_at.is_some_and(|ends_at| ends_at <= now)
    }

    /// Where `now` lies.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        if now < self.release.published_at.0 {
            return Phase::Waiting;
        }
        if !self.is_over(now) {
            return Phase::Holds;
        }
        let ended = |at: Option<sea_orm::prelude::ChronoUnixTimestampMillis>| {
            at.is_some_and(|at| Some(at.0) == self.ends_at)
        };
        if ended(self.release.withdrawn_at) {
            Phase::Withdrawn
        } else if ended(self.release.expire_at) {
            Phase::Expired
        } else {
            Phase::Replaced
        }
    }
}

/// The terms of one article, the first first. Cancelled releases are none.
pub fn of(mut releases: Vec<article_release::Model>) -> Vec<ArticleTerm> {
    releases.retain(|release| release.cancelled_at.is_none());
    releases.sort_by_key(|release| (release.published_at.0, release.id));
    let begins: Vec<DateTime<Utc>> = releases.iter().map(|release| release.published_at.0).collect();
    let mut terms: Vec<ArticleTerm> = Vec::with_capacity(releases.len());
    for (index, release) in releases.into_iter().enumerate() {
        let ends = [release.expire_at, release.withdrawn_at].into_iter().flatten().map(|at| at.0);
        let ends_at = ends.chain(begins.get(index + 1).copied()).min();
        let begins_at = release.published_at.0;
        let goes_on = terms.last().filter(|before| before.ends_at == Some(begins_at));
        let first_published_at = goes_on.map_or(begins_at, |before| before.first_published_at);
        terms.push(ArticleTerm { release, ends_at, first_published_at });
    }
    terms
}

/// The term that decides what is shown at `now`: the last that has begun.
pub fn deciding(terms: &[ArticleTerm], now: DateTime<Utc>) -> Option<&ArticleTerm> {
    terms.iter().rev().find(|term| term.release.published_at.0 <= now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::prelude::ChronoUnixTimestampMillis;

    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(ms).unwrap()
    }

    fn release(
        id: i32,
        (begin, expire, withdrawn, cancelled): (i64, Option<i64>, Option<i64>, bool),
    ) -> article_release::Model {
        let stamp = |ms: i64| ChronoUnixTimestampMillis(at(ms));
        article_release::Model {
            id,
            article_id: 1,
            number: id,
            published_at: stamp(begin),
            expire_at: expire.map(|after| stamp(begin + after)),
            withdrawn_at: withdrawn.map(|after| stamp(begin + after)),
            cancelled_at: cancelled.then(|| stamp(begin - 1)),
            created_by: None,
            created_at: stamp(0),
            told_at: None,
            end_told_at: None,
        }
    }

    proptest! {
        #[test]
        fn what_began_last_decides_at_every_instant(
            releases in prop::collection::vec(
                (1..40_i64, prop::option::of(1..20_i64), prop::option::of(0..20_i64), any::<bool>()), 0..6),
        ) {
            let releases: Vec<_> = (1..).zip(releases).map(|(id, release_of)| release(id, release_of)).collect();
            let terms = of(releases.clone());
            for now in (0..70).map(at) {
                let begun = releases.iter().filter(|row| row.cancelled_at.is_none() && row.published_at.0 <= now);
                let last = begun.max_by_key(|row| (row.published_at.0, row.id));
                let shown = last.filter(|row| {
                    [row.expire_at, row.withdrawn_at].into_iter().flatten().all(|end| now < end.0)
                });
                let holding: Vec<i32> = terms
                    .iter()
                    .filter(|term| term.phase(now) == Phase::Holds)
                    .map(|term| term.release.id)
                    .collect();
                prop_assert_eq!(holding, shown.map(|row| row.id).into_iter().collect::<Vec<_>>());
                prop_assert_eq!(deciding(&terms, now).map(|term| term.release.id), last.map(|row| row.id));
            }
        }
    }

    #[test]
    fn an_article_whose_revision_is_replaced_is_no_newer() {
        let terms = of(vec![
            release(1, (10, None, None, false)),
            release(2, (20, Some(5), None, false)),
            release(3, (30, None, None, false)),
        ]);
        let first: Vec<_> = terms.iter().map(|term| term.first_published_at).collect();
        assert_eq!(first, [at(10), at(10), at(30)]);
        let phases: Vec<_> = terms.iter().map(|term| term.phase(at(27))).collect();
        assert_eq!(phases, [Phase::Replaced, Phase::Expired, Phase::Waiting]);
    }
}
