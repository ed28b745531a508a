use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, erasure, family_member};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::dto::ErasureNotice;
use super::journal::{self, Record};
use super::{erase_everything, erase_person, record};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::privacy::exports;
use crate::privacy::holdings::Subject;
use crate::state::AppState;

/// How long a resident may change their mind.
const COOLING_OFF: TimeDelta = TimeDelta::days(7);

/// Asks for erasure, once: asking again gives the same receipt.
pub(super) async fn request(
    transaction: &DatabaseTransaction,
    state: &AppState,
    resident: &Resident,
    now: DateTime<Utc>,
) -> ApiResult<ErasureNotice> {
    let account = locked_account(transaction, resident.account_id).await?;
    let people = kept_people(transaction, account.id).await?;
    if let Some(pending) = pending(transaction, account.id).await? {
        return Ok(ErasureNotice { receipt: pending.receipt, erase_at: *pending.due_at, people });
    }
    let due_at = now + COOLING_OFF;
    set_status(transaction, &account, account::Status::Closing, Some(due_at), now).await?;
    let row = erasure::Model {
        receipt: state.random.token(),
        account_id: account.id,
        state: erasure::State::Pending,
        requested_at: now.into(),
        due_at: due_at.into(),
        finished_at: None,
    };
    erasure::Entity::insert(row.clone().into_active_model()).exec_without_returning(transaction).await?;
    tell(transaction, Action::ErasureRequested, Actor::Resident(account.id), account.id, now).await?;
    Ok(ErasureNotice { receipt: row.receipt, erase_at: due_at, people })
}

/// Keeps the account after all.
pub(super) async fn cancel(
    transaction: &DatabaseTransaction,
    resident: &Resident,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let account = locked_account(transaction, resident.account_id).await?;
    if account.status != account::Status::Closing {
        return Ok(());
    }
    set_status(transaction, &account, account::Status::Active, None, now).await?;
    finish(transaction, account.id, erasure::State::Cancelled, now).await?;
    tell(transaction, Action::ErasureCancelled, Actor::Resident(account.id), account.id, now).await
}

/// The erasure with this receipt.
pub(super) async fn of(connection: &impl ConnectionTrait, receipt: &str) -> ApiResult<erasure::Model> {
    erasure::Entity::find_by_id(receipt).one(connection).await?.ok_or_else(|| ApiError::NotFound {
        code: "no_such_erasure",
        detail: "没有找到这个回执编号，请检查是否完整。".into(),
    })
}

/// Erases every account whose time has come, each in a transaction of its own. Returns how many.
///
/// # Errors
/// When the database or the file store fails; what was not done is done at the next run.
pub async fn run_due(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let due = account::Entity::find()
        .filter(account::Column::Status.eq(account::Status::Closing))
        .filter(account::Column::EraseAt.lte(now.timestamp_millis()))
        .all(state.database.reader())
        .await?;
    let mut erased = 0;
    for account in due {
        let (shared, account_id) = (state.clone(), account.id);
        let was_due = state.database.write(move |transaction| {
            let state = shared.clone();
            Box::pin(async move { erase(transaction, &state, account_id, now).await })
        });
        erased += usize::from(was_due.await?);
    }
    if erased > 0 {
        journal::follow_at_once(state).await;
        exports::remove_unused_files(state, now).await?;
        state.database.fold_log().await?;
    }
    Ok(erased)
}

/// Another replica may have been first, or the resident may have kept the account a moment ago.
async fn erase(
    transaction: &DatabaseTransaction,
    state: &AppState,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let account = locked_account(transaction, account_id).await?;
    let is_due = account.erase_at.is_some_and(|at| now >= *at);
    if account.status != account::Status::Closing || !is_due {
        return Ok(false);
    }
    for person_id in kept_people(transaction, account_id).await? {
        erase_person(transaction, state, Subject { person_id, account_id: None }, now).await?;
    }
    let own = Subject { person_id: account.person_id, account_id: Some(account_id) };
    let request = pending(transaction, account_id).await?;
    let record = Record {
        receipt: request.as_ref().map(|request| request.receipt.clone()),
        requested_at: request.map(|request| request.requested_at),
        ..record(state, own, now)
    };
    journal::note(transaction, &record).await?;
    erase_everything(transaction, &state.vault, own, now).await?;
    finish(transaction, account_id, erasure::State::Done, now).await?;
    tell(transaction, Action::ErasureDone, Actor::Server, account_id, now).await?;
    Ok(true)
}

async fn locked_account(transaction: &DatabaseTransaction, id: Uuid) -> ApiResult<account::Model> {
    account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("an account has no row")))
}

/// Whose record the account keeps. Whoever has an account of their own has left the family.
async fn kept_people(transaction: &DatabaseTransaction, account_id: Uuid) -> ApiResult<Vec<Uuid>> {
    let members = family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(account_id))
        .filter(family_member::Column::EndedAt.is_null())
        .all(transaction)
        .await?;
    Ok(members.into_iter().map(|member| member.person_id).collect())
}

async fn pending(transaction: &DatabaseTransaction, account_id: Uuid) -> ApiResult<Option<erasure::Model>> {
    Ok(erasure::Entity::find()
        .filter(erasure::Column::AccountId.eq(account_id))
        .filter(erasure::Column::State.eq(erasure::State::Pending))
        .one(transaction)
        .await?)
}

async fn set_status(
    transaction: &DatabaseTransaction,
    account: &account::Model,
    status: account::Status,
    erase_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = account::ActiveModel {
        id: ActiveValue::Unchanged(account.id),
        status: ActiveValue::Set(status),
        erase_at: ActiveValue::Set(erase_at.map(Into::into)),
        version: ActiveValue::Set(account.version.saturating_add(1)),
        updated_at: ActiveValue::Set(now.into()),
        ..Default::default()
    };
    account::Entity::update(row).exec(transaction).await?;
    Ok(())
}

async fn finish(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    state: erasure::State,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let finished = erasure::ActiveModel {
        state: ActiveValue::Set(state),
        finished_at: ActiveValue::Set(Some(now.into())),
        ..Default::default()
    };
    erasure::Entity::update_many()
        .set(finished)
        .filter(erasure::Column::AccountId.eq(account_id))
        .filter(erasure::Column::State.eq(erasure::State::Pending))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn tell(
    transaction: &DatabaseTransaction,
    action: Action,
    actor: Actor,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let event = AuditEvent::new(action, actor).on("account", account_id);
    audit::append(transaction, &event, now).await
}
