//! The owner deletes a reading.

use chrono::{DateTime, Utc};
use entity::measurement::{self, Validity};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::anew::{self, Change};
use super::dto::DeletionReceipt;
use super::judge::Judge;
use super::past::Earlier;
use super::{history, store};
use crate::error::ApiResult;
use crate::people::PersonAccess;
use crate::records::{alerts, digest};
use crate::state::AppState;
use crate::vault::KeyOwner;

/// Empties a reading and all that it corrected. Asked again, it gives the same receipt.
pub(super) async fn remove(
    state: &AppState,
    transaction: &DatabaseTransaction,
    access: &PersonAccess,
    id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<DeletionReceipt> {
    let person_id = access.person_id();
    entity::person::Entity::find_by_id(person_id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    let row = history::row(transaction, person_id, id).await?;
    let earlier = history::earlier(transaction, person_id, id).await?;
    let receipt = |deleted_at| DeletionReceipt { id, deleted_at, earlier_versions: earlier.len() as u64 };
    if let (Validity::Deleted, Some(deleted_at)) = (row.validity, row.ended_at) {
        return Ok(receipt(*deleted_at));
    }
    let height = match (row.validity, row.metric.as_str()) {
        (Validity::Valid, "height") => Earlier::of(&store::open(state, transaction, row).await?),
        _ => None,
    };
    let ids: Vec<Uuid> = earlier.iter().map(|row| row.id).chain([id]).collect();
    measurement::Entity::update_many()
        .col_expr(measurement::Column::Validity, Expr::value(Validity::Deleted))
        .col_expr(measurement::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(measurement::Column::ValueCell, Expr::val(Option::<Vec<u8>>::None))
        .filter(measurement::Column::Id.is_in(ids))
        .filter(measurement::Column::PersonId.eq(person_id))
        .exec(transaction)
        .await?;
    alerts::withdraw(transaction, id).await?;
    let sealer = state.vault.sealer(transaction, KeyOwner::Person(person_id)).await?;
    if let Some(height) = height {
        let bands = state.assessment.current();
        let judge = Judge::of(state, transaction, access.person(), &bands).await?;
        anew::judge((state, transaction, &sealer), person_id, &judge, &[Change::Went(height)]).await?;
    }
    digest::renew(state, transaction, person_id, &sealer, now).await?;
    Ok(receipt(now))
}
