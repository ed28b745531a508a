//! What a place was, and how it becomes that again.

use entity::feature_draft::State;
use entity::{feature, feature_revision};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use super::changes::Proposal;
use super::content::{Known, Place};
use super::dto::{
    HeldPlace, HeldPlaceList, HistoryParameters, MapDraftDetail, PlaceHistory, PlaceVersion,
    PlaceVersionDetail,
};
use super::editor::{Editor, names};
use super::{draft_views, stored_drafts};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{self, Limit, given};
use crate::map::edit;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Versions of a place, the newest first.
pub(super) async fn list(
    state: &AppState,
    editor: &Editor,
    id: i32,
    parameters: &HistoryParameters,
) -> ApiResult<PlaceHistory> {
    let reader = state.database.reader();
    let known = of_theirs(state, editor, id).await?;
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let before = cursor(parameters.cursor.as_deref())?;
    let mut query = feature_revision::Entity::find()
        .filter(feature_revision::Column::FeatureId.eq(id))
        .order_by_desc(feature_revision::Column::Version);
    if let Some(before) = before {
        query = query.filter(feature_revision::Column::Version.lt(before));
    }
    let mut rows = query.limit(limit as u64 + 1).all(reader).await?;
    if before.is_none_or(|before| known.version() < before) {
        rows.insert(0, known.revision.clone());
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.version.to_string());
    let names = names(reader, rows.iter().filter_map(|row| row.changed_by)).await?;
    let items = rows.iter().map(|row| {
        let changed_by = row.changed_by.and_then(|id| names.get(&id)).cloned();
        told(row, changed_by, row.version == known.version())
    });
    Ok(PlaceHistory { items: items.collect(), next })
}

/// What a place was in one version.
pub(super) async fn show(
    state: &AppState,
    editor: &Editor,
    id: i32,
    version: i32,
) -> ApiResult<PlaceVersionDetail> {
    let (known, row) = find(state, editor, id, version).await?;
    let names = names(state.database.reader(), row.changed_by).await?;
    let feature = Place::of_revision(&row)?.as_feature(Some(id));
    let changed_by = names.into_values().next();
    Ok(PlaceVersionDetail { summary: told(&row, changed_by, row.version == known.version()), feature })
}

/// Begins a draft that says what a version said.
pub(super) async fn restore(
    state: &AppState,
    editor: Editor,
    id: i32,
    version: i32,
) -> ApiResult<MapDraftDetail> {
    let (known, row) = find(state, &editor, id, version).await?;
    if row.version == known.version() && known.is_published() {
        return Err(ApiError::Conflict {
            code: "is_current",
            detail: "这一版就是现在地图上的内容，不用恢复。".into(),
        });
    }
    let place = Place::of_revision(&row)?;
    editor.require(&place.content.region_code)?;
    let note = Some(format!("恢复第 {version} 版"));
    let proposal = Proposal { note, ..Proposal::of(&known, place) };
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (editor, proposal) = (editor.clone(), proposal.clone());
        Box::pin(
            async move { stored_drafts::insert(transaction, &editor, &proposal, State::Draft, 0, now).await },
        )
    });
    draft_views::detail(state.database.reader(), written.await?).await
}

/// A place of theirs. Whoever has nothing to do with its region learns nothing of its past.
async fn of_theirs(state: &AppState, editor: &Editor, id: i32) -> ApiResult<Known> {
    let known = Known::find(state.database.reader(), id).await?;
    known
        .filter(|known| editor.scope.covers(&known.place.content.region_code))
        .ok_or_else(edit::no_such_feature)
}

async fn find(
    state: &AppState,
    editor: &Editor,
    id: i32,
    version: i32,
) -> ApiResult<(Known, feature_revision::Model)> {
    let known = of_theirs(state, editor, id).await?;
    if version == known.version() {
        let row = known.revision.clone();
        return Ok((known, row));
    }
    let row = feature_revision::Entity::find_by_id((id, version)).one(state.database.reader()).await?;
    let row = row.ok_or_else(|| ApiError::NotFound {
        code: "version_not_found",
        detail: "没有找到这个地点的这一版，请从历史列表中选择。".into(),
    })?;
    Ok((known, row))
}

fn told(row: &feature_revision::Model, changed_by: Option<String>, current: bool) -> PlaceVersion {
    let status = match row.status {
        feature::Status::Draft => "draft",
        feature::Status::NeedsReview => "needs_review",
        feature::Status::Published => "published",
        feature::Status::Retired => "retired",
    };
    PlaceVersion {
        version: row.version,
        current,
        name: row.name.clone(),
        status: status.to_owned(),
        changed_by,
        note: row.change_note.clone(),
        source: row.source.clone(),
        changed_at: *row.changed_at,
    }
}

/// Places of theirs that an import kept back.
pub(super) async fn held(
    state: &AppState,
    editor: &Editor,
    parameters: &HistoryParameters,
) -> ApiResult<HeldPlaceList> {
    let reader = state.database.reader();
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let codes: Vec<&str> = editor.scope.codes().collect();
    let mut query = feature::Entity::find()
        .filter(feature::Column::Status.is_in([feature::Status::NeedsReview, feature::Status::Draft]))
        .filter(feature::Column::RegionCode.is_in(codes))
        .order_by_asc(feature::Column::Id);
    if let Some(after) = cursor(parameters.cursor.as_deref())? {
        query = query.filter(feature::Column::Id.gt(after));
    }
    let mut rows = query.limit(limit as u64 + 1).all(reader).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
    let known = Known::find_all(reader, &ids).await?;
    let items = rows.into_iter().filter_map(|row| {
        let known = known.get(&row.id)?;
        Some(HeldPlace {
            id: row.id,
            reasons: reasons(row.review_reasons),
            version: known.version(),
            feature: known.place.as_feature(Some(row.id)),
        })
    });
    Ok(HeldPlaceList { items: items.collect(), next })
}

fn reasons(stored: Value) -> Vec<super::dto::MapNote> {
    serde_json::from_value(stored).unwrap_or_default()
}

fn cursor(text: Option<&str>) -> ApiResult<Option<i32>> {
    given(text)
        .map(|text| {
            text.parse()
                .map_err(|_not_a_number| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()
}
