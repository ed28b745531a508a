//! The order of what was found: what is called so, then what is about it, then what mentions it.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::find::{Finding, Found, find};
use super::index::DocKind;
use super::question::Question;
use super::text::normalized;
use crate::error::ApiResult;
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
    let wanted = normalized(typed.trim());
    finding.found.sort_by_cached_key(|found| {
        let is_called_so =
            title(knowledge, &map, found).is_some_and(|title| normalized(&title).contains(&wanted));
        (Reverse(is_called_so), Reverse(found.by_title), found.kind, Reverse(found.id))
    });
    Ok(finding)
}

/// What a result is called; `None` where it went a moment ago.
pub(super) fn title(knowledge: &Knowledge, map: &MapState, found: &Found) -> Option<String> {
    match found.kind {
        DocKind::Article => {
            knowledge.view.article(found.reference.parse().ok()?).map(|article| article.title.clone())
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
    }
}
