use chrono::{DateTime, Utc};
use entity::notice;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::BODY;
use super::dto::{NoticeList, ResidentNotice};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::CellAddress;

/// Where a page begins: after this notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    visible_at_ms: i64,
    id: Uuid,
}

impl Cursor {
    /// Reads `next` of the page before.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { visible_at_ms: at.parse().ok()?, id: id.parse().ok()? })
    }

    fn text(row: &notice::Model) -> String {
        format!("{}.{}", row.visible_at.timestamp_millis(), row.id)
    }

    fn condition(self) -> Condition {
        let same_moment = Condition::all()
            .add(notice::Column::VisibleAt.eq(self.visible_at_ms))
            .add(notice::Column::Id.lt(self.id));
        Condition::any().add(notice::Column::VisibleAt.lt(self.visible_at_ms)).add(same_moment)
    }
}

/// A page of what the resident may see by now.
pub(super) async fn page(
    state: &AppState,
    account_id: Uuid,
    only_unread: bool,
    after: Option<Cursor>,
    limit: usize,
) -> ApiResult<NoticeList> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let mut query = visible(account_id, now)
        .order_by_desc(notice::Column::VisibleAt)
        .order_by_desc(notice::Column::Id)
        .limit(limit as u64 + 1);
    if only_unread {
        query = query.filter(notice::Column::ReadAt.is_null());
    }
    if let Some(after) = after {
        query = query.filter(after.condition());
    }
    let mut rows = query.all(reader).await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(Cursor::text);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(told(state, reader, row).await?);
    }
    Ok(NoticeList { items, unread: unread(reader, account_id, now).await?, next })
}

async fn told(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: notice::Model,
) -> ApiResult<ResidentNotice> {
    let address = CellAddress { column: BODY, row: row.id.as_bytes() };
    let body = match state.vault.open_text(connection, address, &row.body_cell).await {
        Ok(body) => body,
        // Written for a person whose record was taken over meanwhile; the title says what it was.
        Err(ApiError::Gone { .. }) => String::new(),
        Err(error) => return Err(error),
    };
    Ok(ResidentNotice {
        id: row.id,
        kind: row.kind,
        title: row.title,
        body,
        page_query: row.page_query,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        at: *row.visible_at,
        read: row.read_at.is_some(),
    })
}

fn visible(account_id: Uuid, now: DateTime<Utc>) -> Select<notice::Entity> {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(account_id))
        .filter(notice::Column::VisibleAt.lte(now.timestamp_millis()))
        .filter(notice::Column::WithdrawnAt.is_null())
}

/// How many the resident may see and has not read.
pub(super) async fn unread(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    Ok(visible(account_id, now).filter(notice::Column::ReadAt.is_null()).count(connection).await?)
}

/// Which notices were read.
#[derive(Clone, Debug)]
pub(super) enum Which {
    These(Vec<Uuid>),
    Until(DateTime<Utc>),
}

/// Notes that notices were read; those that cannot be seen yet stay unread.
pub(super) async fn mark_read(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    which: &Which,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut update = notice::Entity::update_many()
        .col_expr(notice::Column::ReadAt, Expr::val(now.timestamp_millis()))
        .filter(notice::Column::AccountId.eq(account_id))
        .filter(notice::Column::ReadAt.is_null())
        .filter(notice::Column::VisibleAt.lte(now.timestamp_millis()));
    update = match which {
        Which::These(ids) => update.filter(notice::Column::Id.is_in(ids.iter().copied())),
        Which::Until(at) => update.filter(notice::Column::VisibleAt.lte(at.timestamp_millis())),
    };
    update.exec(transaction).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor { visible_at_ms: 1_764_036_000_000, id: Uuid::nil() };
        let text = format!("{}.{}", cursor.visible_at_ms, cursor.id);
        assert_eq!(Cursor::parse(&text), Some(cursor));
        for wrong in ["", "1", "1.", ".x", "a.00000000-0000-0000-0000-000000000000"] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }
}
