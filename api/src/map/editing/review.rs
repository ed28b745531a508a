//! People who did not write a draft agree to it, one after the other, or return it with a reason. With the last
//! one who agrees it is on the map.

use entity::feature_draft::State;
use sea_orm::{ActiveValue, IntoActiveModel};
use serde_json::json;

use super::dto::MapDraftDetail;
use super::editor::Editor;
use super::{draft_views, drafts, stored_drafts};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::if_match::IfMatch;
use crate::map::edit::Authorship;
use crate::state::AppState;

/// Agrees to the step that is due.
pub(super) async fn approve(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
) -> ApiResult<MapDraftDetail> {
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let editor = editor.clone();
        Box::pin(async move {
            let draft = stored_drafts::lock(transaction, &editor, id, seen).await?;
            stored_drafts::require_state(&draft, &[State::InReview])?;
            require_not_theirs(&editor, &draft)?;
            let mut agreed = stored_drafts::staff_of(&draft.approvals)?;
            if !agreed.insert(editor.staff_id) {
                return Err(ApiError::Conflict {
                    code: "another_reviewer_needed",
                    detail: "您已经审过前一步，请由另一位审核员来审。".into(),
                });
            }
            let done = i32::try_from(agreed.len()).unwrap_or(i32::MAX) >= draft.steps;
            let published = if done {
                let by = Authorship { staff_id: Some(draft.author_id), note: draft.note.clone() };
                Some(drafts::publish(transaction, stored_drafts::proposal_of(&draft)?, &by, now).await?)
            } else {
                None
            };
            let (feature_id, base_version) = (published.or(draft.feature_id), draft.base_version);
            let mut row = draft.into_active_model();
            row.approvals = ActiveValue::Set(json!(agreed));
            if published.is_some() {
                row.state = ActiveValue::Set(State::Published);
                row.feature_id = ActiveValue::Set(feature_id);
                row.base_version = ActiveValue::Set(Some(base_version.unwrap_or(1)));
            }
            let draft = stored_drafts::step(transaction, row, now).await?;
            let word = if done { "published" } else { "approved" };
            stored_drafts::tell(transaction, &editor, &draft, word, now).await?;
            Ok(draft)
        })
    });
    let draft = written.await?;
    if draft.state == State::Published {
        state.map.refresh(&state.database, &state.metrics).await?;
    }
    draft_views::detail(state.database.reader(), draft).await
}

/// Gives a draft back to its author with a reason.
pub(super) async fn return_it(
    state: &AppState,
    editor: Editor,
    id: i32,
    seen: IfMatch,
    reason: &str,
) -> ApiResult<MapDraftDetail> {
    let reason = drafts::note(Some(reason), "/reason")?
        .ok_or_else(|| wrong("/reason", "missing", "请写明退回的原因，作者才知道怎么改。"))?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, reason) = (editor.clone(), reason.clone());
        Box::pin(async move {
            let draft = stored_drafts::lock(transaction, &editor, id, seen).await?;
            stored_drafts::require_state(&draft, &[State::InReview])?;
            require_not_theirs(&editor, &draft)?;
            let mut row = draft.into_active_model();
            row.state = ActiveValue::Set(State::Returned);
            row.reason = ActiveValue::Set(Some(reason));
            row.approvals = ActiveValue::Set(json!([]));
            let draft = stored_drafts::step(transaction, row, now).await?;
            stored_drafts::tell(transaction, &editor, &draft, "returned", now).await?;
            Ok(draft)
        })
    });
    draft_views::detail(state.database.reader(), written.await?).await
}

fn require_not_theirs(editor: &Editor, draft: &entity::feature_draft::Model) -> ApiResult<()> {
    if draft.author_id != editor.staff_id
        && !stored_drafts::staff_of(&draft.editors)?.contains(&editor.staff_id)
    {
        return Ok(());
    }
    Err(ApiError::Forbidden {
        code: "own_work",
        detail: "不能审核自己写的或自己送审的修改，请由另一位同事审核。".into(),
    })
}
