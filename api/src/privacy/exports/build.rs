//! Building the files of exports in the background.

use std::collections::HashSet;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, export_job};
use sea_orm::ExprTrait;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::archive::HealthRecord;
use super::{FILE, FILE_KEY, FOLDER, archive, expired, file_name};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::privacy::holdings::{HOLDINGS, Subject};
use crate::state::AppState;
use crate::vault::{CellAddress, KeyOwner};
use crate::{fhir, health_report};

/// How long a builder may take before another one begins anew.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// How often an export is begun before it counts as failed.
const MOST_ATTEMPTS: i32 = 3;
/// How long a file can be fetched.
const VALID: TimeDelta = TimeDelta::hours(72);

/// Builds every export that waits. Returns how many became ready.
///
/// # Errors
/// When the database fails; an export that cannot be built is logged and tried again.
pub async fn build_due(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut built = 0;
    for id in waiting(state, now).await? {
        let claim_id = state.random.stamp();
        let Some(job) = claim(state, id, claim_id, now).await? else {
            continue;
        };
        match build(state, &job, claim_id, now).await {
            Ok(true) => built += 1,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(export = %id, error = %error, "an export could not be built");
                give_back(state, &job, claim_id).await?;
            }
        }
    }
    Ok(built)
}

fn may_be_claimed(now: DateTime<Utc>) -> SimpleExpr {
    let abandoned = export_job::Column::State
        .eq(export_job::State::Building)
        .and(export_job::Column::ClaimedUntil.lte(now.timestamp_millis()));
    export_job::Column::State.eq(export_job::State::Queued).or(abandoned)
}

async fn waiting(state: &AppState, now: DateTime<Utc>) -> ApiResult<Vec<Uuid>> {
    let jobs = export_job::Entity::find()
        .filter(may_be_claimed(now))
        .order_by_asc(export_job::Column::Id)
        .all(state.database.reader())
        .await?;
    Ok(jobs.into_iter().map(|job| job.id).collect())
}

/// Takes an export for this builder, unless another one was first or it failed too often.
async fn claim(
    state: &AppState,
    id: Uuid,
    claim_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Option<export_job::Model>> {
    state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let claimed = export_job::ActiveModel {
                    state: ActiveValue::Set(export_job::State::Building),
                    claim_id: ActiveValue::Set(Some(claim_id)),
                    claimed_until: ActiveValue::Set(Some((now + CLAIM).into())),
                    ..Default::default()
                };
                let taken = export_job::Entity::update_many()
                    .set(claimed)
                    .col_expr(export_job::Column::Attempts, Expr::col(export_job::Column::Attempts).add(1))
                    .filter(export_job::Column::Id.eq(id))
                    .filter(may_be_claimed(now))
                    .exec(transaction)
                    .await?;
                if taken.rows_affected == 0 {
                    return Ok(None);
                }
                Ok(export_job::Entity::find_by_id(id).one(transaction).await?)
            })
        })
        .await
}

async fn build(
    state: &AppState,
    job: &export_job::Model,
    claim_id: Uuid,
    now: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let reader = state.database.reader();
    let own_account =
        account::Entity::find().filter(account::Column::PersonId.eq(job.person_id)).one(reader).await?;
    let subject = Subject { person_id: job.person_id, account_id: own_account.map(|account| account.id) };
    let executor = DatabaseExecutor::from(reader);
    let mut tables = Vec::with_capacity(HOLDINGS.len());
    for holding in &HOLDINGS {
        tables.push((holding, (holding.collect)(state, &executor, subject).await?));
    }
    let record = HealthRecord {
        fhir: Zeroizing::new(fhir::collection(state, job.person_id).await?),
        report: health_report::of_last_year(state, job.person_id, now).await?.map(Zeroizing::new),
    };
    let archive = tokio::task::spawn_blocking(move || archive::zip(&tables, &record, now)).await??;
    let key = state.vault.new_file_key();
    let sealed =
        state.vault.seal_file(&key, CellAddress { column: FILE, row: job.id.as_bytes() }, &archive)?;
    let address = CellAddress { column: FILE_KEY, row: job.id.as_bytes() };
    let owner = KeyOwner::Person(job.person_id);
    let file_key_cell = state.vault.seal(reader, owner, address, key.as_slice()).await?;
    let name = file_name(job.id, claim_id);
    state.files.put(&name, sealed).await?;
    let size_bytes = i64::try_from(archive.len()).context("an export is too large")?;
    let is_ready = finish(state, job, claim_id, (file_key_cell, size_bytes), now).await?;
    if !is_ready {
        state.files.delete(&name).await?;
    }
    Ok(is_ready)
}

