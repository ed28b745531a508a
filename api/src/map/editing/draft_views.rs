//! Drafts as they are shown: a page of them, or one beside what is live.

use anyhow::Context;
use entity::feature_draft::{self, State};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::content::Known;
use super::dto::{MapDraft, MapDraftDetail, MapDraftList, MapDraftState, MapDraftsParameters, MapNote};
use super::editor::{Editor, names};
use super::stored_drafts::proposal_of;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{self, Limit, given};
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// One page of drafts, the newest first.
pub(super) async fn list(
    state: &AppState,
    editor: &Editor,
    parameters: &MapDraftsParameters,
) -> ApiResult<MapDraftList> {
    let reader = state.database.reader();
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let codes: Vec<&str> = editor.scope.codes().collect();
    let mut query = feature_draft::Entity::find()
        .filter(feature_draft::Column::RegionCode.is_in(codes))
        .order_by_desc(feature_draft::Column::Id);
    query = match given(parameters.state.as_deref()) {
        Some(word) => query.filter(feature_draft::Column::State.eq(MapDraftState::read(word)?)),
        None => query.filter(feature_draft::Column::State.ne(State::Discarded)),
    };
    if let Some(cursor) = given(parameters.cursor.as_deref()) {
        let before: i32 = cursor
            .parse()
            .map_err(|_not_a_number| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))?;
        query = query.filter(feature_draft::Column::Id.lt(before));
    }
    let mut rows = query.limit(limit as u64 + 1).all(reader).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let ids: Vec<i32> = rows.iter().filter_map(|row| row.feature_id).collect();
    let known = Known::find_all(reader, &ids).await?;
    let names = names(reader, rows.iter().map(|row| row.author_id)).await?;
    let items = rows
        .into_iter()
        .map(|row| {
            let live = row.feature_id.and_then(|id| known.get(&id));
            MapDraft::new(&row, live, names.get(&row.author_id).cloned())
        })
        .collect::<ApiResult<_>>()?;
    Ok(MapDraftList { items, next })
}

/// A draft beside what is live.
pub(super) async fn detail(
    connection: &impl ConnectionTrait,
    draft: feature_draft::Model,
) -> ApiResult<MapDraftDetail> {
    let live = match draft.feature_id {
        Some(id) => Known::find(connection, id).await?,
        None => None,
    };
    let author = names(connection, [draft.author_id]).await?.remove(&draft.author_id);
    let proposal = proposal_of(&draft)?;
    let changes = match (&live, draft.retires) {
        (Some(live), false) => {
            let mut changes = live.place.differences(&proposal.place);
            // What is not proposed stays as it is.
            changes.retain(|name| name != "photos" || proposal.place.content.photos.is_some());
            changes
        }
        _ => Vec::new(),
    };
    let warnings: Vec<MapNote> = match draft.warnings.clone() {
        Some(warnings) => serde_json::from_value(warnings).context("stored warnings cannot be read")?,
        None => Vec::new(),
    };
    Ok(MapDraftDetail {
        summary: MapDraft::new(&draft, live.as_ref(), author)?,
        changes,
        warnings,
        feature: proposal.place.as_feature(draft.feature_id),
        live: live.filter(Known::is_published).map(|live| live.place.as_feature(Some(live.id()))),
    })
}
