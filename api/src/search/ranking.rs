//! The order of what was found: what is called so, then what is about it, then what mentions it, then what is about
//! something that is called a little like it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::find::{Finding, Found, find};
use super::index::DocKind;
use super::names::Thing;
use super::question::Question;
use super::sources::Sources;
use super::text::normalized;
use super::tokens::phrases;
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::officers;
use crate::knowledge::published::Knowledge;

/// What was found, the best first.
///
/// # Errors
/// When the database fails.
pub async fn ranked(
    database: &Database,
    sources: &Sources,
    typed: &str,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Finding> {
    let Some(question) = Question::read(typed, &sources.knowledge.state.topics.words) else {
        return Ok(Finding::default());
    };
    let mut finding = find((database, &sources.names), &question, kind, now).await?;
    let wanted = phrases(typed);
    finding.found.sort_by_cached_key(|found| {
        // What holds all that was typed in its title was found by its title.
        let titled = found.by_title.then(|| title(sources, found)).flatten();
        let called = titled.filter(|title| holds_all(title, &wanted));
        // Of titles that hold what was typed, the one with the fewest other words means it most.
        let closeness = called.map_or(usize::MAX, |title| title.chars().count());
        let about = place_of_topic(&sources.knowledge, found, &question.topics);
        let standing = (found.loosely, Reverse(found.by_title));
        (closeness, standing, found.thing.kind(), about, Reverse(found.id))
    });
    Ok(finding)
}

fn holds_all(title: &str, phrases: &[String]) -> bool {
    let title = normalized(title);
    phrases.iter().all(|phrase| title.contains(phrase))
}

/// What a result is called; `None` where it went a moment ago.
fn title<'s>(sources: &'s Sources, found: &Found) -> Option<Cow<'s, str>> {
    let Sources { knowledge, map, activities, .. } = sources;
    match &found.thing {
        Thing::Article(id) => knowledge.view.article(*id).map(|article| article.title.as_str().into()),
        Thing::Service(id) => {
            let mut services = knowledge.state.services.iter();
            services.find(|known| known.row.id == **id).map(|known| known.row.title.as_str().into())
        }
        Thing::Officer(id) => {
            let mut officers = knowledge.state.officers.iter();
            officers.find(|known| known.row.id == **id).map(|known| officers::title(known).into())
        }
        Thing::Place(id) => map.snapshot.feature(*id).map(|place| place.name().into()),
        Thing::Activity(id) => activities.get(*id).map(|activity| activity.row.title.as_str().into()),
    }
}

/// How important the topics that were meant are to an article, 0 the most.
fn place_of_topic(knowledge: &Knowledge, found: &Found, topics: &BTreeSet<String>) -> usize {
    let article = match found.thing {
        Thing::Article(id) if !topics.is_empty() => knowledge.view.article(id),
        _ => None,
    };
    let place = article.and_then(|article| article.topics.iter().position(|id| topics.contains(id)));
    place.unwrap_or(usize::MAX)
}