/// Says that the file is there, unless the claim ran out or the person was erased meanwhile.
async fn finish(
    state: &AppState,
    job: &export_job::Model,
    claim_id: Uuid,
    (file_key_cell, size_bytes): (Vec<u8>, i64),
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let (job_id, account_id) = (job.id, job.account_id);
    state
        .database
        .write(move |transaction| {
            let file_key_cell = file_key_cell.clone();
            Box::pin(async move {
                let ready = export_job::ActiveModel {
                    state: ActiveValue::Set(export_job::State::Ready),
                    claimed_until: ActiveValue::Set(None),
                    file_key_cell: ActiveValue::Set(Some(file_key_cell)),
                    size_bytes: ActiveValue::Set(Some(size_bytes)),
                    ready_at: ActiveValue::Set(Some(now.into())),
                    expires_at: ActiveValue::Set(Some((now + VALID).into())),
                    ..Default::default()
                };
                let finished = export_job::Entity::update_many()
                    .set(ready)
                    .filter(export_job::Column::Id.eq(job_id))
                    .filter(export_job::Column::ClaimId.eq(claim_id))
                    .filter(export_job::Column::State.eq(export_job::State::Building))
                    .exec(transaction)
                    .await?;
                if finished.rows_affected == 0 {
                    return Ok(false);
                }
                let event = AuditEvent::new(Action::ExportCreated, Actor::Resident(account_id))
                    .on("export_job", job_id);
                audit::append(transaction, &event, now).await?;
                Ok(true)
            })
        })
        .await
}

async fn give_back(state: &AppState, job: &export_job::Model, claim_id: Uuid) -> ApiResult<()> {
    let has_failed = job.attempts >= MOST_ATTEMPTS;
    let next = if has_failed { export_job::State::Failed } else { export_job::State::Queued };
    let job_id = job.id;
    state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let given_back = export_job::ActiveModel {
                    state: ActiveValue::Set(next),
                    claimed_until: ActiveValue::Set(None),
                    ..Default::default()
                };
                export_job::Entity::update_many()
                    .set(given_back)
                    .filter(export_job::Column::Id.eq(job_id))
                    .filter(export_job::Column::ClaimId.eq(claim_id))
                    .filter(export_job::Column::State.eq(export_job::State::Building))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
}

/// Ends exports that have run out and deletes every file that no export needs any more: expired, erased,
/// or left by a builder that died. Returns how many files were deleted.
///
/// # Errors
/// When the database or the file store fails.
pub async fn remove_unused_files(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<usize> {
    state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                export_job::Entity::update_many()
                    .set(expired())
                    .filter(export_job::Column::State.eq(export_job::State::Ready))
                    .filter(export_job::Column::ExpiresAt.lte(now.timestamp_millis()))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await?;
    // Listed before the rows are read: a file of a claim made after that is not in the list.
    let names = state.files.names(FOLDER).await?;
    let in_use = [export_job::State::Building, export_job::State::Ready];
    let jobs = export_job::Entity::find()
        .filter(export_job::Column::State.is_in(in_use))
        .all(state.database.reader())
        .await?;
    let needed: HashSet<String> =
        jobs.iter().filter_map(|job| Some(file_name(job.id, job.claim_id?))).collect();
    let unused: Vec<&String> = names.iter().filter(|name| !needed.contains(*name)).collect();
    for name in &unused {
        state.files.delete(name).await?;
    }
    Ok(unused.len())
}
