use entity::audit_event::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::dto::{AuditRow, AuditRowList};
use super::query::AuditQuery;
use crate::database::Database;
use crate::error::ApiResult;
use crate::regions::RegionScope;

/// One page of what the auditor may see.
///
/// # Errors
/// When the database fails.
pub(super) async fn page(
    database: &Database,
    scope: &RegionScope,
    query: &AuditQuery,
) -> ApiResult<AuditRowList> {
    let rows = Entity::find()
        .apply_if((!scope.is_everywhere()).then_some(()), |rows, ()| {
            rows.filter(Column::RegionCode.is_in(scope.codes()))
        })
        .apply_if(query.action, |rows, action| rows.filter(Column::Action.eq(action.as_str())))
        .apply_if(query.actor, |rows, actor| rows.filter(Column::ActorId.eq(actor.to_string())))
        .apply_if(query.region.as_deref(), |rows, region| rows.filter(Column::RegionCode.eq(region)))
        .apply_if(query.from, |rows, from| rows.filter(Column::At.gte(from.timestamp_millis())))
        .apply_if(query.to, |rows, to| rows.filter(Column::At.lt(to.timestamp_millis())))
        .apply_if(query.below, |rows, below| rows.filter(Column::Seq.lt(below)))
        .order_by_desc(Column::Seq)
        .limit(query.limit + 1)
        .all(database.reader())
        .await?;
    let is_last = rows.len() as u64 <= query.limit;
    let items: Vec<_> = rows.into_iter().take(usize::try_from(query.limit).unwrap_or(usize::MAX)).collect();
    let next = items.last().filter(|_| !is_last).map(|row| row.seq.to_string());
    Ok(AuditRowList { items: items.into_iter().map(AuditRow::from).collect(), next })
}
