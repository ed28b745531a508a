use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, export_job};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::dto::{Export, ExportState};
use super::{FILE, FILE_KEY, file_name};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::people::PersonAccess;
use crate::privacy::access_log::What;
use crate::state::AppState;
use crate::vault::CellAddress;

/// Exports of one account in 24 hours.
const MOST_A_DAY: u64 = 5;

/// Asks for an export, or finds the one that is being built.
pub(super) async fn request(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    now: DateTime<Utc>,
) -> ApiResult<export_job::Model> {
    // A proxy may read what its scopes say, not take everything along.
    access.capacity()?;
    account::Entity::find_by_id(access.account_id()).lock_exclusive().one(transaction).await?;
    let of_account = export_job::Entity::find().filter(export_job::Column::AccountId.eq(access.account_id()));
    let unfinished = [export_job::State::Queued, export_job::State::Building];
    let building = of_account
        .clone()
        .filter(export_job::Column::PersonId.eq(access.person_id()))
        .filter(export_job::Column::State.is_in(unfinished))
        .one(transaction)
        .await?;
    if let Some(building) = building {
        return Ok(building);
    }
    let since = (now - TimeDelta::days(1)).timestamp_millis();
    if of_account.filter(export_job::Column::CreatedAt.gt(since)).count(transaction).await? >= MOST_A_DAY {
        return Err(ApiError::TooManyRequests {
            code: "too_many_exports",
            detail: format!("一天最多下载 {MOST_A_DAY} 次，请明天再试。"),
            retry_after_s: 3_600,
        });
    }
    let job = export_job::Model {
        id: state.random.id(now),
        account_id: access.account_id(),
        person_id: access.person_id(),
        state: export_job::State::Queued,
        attempts: 0,
        claim_id: None,
        claimed_until: None,
        file_key_cell: None,
        size_bytes: None,
        created_at: now.into(),
        ready_at: None,
        expires_at: None,
    };
    export_job::Entity::insert(job.clone().into_active_model()).exec_without_returning(transaction).await?;
    Ok(job)
}

/// The caller's export.
pub(super) async fn of(
    connection: &impl ConnectionTrait,
    resident: &Resident,
    id: Uuid,
) -> ApiResult<export_job::Model> {
    export_job::Entity::find_by_id(id)
        .filter(export_job::Column::AccountId.eq(resident.account_id))
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::NotFound {
            code: "no_such_export",
            detail: "没有找到这次下载，请重新申请。".into(),
        })
}

/// The opened file of an export that is ready.
pub(super) async fn file(
    state: &AppState,
    job: &export_job::Model,
    now: DateTime<Utc>,
) -> ApiResult<Zeroizing<Vec<u8>>> {
    match Export::of(job, now).state {
        ExportState::Ready => {}
        ExportState::Building => {
            return Err(ApiError::Conflict {
                code: "export_not_ready",
                detail: "文件还在准备，请过一会儿再试。".into(),
            });
        }
        ExportState::Failed | ExportState::Expired => return Err(gone()),
    }
    let (Some(claim_id), Some(cell)) = (job.claim_id, job.file_key_cell.as_deref()) else {
        return Err(gone());
    };
    let reader = state.database.reader();
    let address = CellAddress { column: FILE_KEY, row: job.id.as_bytes() };
    let key = state.vault.open(reader, address, cell).await?;
    let sealed = state.files.get(&file_name(job.id, claim_id)).await?.ok_or_else(gone)?;
    state.vault.open_file(&key, CellAddress { column: FILE, row: job.id.as_bytes() }, &sealed)
}

/// Notes that the file was fetched: for the auditors, and for the person where somebody else fetched it.
pub(super) async fn note_fetched(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    job_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    access.note_reading(transaction, state, What::Export, now).await?;
    let event = AuditEvent::new(Action::ExportDownloaded, Actor::Resident(access.account_id()))
        .on("export_job", job_id);
    audit::append(transaction, &event, now).await
}

fn gone() -> ApiError {
    ApiError::Gone { code: "export_expired", detail: "下载已经过期，请重新申请。".into() }
}
