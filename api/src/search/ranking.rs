//! The order of what was found: whom to call or go to at once, then what is called so, then what is about it, then what
//! mentions it, then what is about something that is called a little like it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::service::Kind;

use super::doc::DocKind;
use super::find::{Finding, Found, find};
use super::names::Thing;
use super::question::Question;
use super::sources::Sources;
use super::text::{Run, normalized};
use super::tokens::{may_be_pinyin, pairs, phrases, syllables, typed_runs};
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::published::Knowledge;
use crate::knowledge::{officers, services};

/// Fewer digits are no number to dial: 30 is an age.
const SHORTEST_NUMBER: usize = 3;

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
    let first = first_called(&sources.knowledge, &wanted, &question.topics);
    if kind.is_none_or(|kind| kind == DocKind::Service) {
        add_missing(&mut finding, &first);
    }
    let parts = if finding.similar { parts(typed) } else { Vec::new() };
    finding.found.sort_by_cached_key(|found| {
        let called_at = match &found.thing {
            Thing::Service(id) => first.iter().position(|known| **known == **id),
            _ => None,
        };
        // What only comes close is the closer, the more of it stands in the title.
        let common = if parts.is_empty() {
            0
        } else {
            title(sources, found).map_or(0, |title| parts_in(&title, &parts))
        };
        // What holds all that was typed in its title was found by its title.
        let titled = found.by_title.then(|| title(sources, found)).flatten();
        let called = titled.filter(|title| holds_all(title, &wanted));
        // Of titles that hold what was typed, the one with the fewest other words means it most.
        let closeness = called.map_or(usize::MAX, |title| title.chars().count());
        let about = aboutness(&sources.knowledge, found, &question.topics, &wanted);
        let standing = (found.loosely, Reverse(found.by_title));
        let matching = (closeness, Reverse(common), standing);
        (called_at.unwrap_or(usize::MAX), matching, found.thing.kind(), about, Reverse(found.id))
    });
    Ok(finding)
}

/// Ids of the services that come before everything else: whose number was typed, whom to call at once about what was
/// typed, and where to go with it.
fn first_called<'k>(
    knowledge: &'k Knowledge,
    phrases: &[String],
    topics: &BTreeMap<String, usize>,
) -> Vec<&'k str> {
    let is_number =
        |text: &&String| text.len() >= SHORTEST_NUMBER && text.bytes().all(|b| b.is_ascii_digit());
    let mut numbers: Vec<String> = phrases.iter().filter(is_number).cloned().collect();
    // 0755-12345678 is typed as two.
    numbers.push(numbers.concat());
    let known = || knowledge.state.services.iter().filter(|known| services::is_shown(&known.row));
    let dialled = known().filter(|known| {
        let digits = |phone: &String| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        known
            .row
            .phone
            .as_ref()
            .map(digits)
            .is_some_and(|phone| !phone.is_empty() && numbers.contains(&phone))
    });
    let mut first: Vec<&str> = dialled.map(|known| known.row.id.as_str()).collect();
    // Initials stand for many words: xt is 血糖 far more often than 胸痛.
    let means =
        |id: &str| topics.contains_key(id) && !phrases.iter().all(|typed| is_initials(knowledge, typed));
    for number in services::lifelines_about(&knowledge.state.topics, means) {
        let line = known().find(|known| services::lifeline(&known.row) == Some(number));
        first.extend(line.map(|known| known.row.id.as_str()).filter(|id| !first.contains(id)));
    }
    if phrases.iter().any(|typed| services::asks_for_care(typed)) {
        let clinics = known().filter(|known| known.row.kind == Kind::Clinic);
        first.extend(clinics.map(|known| known.row.id.as_str()));
    }
    first
}

/// Whether letters can only be the beginnings of syllables: they are no pinyin, and no word such as CPR.
fn is_initials(knowledge: &Knowledge, typed: &str) -> bool {
    may_be_pinyin(typed) && syllables(typed).is_none() && !knowledge.state.topics.words.is_word(typed)
}

/// Adds services that are shown whatever else matches.
fn add_missing(finding: &mut Finding, ids: &[&str]) {
    for id in ids {
        let is_it = |found: &Found| matches!(&found.thing, Thing::Service(known) if **known == **id);
        if !finding.found.iter().any(is_it) {
            let thing = Thing::Service((*id).into());
            finding.found.push(Found { thing, by_title: true, loosely: false, id: 0 });
        }
    }
}

/// What was typed in the smallest parts that mean something: pairs of characters, and words.
fn parts(typed: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for run in typed_runs(typed) {
        match run {
            Run::Han(characters) if characters.len() > 1 => parts.extend(pairs(&characters)),
            Run::Han(characters) => parts.push(characters.into_iter().collect()),
            Run::Word(word) => parts.push(word),
        }
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn parts_in(title: &str, parts: &[String]) -> usize {
    let title = normalized(title);
    parts.iter().filter(|part| title.contains(part.as_str())).count()
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

/// How many of the words that were typed mean what an article is about, the most first, then how important that is to
/// it, and then how much of what was typed stands in its title.
fn aboutness(
    knowledge: &Knowledge,
    found: &Found,
    topics: &BTreeMap<String, usize>,
    phrases: &[String],
) -> (Reverse<usize>, usize, Reverse<usize>) {
    let article = match found.thing {
        Thing::Article(id) if !topics.is_empty() => knowledge.view.article(id),
        _ => None,
    };
    let about = article.map(|article| article.topics.as_slice()).unwrap_or_default();
    let words = about.iter().filter_map(|id| topics.get(id)).max();
    let place = about.iter().position(|id| topics.contains_key(id));
    let shared = article.filter(|_| words.is_some()).map_or(0, |article| shared(&article.title, phrases));
    (Reverse(words.copied().unwrap_or_default()), place.unwrap_or(usize::MAX), Reverse(shared))
}

/// Chinese characters of what was typed that a title holds: 吃药 means the 药箱 more than other things of its topic.
fn shared(title: &str, phrases: &[String]) -> usize {
    let typed: BTreeSet<char> = phrases.iter().flat_map(|phrase| phrase.chars()).collect();
    let title = normalized(title);
    typed.into_iter().filter(|character| !character.is_ascii() && title.contains(*character)).count()
}
