//! Erasing again, in a database that is older than the erasures: a restored backup.

use std::path::Path;

use chrono::{DateTime, Utc};
use entity::{account, consent, erasure, person};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::erase_everything;
use super::journal::{self, Record};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::database::Database;
use crate::error::ApiResult;
use crate::keys::KeyFile;
use crate::privacy::holdings::{HOLDINGS, Subject};
use crate::vault::Vault;

/// Carries out every erasure of the file that the database does not know. Returns how many there were.
///
/// # Errors
/// When the file or the database fails; nothing may be served from the database then.
pub async fn replay(
    database: &Database,
    vault: &Vault,
    keys: &KeyFile,
    file: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<usize> {
    let records = journal::read(file, keys)?.records;
    let missing = journal::missing(database, records).await?;
    if missing.is_empty() {
        return Ok(0);
    }
    tracing::warn!(
        erasures = missing.len(),
        "the database is older than erasures; they are carried out again"
    );
    for record in &missing {
        let (vault, record) = (vault.clone(), record.clone());
        let repeated = database.write(move |transaction| {
            let (vault, record) = (vault.clone(), record.clone());
            Box::pin(async move { repeat(transaction, &vault, &record, now).await })
        });
        repeated.await?;
    }
    let count = missing.len();
    let noted = database.write(move |transaction| {
        let event = AuditEvent::new(Action::ErasuresRepeated, Actor::Server).with(json!({"count": count}));
        Box::pin(async move { audit::append(transaction, &event, now).await })
    });
    noted.await?;
    database.overwrite_deleted().await?;
    Ok(count)
}

async fn repeat(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    record: &Record,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // Two replicas may have started at once.
    if !journal::note(transaction, record).await? {
        return Ok(());
    }
    let is_known = person::Entity::find_by_id(record.person_id).one(transaction).await?.is_some();
    let account_id = match record.account_id {
        Some(id) => account::Entity::find_by_id(id).one(transaction).await?.map(|account| account.id),
        None => None,
    };
    let subject = Subject { person_id: record.person_id, account_id };
    match &record.purpose {
        Some(purpose) if is_known => withdraw_again(transaction, record, purpose, subject).await,
        None if is_known => {
            erase_everything(transaction, vault, subject, now).await?;
            restore_receipt(transaction, record, subject).await
        }
        // The backup is from before this person came.
        _ => Ok(()),
    }
}

/// What was agreed to after the withdrawal stays.
async fn withdraw_again(
    transaction: &DatabaseTransaction,
    record: &Record,
    purpose: &str,
    subject: Subject,
) -> ApiResult<()> {
    let ended = consent::Entity::update_many()
        .col_expr(consent::Column::EndedAt, Expr::value(record.erased_at.timestamp_millis()))
        .col_expr(consent::Column::EndReason, Expr::value("withdrawn"))
        .filter(consent::Column::PersonId.eq(record.person_id))
        .filter(consent::Column::Purpose.eq(purpose))
        .filter(consent::Column::EndedAt.is_null())
        .filter(consent::Column::GrantedAt.lte(record.erased_at.timestamp_millis()))
        .exec(transaction)
        .await?;
    if ended.rows_affected > 0 {
        for holding in
            HOLDINGS.iter().filter(|holding| holding.purpose.is_some_and(|of| of.as_str() == purpose))
        {
            (holding.erase)(transaction, subject, *record.erased_at).await?;
        }
    }
    Ok(())
}

/// Whoever holds the receipt is still told that it was done.
async fn restore_receipt(
    transaction: &DatabaseTransaction,
    record: &Record,
    subject: Subject,
) -> ApiResult<()> {
    let (Some(account_id), Some(receipt), Some(requested_at)) =
        (subject.account_id, &record.receipt, record.requested_at)
    else {
        return Ok(());
    };
    let done = erasure::ActiveModel {
        receipt: ActiveValue::Set(receipt.clone()),
        account_id: ActiveValue::Set(account_id),
        state: ActiveValue::Set(erasure::State::Done),
        requested_at: ActiveValue::Set(requested_at),
        due_at: ActiveValue::Set(record.erased_at),
        finished_at: ActiveValue::Set(Some(record.erased_at)),
    };
    erasure::Entity::update_many()
        .col_expr(erasure::Column::State, Expr::value(erasure::State::Done.to_value()))
        .col_expr(erasure::Column::FinishedAt, Expr::value(record.erased_at.timestamp_millis()))
        .filter(erasure::Column::AccountId.eq(account_id))
        .filter(erasure::Column::State.eq(erasure::State::Pending))
        .exec(transaction)
        .await?;
    if erasure::Entity::find_by_id(receipt).one(transaction).await?.is_none() {
        erasure::Entity::insert(done).exec_without_returning(transaction).await?;
    }
    Ok(())
}
