//! Indexing the identifiers of accounts anew after the key of the indexes changed, while the server runs.
//!
//! A row says which key its indexes are made with, and all of them are made with the same. Whoever looks an
//! identifier up does so with every key, so a row is found before and after. Any replica may do this at
//! any moment, also several at once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{account, recovery_code};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::account_cells::{PHONE, opened};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::identity::columns::{OPENID, UNIONID};
use crate::keys::KeyFile;
use crate::state::AppState;

/// Accounts that are indexed in one transaction, so that others need not wait long.
const ACCOUNTS_AT_ONCE: u64 = 50;

/// Indexes every account anew whose indexes are made with an older key. Returns how many.
///
/// # Errors
/// When the database fails; the next run goes on where this one stopped.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let key = state.vault.indexing_key(now)?;
    let (mut done, mut after) = (0, Uuid::nil());
    loop {
        let ids: Vec<Uuid> = account::Entity::find()
            .select_only()
            .column(account::Column::Id)
            .filter(account::Column::IndexKey.ne(key))
            .filter(account::Column::Id.gt(after))
            .order_by_asc(account::Column::Id)
            .limit(ACCOUNTS_AT_ONCE)
            .into_tuple()
            .all(state.database.reader())
            .await?;
        let Some(last) = ids.last() else {
            break;
        };
        after = *last;
        let shared = state.clone();
        let indexed = state.database.write(move |transaction| {
            let (state, ids) = (shared.clone(), ids.clone());
            Box::pin(async move {
                let mut indexed = 0;
                for id in ids {
                    indexed += u64::from(index_anew(transaction, &state, id, key).await?);
                }
                Ok(indexed)
            })
        });
        done += indexed.await?;
    }
    if done > 0 {
        tracing::info!(accounts = done, key, "indexed accounts anew");
        let told =
            AuditEvent::new(Action::KeysRotated, Actor::Server).with(json!({"accounts_indexed": done}));
        audit::record(state, told).await?;
    }
    Ok(done)
}

async fn index_anew(
    transaction: &DatabaseTransaction,
    state: &AppState,
    id: Uuid,
    key: i32,
) -> ApiResult<bool> {
    let row = account::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let Some(row) = row.filter(|row| row.index_key != key) else {
        return Ok(false);
    };
    let mut fresh = account::ActiveModel { id: ActiveValue::Unchanged(id), ..Default::default() };
    for (column, cell, index) in [
        (OPENID, &row.openid_cell, &mut fresh.openid_index),
        (UNIONID, &row.unionid_cell, &mut fresh.unionid_index),
        (PHONE, &row.phone_cell, &mut fresh.phone_index),
    ] {
        match opened(transaction, state, id, column, cell.as_deref()).await {
            Ok(plain) => {
                let plain = plain.as_deref();
                *index = ActiveValue::Set(
                    plain.map(|plain| state.vault.index_by(key, column, plain)).transpose()?,
                );
            }
            Err(ApiError::Database(error)) => return Err(ApiError::Database(error)),
            Err(_unreadable) => {
                tracing::error!(account = %id, column = column.column, "a cell cannot be read; its index keeps its old key");
                return Ok(false);
            }
        }
    }
    fresh.index_key = ActiveValue::Set(key);
    account::Entity::update(fresh).exec(transaction).await?;
    Ok(true)
}

/// Numbers of the index keys that something in the database is found with: accounts, and recovery codes,
/// which are kept as indexes only and need the key they were made with until they are used or replaced.
///
/// # Errors
/// When the database fails.
pub async fn keys_in_use(database: &Database, file: &KeyFile) -> anyhow::Result<Vec<i32>> {
    let of_accounts: Vec<i32> = account::Entity::find()
        .select_only()
        .column(account::Column::IndexKey)
        .filter(account::Column::OpenidIndex.is_not_null())
        .distinct()
        .into_tuple()
        .all(database.reader())
        .await?;
    let mut in_use: BTreeSet<i32> = of_accounts.into_iter().collect();
    for key in &file.index {
        let successor =
            file.index.iter().filter(|other| other.number > key.number).min_by_key(|key| key.number);
        let Some(until) = successor.map(|key| key.indexes_from_at) else {
            continue;
        };
        let code = recovery_code::Entity::find()
            .filter(recovery_code::Column::UsedAt.is_null())
            .filter(recovery_code::Column::CreatedAt.gte(key.indexes_from_at.timestamp_millis()))
            .filter(recovery_code::Column::CreatedAt.lt(until.timestamp_millis()))
            .one(database.reader())
            .await?;
        if code.is_some() {
            in_use.insert(key.number);
        }
    }
    Ok(in_use.into_iter().collect())
}
