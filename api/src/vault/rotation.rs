//! Sealing everything anew after a new master key, while the server runs.
//!
//! Each owner gets a new data key under the new master key, and the old one is retired: nothing new is
//! sealed with it. Then every cell of a retired key is sealed again, only if it still is the cell that was
//! read, so that a write in between is never lost. A retired key is deleted once nothing is sealed with it
//! and no transaction that began before it was retired can still be running. Any replica may do this at
//! any moment, also several at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::data_key;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use sea_orm::{QueryResult, Value};
use serde_json::json;
use uuid::Uuid;

use super::cell::{self, CellAddress};
use super::columns::{RowKey, SEALED, SealedColumn};
use super::{KeyOwner, Vault, lock_person};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// How long a retired key is kept at least; far longer than any transaction runs.
pub const KEPT_AFTER_RETIREMENT: TimeDelta = TimeDelta::minutes(10);

/// Owners that get a new key in one transaction, so that others need not wait long.
const OWNERS_AT_ONCE: u64 = 50;
/// Cells that are read at once, and sealed anew in one transaction.
const CELLS_AT_ONCE: u64 = 100;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Data keys that were replaced.
    pub keys_replaced: u64,
    /// Cells that were sealed with a new key.
    pub cells_resealed: u64,
    /// Cells that could not be read; their keys are kept.
    pub cells_unreadable: u64,
    /// Retired keys that were deleted, because nothing was sealed with them.
    pub keys_deleted: u64,
    /// Retired keys that are still there.
    pub keys_retired: u64,
}

/// Takes the rotation as far as it can go now. Does next to nothing when there is nothing to do.
///
/// # Errors
/// When the database fails; the next run goes on where this one stopped.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<Progress> {
    let rotation = Rotation { vault: state.vault.clone(), database: state.database.clone(), now };
    let mut progress = Progress { keys_replaced: rotation.replace_keys().await?, ..Progress::default() };
    let retired = rotation.retired_keys().await?;
    if !retired.is_empty() {
        let mut in_use = HashSet::new();
        for column in SEALED {
            let done = rotation.reseal_column(*column, &retired, &mut in_use).await?;
            progress.cells_resealed += done.resealed;
            progress.cells_unreadable += done.unreadable;
        }
        progress.keys_deleted = rotation.delete_unused(&retired, &in_use).await?;
        progress.keys_retired = retired.len() as u64 - progress.keys_deleted;
    }
    state.metrics.cells_resealed(progress.cells_resealed, progress.keys_retired);
    if progress.keys_replaced + progress.keys_deleted > 0 {
        let done = json!({ "keys_replaced": progress.keys_replaced, "keys_deleted": progress.keys_deleted });
        audit::record(state, AuditEvent::new(Action::KeysRotated, Actor::Server).with(done)).await?;
    }
    tell(&progress);
    Ok(progress)
}

fn tell(progress: &Progress) {
    if progress.cells_unreadable > 0 {
        tracing::error!(
            cells = progress.cells_unreadable,
            "some sealed cells cannot be read and keep their old keys; the database or the key file is damaged"
        );
    }
    if progress.keys_replaced + progress.cells_resealed + progress.keys_deleted > 0 {
        tracing::info!(
            keys_replaced = progress.keys_replaced,
            cells_resealed = progress.cells_resealed,
            keys_deleted = progress.keys_deleted,
            keys_retired = progress.keys_retired,
            "sealed data anew"
        );
    }
}

struct Rotation {
    vault: Vault,
    database: Database,
    now: DateTime<Utc>,
}

/// Retired data keys by id.
type RetiredKeys = HashMap<i32, data_key::Model>;

#[derive(Default)]
struct ColumnProgress {
    resealed: u64,
    unreadable: u64,
}

/// A cell as it was read, and where.
#[derive(Clone)]
struct FoundCell {
    row: RowId,
    cell: Vec<u8>,
    owner: KeyOwner,
}

