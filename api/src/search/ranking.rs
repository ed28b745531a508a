//! The order of what was found: what is called so, then what is about it, then what mentions it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::find::{Finding, Found, find};
use super::index::DocKind;
use super::question::Question;
use super::text::normalized;
use super::tokens::phrases;
use crate::activities::published::ActivityState;
use crate::error::ApiResult;
use crate::knowledge::articles::write::article_of;
use crate::knowledge::officers;
use crate::knowledge::published::Knowledge;
use crate::map::published::MapState;
use crate::state::AppState;

/// What was found, the best first.
///
/// # Errors
/// When the database fails.
pub async fn ranked(
    state: &AppState,
    knowledge: &Knowledge,
    typed: &str,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Finding> {
    let Some(question) = Question::read(typed, &knowledge.state.topics.words) else {
        return Ok(Finding::default());
    };
    let mut finding = find(&state.database, &question, kind, now).await?;
    let map = state.map.current();
    let activities = state.activities.current();
    let wanted = phrases(typed);
    finding.found.sort_by_cached_key(|found| {
        let called = title(knowledge, &map, &activities, found).filter(|title| holds_all(title, &wanted));
        // Of titles that hold what was typed, the one with the fewest other words means it most.
        let closeness = called.map_or(usize::MAX, |title| title.chars().count());
        let about = place_of_topic(knowledge, found, &question.topics);
        (closeness, Reverse(found.by_title), found.kind, about, Reverse(found.id))
    });
    Ok(finding)
}

fn holds_all(title: &str, phrases: &[String]) -> bool {
    let title = normalized(title);
    phrases.iter().all(|phrase| title.contains(phrase))
}

/// What a result is called; `None` where it went a moment ago.
pub(super) fn title(
    knowledge: &Knowledge,
    map: &MapState,
    activities: &ActivityState,
    found: &Found,
) -> Option<String> {
    match found.kind {
        DocKind::Article => {
            knowledge.view.article(article_of(&found.reference)?).map(|article| article.title.clone())
        }
        DocKind::Service => {
            let services = &knowledge.state.services;
            services.iter().find(|known| known.row.id == found.reference).map(|known| known.row.title.clone())
        }
        DocKind::Officer => {
            knowledge.state.officers.iter().find(|known| known.row.id == found.reference).map(officers::title)
        }
        DocKind::Place => {
            map.snapshot.feature(found.reference.parse().ok()?).map(|place| place.name().to_owned())
        }
        DocKind::Activity => {
            activities.get(found.reference.parse().ok()?).map(|activity| activity.row.title.clone())
        }
    }
}

/// How important the topics that were meant are to an article, 0 the most.
fn place_of_topic(knowledge: &Knowledge, found: &Found, topics: &BTreeSet<String>) -> usize {
    let article = match found.kind {
        DocKind::Article => article_of(&found.reference).and_then(|id| knowledge.view.article(id)),
        _ => None,
    };
    let place = article.and_then(|article| article.topics.iter().position(|id| topics.contains(id)));
    place.unwrap_or(usize::MAX)
}
