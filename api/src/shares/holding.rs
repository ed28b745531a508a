//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::record_share;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::service::label;
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Links that were made for the record of a person. Without the record there is nothing to share.
pub(crate) const HOLDING: Holding = Holding {
    name: "shares",
    title: "分享链接",
    purpose: Some(Purpose::Records),
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
        let columns =
            vec!["label", "created_at", "expires_at", "most_views", "views", "viewed_at", "revoked_at"];
        let rows = record_share::Entity::find()
            .filter(record_share::Column::PersonId.eq(subject.person_id))
            .order_by_asc(record_share::Column::Id)
            .all(connection)
            .await?;
        let mut table = Table { columns, rows: Vec::new() };
        for row in rows {
            table.rows.push(vec![
                json!(label(state, connection, &row).await?),
                instant(*row.created_at),
                instant(*row.expires_at),
                json!(row.most_views),
                json!(row.views),
                row.viewed_at.map_or(Value::Null, |at| instant(*at)),
                row.revoked_at.map_or(Value::Null, |at| instant(*at)),
            ]);
        }
        Ok(table)
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let of_person = record_share::Column::PersonId.eq(subject.person_id);
        record_share::Entity::delete_many().filter(of_person).exec(transaction).await?;
        Ok(())
    })
}
