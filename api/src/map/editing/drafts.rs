//! Changes of the map that wait: written beside what is live, handed in, taken back, given up.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::feature_draft::State;
use geodata::geometry::to_wkb;
use sea_orm::{ActiveValue, DatabaseTransaction, IntoActiveModel};
use serde_json::{Value, json};

use super::body::{self, Defaults};
use super::changes::{self, Proposal};
use super::content::{Known, Place};
use super::draft_views::detail;
use super::dto::{MapDraftDetail, NewMapDraft, SavedMapDraft};
use super::editor::Editor;
use super::judgement::Judge;
use super::rules::Rules;
use super::stored_drafts::{content_of, find, insert, lock, proposal_of, require_state, step, tell, with};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::if_match::IfMatch;
use crate::map::edit::{self, Authorship};
use crate::state::AppState;

const LONGEST_NOTE: usize = 500;

/// Begins a draft.
pub(super) async fn create(state: &AppState, editor: Editor, new: NewMapDraft) -> ApiResult<MapDraftDetail> {
    let note = note(new.note.as_deref(), "/note")?;
    let known = match new.feature_id {
        Some(id) => Some(theirs(state, &editor, id).await?),
        None => None,
    };
    let proposal = if let Some(known) = &known {
        on_known(state, known, &new, note).await?
    } else {
        of_new(state, &editor, &new, note)?
    };
    let proposal = checked(state, &editor, proposal, known.as_ref().map(|known| &known.place)).await?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, proposal) = (editor.clone(), proposal.clone());
        Box::pin(async move { insert(transaction, &editor, &proposal, State::Draft, 0, now).await })
    });
    detail(state.database.reader(), written.await?).await
}

/// What a draft proposes for a known place that was seen as it is.
async fn on_known(
    state: &AppState,
    known: &Known,
    new: &NewMapDraft,
    note: Option<String>,
) -> ApiResult<Proposal> {
    let seen = new.base_version.ok_or_else(|| {
        wrong("/base_version", "missing", "请写明是在哪一版上修改的，也就是读到的 version。")
    })?;
    if seen != known.version() {
        let changed_by = known.revision.changed_by;
        return Err(edit::stale(state.database.reader(), known.version(), changed_by).await?);
    }
    let place = if new.retire { known.place.clone() } else { read(new.feature.as_ref(), Some(known), None)? };
    Ok(Proposal { retires: new.retire, note, ..Proposal::of(known, place) })
}

/// What a draft of a new place proposes.
fn of_new(state: &AppState, editor: &Editor, new: &NewMapDraft, note: Option<String>) -> ApiResult<Proposal> {
    let layer = new.layer.as_deref().filter(|layer| state.map.current().layer(layer).is_some());
    let layer = layer
        .ok_or_else(|| wrong("/layer", "unknown_layer", "请写明新地点所在的图层，可用的图层见图层列表。"))?;
    if new.retire {
        return Err(wrong("/retire", "no_place", "只有已有的地点才能下线。"));
    }
    let place = read(new.feature.as_ref(), None, Some((layer, editor)))?;
    Ok(Proposal { of: None, region_before: None, place, retires: false, warnings: Vec::new(), note })
}

/// Notes what is doubtful and what is wrong; neither keeps a draft from being saved.
async fn checked(
    state: &AppState,
    editor: &Editor,
    mut proposal: Proposal,
    base: Option<&Place>,
) -> ApiResult<Proposal> {
    let map = Arc::clone(&state.map.current());
    let id = proposal.of.map(|(id, _)| id);
    let judged = Judge::new(state).judge(&map, id, &proposal.place, base).await?;
    if let Some(unknown) = judged.errors.iter().find(|error| error.code == "unknown_region") {
        return Err(ApiError::Invalid { errors: vec![unknown.clone()] });
    }
    let wrong = judged.errors.into_iter().map(|error| json!({"code": error.code, "message": error.message}));
    proposal.warnings = wrong.chain(judged.warnings).collect();
    for region_code in proposal.regions() {
        editor.require(region_code)?;
    }
    Ok(proposal)
}

