//! The queue of what waits for a person, and the decisions.

use entity::moderation_item::{self, State};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::item::TEXT;
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::regions::RegionScope;
use crate::state::AppState;
use crate::vault::CellAddress;

/// A row with its text, where somebody has to read it.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) row: moderation_item::Model,
    pub(super) text: Option<String>,
}

/// What a reviewer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Approve,
    Reject { reason: String },
}

/// A page of the items in a state and a scope, oldest first.
pub(super) async fn page(
    state: &AppState,
    scope: &RegionScope,
    wanted: State,
    after: Option<Uuid>,
    limit: u64,
) -> ApiResult<Vec<Item>> {
    let mut query = moderation_item::Entity::find().filter(moderation_item::Column::State.eq(wanted));
    if !scope.is_everywhere() {
        query = query.filter(moderation_item::Column::RegionCode.is_in(scope.codes()));
    }
    if let Some(after) = after {
        query = query.filter(moderation_item::Column::Id.gt(after));
    }
    let reader = state.database.reader();
    let rows = query.order_by_asc(moderation_item::Column::Id).limit(limit).all(reader).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let text = text_of(state, reader, &row).await?;
        items.push(Item { row, text });
    }
    Ok(items)
}

pub(super) async fn text_of(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &moderation_item::Model,
) -> ApiResult<Option<String>> {
    let Some(cell) = &row.text_cell else {
        return Ok(None);
    };
    let address = CellAddress { column: TEXT, row: row.id.as_bytes() };
    match state.vault.open_text(connection, address, cell).await {
        Ok(text) => Ok(Some(text)),
        Err(ApiError::Database(error)) => Err(ApiError::Database(error)),
        // Erased a moment ago: there is nothing left to read.
        Err(_unreadable) => Ok(None),
    }
}

/// Decides about an item that waits for it, and forgets its text.
pub(super) async fn decide(
    state: &AppState,
    scope: RegionScope,
    id: Uuid,
    staff_id: Uuid,
    decision: Decision,
    event: AuditEvent,
) -> ApiResult<moderation_item::Model> {
    let now = state.clock.now();
    let decided = state.database.write(move |transaction| {
        let (scope, decision, event) = (scope.clone(), decision.clone(), event.clone());
        Box::pin(async move {
            let row = waiting_row(transaction, &scope, id).await?;
            let (to, word, reason) = match decision {
                Decision::Approve => (State::Pass, "approved", None),
                Decision::Reject { reason } => (State::Rejected, "rejected", Some(reason)),
            };
            moderation_item::Entity::update_many()
                .col_expr(moderation_item::Column::State, Expr::val(to))
                .col_expr(moderation_item::Column::TextCell, Expr::val(Option::<Vec<u8>>::None))
                .col_expr(moderation_item::Column::ReviewedBy, Expr::val(staff_id))
                .col_expr(moderation_item::Column::ReviewedAt, Expr::val(now.timestamp_millis()))
                .col_expr(moderation_item::Column::Reason, Expr::val(reason))
                .filter(moderation_item::Column::Id.eq(id))
                .exec(transaction)
                .await?;
            let mut event = event.on("moderation_item", id).with(json!({"decision": word}));
            event.region_code = row.region_code;
            let decided = moderation_item::Entity::find_by_id(id).one(transaction).await?;
            audit::append(transaction, &event, now).await?;
            decided.ok_or_else(no_item)
        })
    });
    decided.await
}

async fn waiting_row(
    transaction: &DatabaseTransaction,
    scope: &RegionScope,
    id: Uuid,
) -> ApiResult<moderation_item::Model> {
    let row = moderation_item::Entity::find_by_id(id).lock(LockType::Update).one(transaction).await?;
    let row = row.filter(|row| is_in_scope(row, scope)).ok_or_else(no_item)?;
    if row.state == State::PendingReview {
        return Ok(row);
    }
    Err(ApiError::Conflict {
        code: "already_decided",
        detail: "这条内容已经处理过，或作者已换成新的内容，请刷新列表。".into(),
    })
}

/// Whose author chose no region is looked at by those who are responsible for all.
fn is_in_scope(row: &moderation_item::Model, scope: &RegionScope) -> bool {
    row.region_code.as_ref().map_or_else(|| scope.is_everywhere(), |code| scope.covers(code))
}

fn no_item() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到，或者不在您负责的区域内。".into()
    }
}
