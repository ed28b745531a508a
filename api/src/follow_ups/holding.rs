//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{follow_up, follow_up_result, referral};
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{DETAIL, RETURN, SLIP, circle};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;
use crate::vault::{CellAddress, Column};

/// Calls of health officers and referrals. They rest on the person's sharing: who takes that back takes these
/// along.
pub(crate) const HOLDING: Holding = Holding {
    name: "follow_ups",
    title: "健康专干回访",
    purpose: Some(Purpose::Sharing),
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let open = async |column: Column, id: uuid::Uuid, cell: &[u8]| -> ApiResult<Value> {
            let address = CellAddress { column, row: id.as_bytes() };
            let plain = state.vault.open(connection, address, cell).await?;
            Ok(serde_json::from_slice(&plain).unwrap_or(Value::Null))
        };
        let mut rows = Vec::new();
        let calls = follow_up_result::Entity::find()
            .filter(follow_up_result::Column::PersonId.eq(subject.person_id))
            .order_by_asc(follow_up_result::Column::CalledAt)
            .all(connection)
            .await?;
        for call in calls {
            let detail = open(DETAIL, call.id, &call.detail_cell).await?;
            rows.push(vec![
                json!("call"),
                instant(*call.called_at),
                json!(circle::word(call.outcome)),
                detail,
                Value::Null,
            ]);
        }
        let referrals = referral::Entity::find()
            .filter(referral::Column::PersonId.eq(subject.person_id))
            .order_by_asc(referral::Column::Id)
            .all(connection)
            .await?;
        for referral in referrals {
            let slip = open(SLIP, referral.id, &referral.slip_cell).await?;
            let returned = match &referral.return_cell {
                Some(cell) => open(RETURN, referral.id, cell).await?,
                None => Value::Null,
            };
            rows.push(vec![json!("referral"), instant(*referral.referred_at), Value::Null, slip, returned]);
        }
        Ok(Table { columns: vec!["what", "at", "outcome", "detail", "returned"], rows })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        follow_up::Entity::delete_by_id(subject.person_id).exec(transaction).await?;
        follow_up_result::Entity::delete_many()
            .filter(follow_up_result::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        referral::Entity::delete_many()
            .filter(referral::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