fn read(feature: Option<&Value>, known: Option<&Known>, new: Option<(&str, &Editor)>) -> ApiResult<Place> {
    let feature = feature
        .ok_or_else(|| wrong("/feature", "missing", "请把地点写成 GeoJSON 的 Feature，放在 feature 里。"))?;
    let defaults = match (known, new) {
        (Some(known), _) => Defaults { layer: &known.place.content.layer, region_code: None },
        (None, Some((layer, editor))) => Defaults { layer, region_code: editor.own_region() },
        (None, None) => Defaults { layer: "", region_code: None },
    };
    body::read(feature, known.map(|known| &known.place), defaults).map_err(|mut errors| {
        for error in &mut errors {
            error.pointer.insert_str(0, "/feature");
        }
        ApiError::Invalid { errors }
    })
}

/// A place of theirs, on the map or not.
pub(super) async fn theirs(state: &AppState, editor: &Editor, id: i32) -> ApiResult<Known> {
    let known = Known::find(state.database.reader(), id).await?.ok_or_else(edit::no_such_feature)?;
    if known.is_published() {
        editor.require(&known.place.content.region_code)?;
    } else if !editor.scope.covers(&known.place.content.region_code) {
        return Err(edit::no_such_feature());
    }
    Ok(known)
}

/// Saves a draft.
pub(super) async fn save(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
    saved: SavedMapDraft,
) -> ApiResult<MapDraftDetail> {
    let draft = find(state.database.reader(), &editor, id).await?;
    let known = match draft.feature_id {
        Some(feature_id) => Some(theirs(state, &editor, feature_id).await?),
        None => None,
    };
    let mut place = match &known {
        Some(known) => read(Some(&saved.feature), Some(known), None)?,
        None => read(Some(&saved.feature), None, Some((&draft.layer_id, &editor)))?,
    };
    place.content.photos = content_of(&draft)?.photos;
    let base_version = match (&known, saved.base_version) {
        (Some(known), Some(version)) if version != known.version() => {
            return Err(
                edit::stale(state.database.reader(), known.version(), known.revision.changed_by).await?
            );
        }
        (Some(_), Some(version)) => Some(version),
        _ => draft.base_version,
    };
    let note = note(saved.note.as_deref(), "/note")?;
    let proposal = Proposal {
        of: draft.feature_id.zip(base_version),
        region_before: known.as_ref().map(|known| known.place.content.region_code.clone()),
        place,
        retires: false,
        warnings: Vec::new(),
        note,
    };
    let proposal = checked(state, &editor, proposal, known.as_ref().map(|known| &known.place)).await?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, proposal) = (editor.clone(), proposal.clone());
        Box::pin(async move {
            let draft = lock(transaction, &editor, id, seen).await?;
            require_state(&draft, &[State::Draft, State::Returned])?;
            let content = &proposal.place.content;
            let editors = with(&draft.editors, editor.staff_id)?;
            let mut row = draft.into_active_model();
            row.base_version = ActiveValue::Set(proposal.of.map(|(_, version)| version));
            row.region_code = ActiveValue::Set(content.region_code.clone());
            row.name = ActiveValue::Set(content.name.clone());
            row.content =
                ActiveValue::Set(serde_json::to_value(content).context("a draft cannot be written")?);
            row.geometry = ActiveValue::Set(proposal.place.geometry.as_ref().map(to_wkb));
            row.retires = ActiveValue::Set(false);
            row.editors = ActiveValue::Set(editors);
            row.warnings = ActiveValue::Set(Some(proposal.warnings.clone().into()));
            row.note = ActiveValue::Set(proposal.note.clone());
            row.state = ActiveValue::Set(State::Draft);
            step(transaction, row, now).await
        })
    });
    detail(state.database.reader(), written.await?).await
}

