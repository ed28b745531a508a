use entity::access_log;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::READER_LABEL;
use super::dto::{AccessReading, AccessReadingList};
use crate::error::{ApiError, ApiResult};
use crate::people::PersonAccess;
use crate::state::AppState;
use crate::vault::{CellAddress, Vault};

/// A page of readings, the latest first.
pub(super) async fn page(
    state: &AppState,
    access: &PersonAccess,
    limit: u64,
    before: Option<Uuid>,
) -> ApiResult<AccessReadingList> {
    let reader = state.database.reader();
    let mut query = access_log::Entity::find()
        .filter(access_log::Column::PersonId.eq(access.person_id()))
        .order_by_desc(access_log::Column::Id)
        .limit(limit + 1);
    if let Some(before) = before {
        query = query.filter(access_log::Column::Id.lt(before));
    }
    let mut rows = query.all(reader).await?;
    let has_more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().map(|row| row.id).filter(|_| has_more);
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(AccessReading::of(row, label(reader, &state.vault, row).await?));
    }
    Ok(AccessReadingList { items, next })
}

/// What stands for the name of a reader who was erased.
const ERASED: &str = "（已注销的用户）";

/// How the person knows the reader.
pub(super) async fn label(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    row: &access_log::Model,
) -> ApiResult<String> {
    if row.reader_label_cell.is_empty() {
        return Ok(ERASED.to_owned());
    }
    let address = CellAddress { column: READER_LABEL, row: row.id.as_bytes() };
    match vault.open_text(connection, address, &row.reader_label_cell).await {
        Err(ApiError::Gone { .. }) => Ok(ERASED.to_owned()),
        label => label,
    }
}
