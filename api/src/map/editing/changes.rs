//! What becomes of a change that somebody sends: it is on the map before the answer leaves, or it waits for
//! the people who have to agree.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::feature::Status;
use entity::feature_draft::State;
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use super::body::{self, Defaults};
use super::content::{Known, Place};
use super::editor::Editor;
use super::judgement::Judge;
use super::rules::Rules;
use super::stored_drafts;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::map::edit::{self, Authorship, FeatureChange, FeatureEdit};
use crate::state::AppState;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::map) enum Done {
    /// It is on the map: the number of the place.
    Published(i32),
    /// The place is no longer on the map.
    Retired,
    /// It said nothing new about the place with this number.
    Unchanged(i32),
    /// It waits as a draft with this number.
    Queued(i32),
}

/// What a place is to become.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    /// The place with the version that was seen; `None` for a new one.
    pub(super) of: Option<(i32, i32)>,
    /// Where it belonged before.
    pub(super) region_before: Option<String>,
    pub(super) place: Place,
    pub(super) retires: bool,
    /// What whoever decides should look at.
    pub(super) warnings: Vec<Value>,
    pub(super) note: Option<String>,
}

impl Proposal {
    /// Everything that a known place is to become.
    pub(super) fn of(known: &Known, place: Place) -> Self {
        Self {
            of: Some((known.id(), known.version())),
            region_before: Some(known.place.content.region_code.clone()),
            place,
            retires: false,
            warnings: Vec::new(),
            note: None,
        }
    }

    /// The regions that it concerns.
    pub(super) fn regions(&self) -> impl Iterator<Item = &str> {
        self.region_before.as_deref().into_iter().chain([self.place.content.region_code.as_str()])
    }

    /// As an edit of the map.
    pub(super) fn edit(self) -> ApiResult<FeatureEdit> {
        let status = if self.retires { Status::Retired } else { Status::Published };
        let photos = self.place.content.photos.clone();
        let draft = self.place.draft(status, self.warnings)?;
        Ok(match self.of {
            None => FeatureEdit::Add(Box::new(draft), None),
            Some((id, seen)) => FeatureEdit::Change(Box::new(FeatureChange { id, seen, draft, photos })),
        })
    }

    fn word(&self) -> &'static str {
        match (self.of, self.retires) {
            (None, _) => "added",
            (Some(_), false) => "changed",
            (Some(_), true) => "retired",
        }
    }
}

/// A new place of a layer.
pub(in crate::map) async fn create(
    state: &AppState,
    editor: Editor,
    layer: &str,
    feature: &Value,
) -> ApiResult<Done> {
    let defaults = Defaults { layer, region_code: editor.own_region() };
    let place = body::read(feature, None, defaults).map_err(|errors| ApiError::Invalid { errors })?;
    let proposal =
        Proposal { of: None, region_before: None, place, retires: false, warnings: Vec::new(), note: None };
    decide(state, editor, proposal, None).await
}

/// New content for a place that was seen in its current version.
pub(in crate::map) async fn replace(
    state: &AppState,
    editor: Editor,
    known: Known,
    feature: &Value,
) -> ApiResult<Done> {
    let defaults = Defaults { layer: &known.place.content.layer, region_code: None };
    let place =
        body::read(feature, Some(&known.place), defaults).map_err(|errors| ApiError::Invalid { errors })?;
    if place == known.place {
        return Ok(Done::Unchanged(known.id()));
    }
    decide(state, editor, Proposal::of(&known, place), Some(&known.place)).await
}

/// Takes a place off the map. Its history stays, and it can be put back from there.
pub(in crate::map) async fn retire(state: &AppState, editor: Editor, known: Known) -> ApiResult<Done> {
    let proposal = Proposal { retires: true, ..Proposal::of(&known, known.place.clone()) };
    decide(state, editor, proposal, Some(&known.place)).await
}

/// Publishes a proposal, or leaves it to the people who have to agree.
pub(super) async fn decide(
    state: &AppState,
    editor: Editor,
    mut proposal: Proposal,
    base: Option<&Place>,
) -> ApiResult<Done> {
    if !proposal.retires {
        let map = Arc::clone(&state.map.current());
        let id = proposal.of.map(|(id, _)| id);
        let judged = Judge::new(state).judge(&map, id, &proposal.place, base).await?;
        proposal.warnings = judged.into_warnings()?;
    }
    for region_code in proposal.regions() {
        editor.require(region_code)?;
    }
    let rules = Rules::load(state.database.reader()).await?;
    let steps = rules.steps_for(&state.regions.current(), &editor, proposal.regions());
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, proposal) = (editor.clone(), proposal.clone());
        Box::pin(async move {
            if steps == 0 {
                return publish(transaction, &editor, proposal, now).await;
            }
            let draft =
                stored_drafts::insert(transaction, &editor, &proposal, State::InReview, steps, now).await?;
            Ok(Done::Queued(draft.id))
        })
    });
    let done = written.await?;
    if !matches!(done, Done::Queued(_)) {
        state.map.refresh(&state.database, &state.metrics).await?;
    }
    Ok(done)
}

async fn publish(
    transaction: &DatabaseTransaction,
    editor: &Editor,
    proposal: Proposal,
    now: DateTime<Utc>,
) -> ApiResult<Done> {
    let by = editor.authorship(proposal.note.clone());
    let (word, region_code) = (proposal.word(), proposal.place.content.region_code.clone());
    let (of, retires) = (proposal.of, proposal.retires);
    let id = write(transaction, proposal, &by, now).await?;
    audit::append(transaction, &editor.change(word, id, &region_code), now).await?;
    Ok(if retires && of.is_some() { Done::Retired } else { Done::Published(id) })
}

/// Writes a proposal to the map and returns the number of its place.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    proposal: Proposal,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let known = proposal.of.map(|(id, _)| id);
    let added = edit::write_as(transaction, [proposal.edit()?].into(), by, now).await?;
    known
        .or_else(|| added.first().copied())
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a new place got no number")))
}

/// Notes in the audit log that many places changed at once.
pub(super) async fn note_many(
    transaction: &DatabaseTransaction,
    editor: &Editor,
    counts: Value,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let region_code = editor.scope.granted().first().cloned().unwrap_or_default();
    let event = editor.event(Action::MapChanged, &region_code).with(json!({"bulk": counts}));
    audit::append(transaction, &event, now).await
}