#[derive(Clone)]
enum RowId {
    Uuid(Uuid),
    Text(String),
}

impl RowId {
    fn read(row: &QueryResult, column: SealedColumn) -> ApiResult<Self> {
        Ok(match column.row_key {
            RowKey::Uuid => Self::Uuid(row.try_get("", column.key)?),
            RowKey::Text => Self::Text(row.try_get("", column.key)?),
        })
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Uuid(id) => id.as_bytes(),
            Self::Text(id) => id.as_bytes(),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Uuid(id) => (*id).into(),
            Self::Text(id) => id.clone().into(),
        }
    }
}

impl Rotation {
    /// Gives every owner whose key is sealed with an old master key a new one.
    async fn replace_keys(&self) -> anyhow::Result<u64> {
        let file = self.vault.0.keys.current();
        let master = file.sealing_master(self.now).context("the key file holds no master key")?.id.clone();
        let (mut replaced, mut after) = (0, 0);
        loop {
            let old = data_key::Entity::find()
                .filter(data_key::Column::MasterKeyId.ne(&master))
                .filter(data_key::Column::RetiredAt.is_null())
                .filter(data_key::Column::Id.gt(after))
                .order_by_asc(data_key::Column::Id)
                .limit(OWNERS_AT_ONCE)
                .all(self.database.reader())
                .await?;
            let Some(last) = old.last() else {
                return Ok(replaced);
            };
            after = last.id;
            let (vault, now, old) = (self.vault.clone(), self.now, Arc::new(old));
            replaced += self
                .database
                .write(move |transaction| {
                    let (vault, old) = (vault.clone(), Arc::clone(&old));
                    Box::pin(async move {
                        let mut replaced = 0;
                        for key in old.iter() {
                            replaced += u64::from(replace_key(&vault, transaction, key, now).await?);
                        }
                        Ok(replaced)
                    })
                })
                .await?;
        }
    }

    async fn retired_keys(&self) -> anyhow::Result<RetiredKeys> {
        let retired = data_key::Entity::find()
            .filter(data_key::Column::RetiredAt.is_not_null())
            .all(self.database.reader())
            .await?;
        Ok(retired.into_iter().map(|key| (key.id, key)).collect())
    }

    async fn reseal_column(
        &self,
        column: SealedColumn,
        retired: &RetiredKeys,
        in_use: &mut HashSet<i32>,
    ) -> anyhow::Result<ColumnProgress> {
        let newest = retired.keys().copied().max().unwrap_or_default();
        let mut progress = ColumnProgress::default();
        let mut after = None;
        loop {
            let page = select_page(column, newest, after.as_ref());
            let rows = self.database.reader().query_all(&page).await?;
            let Some(last) = rows.last() else {
                return Ok(progress);
            };
            after = Some(RowId::read(last, column)?);
            let mut found = Vec::new();
            for row in &rows {
                let cell: Vec<u8> = row.try_get("", column.column.column)?;
                let key = cell::key_id(&cell).ok().and_then(|id| i32::try_from(id).ok());
                if let Some(key) = key.and_then(|id| retired.get(&id)) {
                    in_use.insert(key.id);
                    found.push(FoundCell {
                        row: RowId::read(row, column)?,
                        cell,
                        owner: super::unsealed::owner_of(key),
                    });
                }
            }
            let done = self.reseal(column, found).await?;
            progress.resealed += done.resealed;
            progress.unreadable += done.unreadable;
        }
    }

