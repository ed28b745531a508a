//! Drafts as rows: found, locked, written, and read back as what they propose.

use std::collections::BTreeSet;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::feature_draft::{self, State};
use geodata::geometry::to_wkb;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::changes::Proposal;
use super::content::{Content, Place, stored_geometry};
use super::dto::MapDraftState;
use super::editor::Editor;
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::IfMatch;

/// Writes a proposal down as a draft.
pub(super) async fn insert(
    transaction: &DatabaseTransaction,
    editor: &Editor,
    proposal: &Proposal,
    state: State,
    steps: i32,
    now: DateTime<Utc>,
) -> ApiResult<feature_draft::Model> {
    let content = &proposal.place.content;
    let row = feature_draft::ActiveModel {
        id: ActiveValue::NotSet,
        feature_id: ActiveValue::Set(proposal.of.map(|(id, _)| id)),
        base_version: ActiveValue::Set(proposal.of.map(|(_, version)| version)),
        layer_id: ActiveValue::Set(content.layer.clone()),
        region_code: ActiveValue::Set(content.region_code.clone()),
        name: ActiveValue::Set(content.name.clone()),
        content: ActiveValue::Set(serde_json::to_value(content).context("a draft cannot be written")?),
        geometry: ActiveValue::Set(proposal.place.geometry.as_ref().map(to_wkb)),
        retires: ActiveValue::Set(proposal.retires),
        state: ActiveValue::Set(state),
        steps: ActiveValue::Set(steps),
        approvals: ActiveValue::Set(json!([])),
        editors: ActiveValue::Set(json!([editor.staff_id])),
        warnings: ActiveValue::Set(Some(proposal.warnings.clone().into())),
        note: ActiveValue::Set(proposal.note.clone()),
        reason: ActiveValue::Set(None),
        author_id: ActiveValue::Set(editor.staff_id),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
        submitted_at: ActiveValue::Set((state == State::InReview).then(|| now.into())),
    };
    let draft = row.insert(transaction).await?;
    tell(transaction, editor, &draft, if state == State::InReview { "submitted" } else { "begun" }, now)
        .await?;
    Ok(draft)
}

/// Raises the version of a draft that something was done to.
pub(super) async fn step(
    transaction: &DatabaseTransaction,
    mut row: feature_draft::ActiveModel,
    now: DateTime<Utc>,
) -> ApiResult<feature_draft::Model> {
    let version = row.version.take().unwrap_or_default();
    row.version = ActiveValue::Set(version + 1);
    row.updated_at = ActiveValue::Set(now.into());
    Ok(row.update(transaction).await?)
}

/// Notes in the audit log what was done to a draft.
pub(super) async fn tell(
    transaction: &DatabaseTransaction,
    editor: &Editor,
    draft: &feature_draft::Model,
    word: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let event = editor.event(Action::MapDraftMoved, &draft.region_code).on("feature_draft", draft.id);
    audit::append(transaction, &event.with(json!({"step": word, "feature": draft.feature_id})), now).await
}

/// The draft with this number, in their region.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    editor: &Editor,
    id: i32,
) -> ApiResult<feature_draft::Model> {
    let found = feature_draft::Entity::find_by_id(id).one(connection).await?;
    found.filter(|draft| editor.scope.covers(&draft.region_code)).ok_or_else(no_such_draft)
}

/// The same in the version that was seen, locked until the end of the transaction.
pub(super) async fn lock(
    transaction: &DatabaseTransaction,
    editor: &Editor,
    id: i32,
    seen: IfMatch,
) -> ApiResult<feature_draft::Model> {
    let found = feature_draft::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let draft = found.filter(|draft| editor.scope.covers(&draft.region_code)).ok_or_else(no_such_draft)?;
    seen.require(draft.version)?;
    Ok(draft)
}

/// Refuses what cannot be done to a draft that is so far.
pub(super) fn require_state(draft: &feature_draft::Model, allowed: &[State]) -> ApiResult<()> {
    if allowed.contains(&draft.state) {
        return Ok(());
    }
    let state = MapDraftState::from(draft.state);
    Err(ApiError::Conflict {
        code: "wrong_state",
        detail: format!("这份草稿现在是“{}”，不能这样做，请刷新后再看。", state.text()),
    })
}

fn no_such_draft() -> ApiError {
    ApiError::NotFound {
        code: "draft_not_found",
        detail: "没有找到这份草稿，或者不在您负责的区域内。".into(),
    }
}

/// A list of staff with one more.
pub(super) fn with(list: &Value, staff_id: Uuid) -> ApiResult<Value> {
    let mut ids = staff_of(list)?;
    ids.insert(staff_id);
    Ok(json!(ids))
}

/// Ids of staff in a stored list.
pub(super) fn staff_of(list: &Value) -> ApiResult<BTreeSet<Uuid>> {
    Ok(serde_json::from_value(list.clone()).context("a stored list of staff cannot be read")?)
}

pub(super) fn content_of(draft: &feature_draft::Model) -> ApiResult<Content> {
    Ok(serde_json::from_value(draft.content.clone()).context("a stored draft cannot be read")?)
}

/// What a draft proposes. Where its place belonged before is for the caller to say.
pub(super) fn proposal_of(draft: &feature_draft::Model) -> ApiResult<Proposal> {
    let place = Place { content: content_of(draft)?, geometry: stored_geometry(draft.geometry.as_deref())? };
    Ok(Proposal {
        of: draft.feature_id.zip(draft.base_version),
        region_before: None,
        place,
        retires: draft.retires,
        warnings: Vec::new(),
        note: draft.note.clone(),
    })
}