/// Hands a draft in. Where nobody else has to agree, it is on the map at once.
pub(super) async fn submit(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
) -> ApiResult<MapDraftDetail> {
    let draft = find(state.database.reader(), &editor, id).await?;
    let mut proposal = proposal_of(&draft)?;
    let base = match proposal.of {
        Some((feature_id, _)) => Some(theirs(state, &editor, feature_id).await?),
        None => None,
    };
    proposal.region_before = base.as_ref().map(|known| known.place.content.region_code.clone());
    if !proposal.retires {
        let map = Arc::clone(&state.map.current());
        let judged = Judge::new(state)
            .judge(&map, draft.feature_id, &proposal.place, base.as_ref().map(|known| &known.place))
            .await?;
        proposal.warnings = judged.into_warnings().map_err(below_feature)?;
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
            let draft = lock(transaction, &editor, id, seen).await?;
            require_state(&draft, &[State::Draft, State::Returned])?;
            let editors = with(&draft.editors, editor.staff_id)?;
            let warnings = proposal.warnings.clone();
            let published = if steps == 0 {
                let by = Authorship { staff_id: Some(draft.author_id), note: draft.note.clone() };
                Some(publish(transaction, proposal, &by, now).await?)
            } else {
                None
            };
            let feature_id = published.or(draft.feature_id);
            let mut row = draft.into_active_model();
            row.feature_id = ActiveValue::Set(feature_id);
            row.state =
                ActiveValue::Set(if published.is_some() { State::Published } else { State::InReview });
            row.steps = ActiveValue::Set(steps);
            row.approvals = ActiveValue::Set(json!([]));
            row.editors = ActiveValue::Set(editors);
            row.reason = ActiveValue::Set(None);
            row.warnings = ActiveValue::Set(Some(warnings.into()));
            row.submitted_at = ActiveValue::Set(Some(now.into()));
            if published.is_some() {
                // A new place has no base until it is there.
                let base = row.base_version.take().flatten();
                row.base_version = ActiveValue::Set(Some(base.unwrap_or(1)));
            }
            let draft = step(transaction, row, now).await?;
            let word = if published.is_some() { "published" } else { "submitted" };
            tell(transaction, &editor, &draft, word, now).await?;
            Ok(draft)
        })
    });
    let draft = written.await?;
    if draft.state == State::Published {
        state.map.refresh(&state.database, &state.metrics).await?;
    }
    detail(state.database.reader(), draft).await
}

/// Writes what a draft says to the map.
pub(super) async fn publish(
    transaction: &DatabaseTransaction,
    proposal: Proposal,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    changes::write(transaction, proposal, by, now).await.map_err(|error| match error {
        ApiError::PreconditionFailed { version, changed_by } => ApiError::Conflict {
            code: "moved_on",
            detail: format!(
                "{}已经把这个地点改到第 {version} 版，请退回草稿，在新版本上修改后再送审。",
                changed_by.as_deref().unwrap_or("别人")
            ),
        },
        other => other,
    })
}

/// Takes back what was handed in, to write on.
pub(super) async fn recall(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
) -> ApiResult<MapDraftDetail> {
    move_on(state, editor, id, seen, (&[State::InReview], State::Draft), "recalled").await
}

/// Gives a draft up.
pub(super) async fn discard(state: &AppState, editor: Editor, id: i32, seen: IfMatch) -> ApiResult<()> {
    let from: &'static [State] = &[State::Draft, State::Returned];
    move_on(state, editor, id, seen, (from, State::Discarded), "discarded").await.map(drop)
}

async fn move_on(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
    (from, to): (&'static [State], State),
    word: &'static str,
) -> ApiResult<MapDraftDetail> {
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let editor = editor.clone();
        Box::pin(async move {
            let draft = lock(transaction, &editor, id, seen).await?;
            require_state(&draft, from)?;
            let mut row = draft.into_active_model();
            row.state = ActiveValue::Set(to);
            row.approvals = ActiveValue::Set(json!([]));
            let draft = step(transaction, row, now).await?;
            tell(transaction, &editor, &draft, word, now).await?;
            Ok(draft)
        })
    });
    detail(state.database.reader(), written.await?).await
}

/// What was wrong with a feature is wrong below the member of the draft.
fn below_feature(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid { mut errors } => {
            for error in &mut errors {
                error.pointer.insert_str(0, "/feature");
            }
            ApiError::Invalid { errors }
        }
        other => other,
    }
}

/// A remark, trimmed; `None` where it is empty.
pub(super) fn note(text: Option<&str>, pointer: &str) -> ApiResult<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > LONGEST_NOTE || text.contains('\0')) {
        return Err(wrong(pointer, "too_long", format!("最多 {LONGEST_NOTE} 个字，请写得短一些。")));
    }
    Ok(text.map(str::to_owned))
}