    async fn reseal(&self, column: SealedColumn, found: Vec<FoundCell>) -> anyhow::Result<ColumnProgress> {
        if found.is_empty() {
            return Ok(ColumnProgress::default());
        }
        let (vault, found) = (self.vault.clone(), Arc::new(found));
        Ok(self
            .database
            .write(move |transaction| {
                let (vault, found) = (vault.clone(), Arc::clone(&found));
                Box::pin(async move {
                    let mut progress = ColumnProgress::default();
                    for cell in found.iter() {
                        match reseal_cell(&vault, transaction, column, cell).await {
                            Ok(changed) => progress.resealed += changed,
                            // The owner was erased since, and the cell with them.
                            Err(ApiError::Gone { .. }) => {}
                            Err(ApiError::Internal(_)) => progress.unreadable += 1,
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(progress)
                })
            })
            .await?)
    }

    /// Deletes retired keys that no cell named when all columns were read, if by then nothing could be
    /// sealed with them any more.
    async fn delete_unused(&self, retired: &RetiredKeys, in_use: &HashSet<i32>) -> anyhow::Result<u64> {
        let settled = self.now - KEPT_AFTER_RETIREMENT;
        let unused: Vec<i32> = retired
            .values()
            .filter(|key| key.retired_at.is_some_and(|at| *at <= settled) && !in_use.contains(&key.id))
            .map(|key| key.id)
            .collect();
        let mut deleted = 0;
        for ids in unused.chunks(500) {
            let of_these = ids.to_vec();
            deleted += self
                .database
                .write(move |transaction| {
                    let of_these = of_these.clone();
                    Box::pin(async move {
                        let gone =
                            data_key::Entity::delete_many().filter(data_key::Column::Id.is_in(of_these));
                        Ok(gone.exec(transaction).await?.rows_affected)
                    })
                })
                .await?;
            for id in ids {
                self.vault.0.unsealed.forget(*id);
            }
        }
        Ok(deleted)
    }
}

/// Retires a key and makes its successor, unless somebody else did so first.
async fn replace_key(
    vault: &Vault,
    transaction: &DatabaseTransaction,
    key: &data_key::Model,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    if let Some(person_id) = key.person_id {
        lock_person(transaction, person_id).await?;
    }
    let retired = data_key::Entity::update_many()
        .col_expr(data_key::Column::RetiredAt, Expr::value(now.timestamp_millis()))
        .filter(data_key::Column::Id.eq(key.id))
        .filter(data_key::Column::RetiredAt.is_null())
        .exec(transaction)
        .await?;
    if retired.rows_affected == 0 {
        return Ok(false);
    }
    vault.create_key(transaction, super::unsealed::owner_of(key), now).await?;
    Ok(true)
}

/// Cells that may be sealed with a retired key, in the order of their rows. New keys have larger numbers
/// than the keys they replaced, and the number stands in bytes 2 to 5 of a cell, largest byte first.
fn select_page(column: SealedColumn, newest_retired: i32, after: Option<&RowId>) -> SelectStatement {
    let name = column.column.column;
    let key_id = Func::cust("substr").arg(Expr::col(name)).arg(2_i32).arg(4_i32);
    let mut page = Query::select();
    page.columns([column.key, name])
        .from(column.column.table)
        .and_where(Expr::col(name).is_not_null())
        .and_where(Expr::expr(key_id).lte(newest_retired.to_be_bytes().to_vec()))
        .order_by(column.key, sea_orm::Order::Asc)
        .limit(CELLS_AT_ONCE);
    if let Some(after) = after {
        page.and_where(Expr::col(column.key).gt(after.value()));
    }
    page
}

/// Seals one cell with the current key of its owner, if it still is the cell that was read.
async fn reseal_cell(
    vault: &Vault,
    transaction: &DatabaseTransaction,
    column: SealedColumn,
    found: &FoundCell,
) -> ApiResult<u64> {
    let address = CellAddress { column: column.column, row: found.row.bytes() };
    let plain = vault.open(transaction, address, &found.cell).await?;
    let fresh = vault.seal(transaction, found.owner, address, &plain).await?;
    let name = column.column.column;
    let update = Query::update()
        .table(column.column.table)
        .value(name, fresh)
        .and_where(Expr::col(column.key).eq(found.row.value()))
        .and_where(Expr::col(name).eq(found.cell.clone()))
        .to_owned();
    Ok(transaction.execute(&update).await?.rows_affected())
}
