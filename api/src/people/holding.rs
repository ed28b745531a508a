//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{family_member, hand_over, proxy};
use futures_util::future::BoxFuture;
use sea_orm::ExprTrait;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use super::proxies;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Who keeps the record of the person, and whose records the person keeps.
pub(crate) const FAMILY: Holding = Holding {
    name: "family",
    title: "家人",
    purpose: None,
    ties_person_to_account: true,
    collect: collect_family,
    erase: erase_family,
};

/// Who may act for the person, and for whom the person may act.
pub(crate) const PROXIES: Holding = Holding {
    name: "proxies",
    title: "代办人",
    purpose: None,
    ties_person_to_account: true,
    collect: collect_proxies,
    erase: erase_proxies,
};

fn collect_family<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let mut which = family_member::Column::PersonId.eq(subject.person_id);
        if let Some(account_id) = subject.account_id {
            which = which.or(family_member::Column::AccountId.eq(account_id));
        }
        let rows = family_member::Entity::find()
            .filter(which)
            .order_by_asc(family_member::Column::Id)
            .all(connection)
            .await?;
        let columns = vec!["side", "person_id", "kinship", "capacity", "added_at", "ended_at", "end_reason"];
        let rows = rows
            .into_iter()
            .map(|row| {
                let side = if row.person_id == subject.person_id { "is_kept" } else { "keeps" };
                vec![
                    json!(side),
                    json!(row.person_id),
                    json!(row.kinship.to_value()),
                    json!(row.capacity.to_value()),
                    instant(*row.added_at),
                    ended(row.ended_at.map(|at| *at)),
                    json!(row.end_reason),
                ]
            })
            .collect();
        Ok(Table { columns, rows })
    })
}

fn collect_proxies<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let mut which = proxy::Column::PersonId.eq(subject.person_id);
        if let Some(account_id) = subject.account_id {
            which = which.or(proxy::Column::HolderAccountId.eq(account_id));
        }
        let rows =
            proxy::Entity::find().filter(which).order_by_asc(proxy::Column::Id).all(connection).await?;
        let columns = vec![
            "side",
            "person_id",
            "scopes",
            "created_at",
            "accepted_at",
            "expires_at",
            "ended_at",
            "end_reason",
        ];
        let rows = rows
            .into_iter()
            .map(|row| {
                let side = if row.person_id == subject.person_id { "granted" } else { "holds" };
                vec![
                    json!(side),
                    json!(row.person_id),
                    row.scopes,
                    instant(*row.created_at),
                    ended(row.accepted_at.map(|at| *at)),
                    instant(*row.expires_at),
                    ended(row.ended_at.map(|at| *at)),
                    json!(row.end_reason),
                ]
            })
            .collect();
        Ok(Table { columns, rows })
    })
}

fn ended(at: Option<DateTime<Utc>>) -> Value {
    at.map_or(Value::Null, instant)
}

fn erase_family(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let mut which = family_member::Column::PersonId.eq(subject.person_id);
        if let Some(account_id) = subject.account_id {
            which = which.or(family_member::Column::AccountId.eq(account_id));
        }
        family_member::Entity::update_many()
            .col_expr(family_member::Column::EndedAt, Expr::value(now.timestamp_millis()))
            .col_expr(family_member::Column::EndReason, Expr::value("erased"))
            .filter(which)
            .filter(family_member::Column::EndedAt.is_null())
            .exec(transaction)
            .await?;
        hand_over::Entity::delete_many()
            .filter(hand_over::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}

fn erase_proxies(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let mut which = proxy::Column::PersonId.eq(subject.person_id);
        if let Some(account_id) = subject.account_id {
            which = which.or(proxy::Column::HolderAccountId.eq(account_id));
        }
        proxies::end_where(transaction, which, "erased", now).await
    })
}
