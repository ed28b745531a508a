//! Erasing what is kept about a person (个人信息保护法, article 47).
//!
//! A resident asks and has seven days to change their mind. Then a job destroys the keys of the person, after
//! which nothing sealed can be read in the database, its log, or any copy made from then on, and empties
//! the rows. What the law or accounting needs stays as facts about an id that leads to nobody: consents
//! that were given, audit rows, and rows of later features that say so in their `Holding`. Members of the
//! family whose record only this account keeps are erased with it; hand over first what shall stay.

mod dto;
pub mod journal;
mod replay;
mod routes;
mod service;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use utoipa_actix_web::service_config::ServiceConfig;

use self::journal::Record;
pub use self::replay::replay;
pub use self::service::run_due;
use super::holdings::{HOLDINGS, Subject};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::state::AppState;
use crate::vault::Vault;

/// Adds the addresses of this feature.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::close_account).service(routes::keep_account).service(routes::get_erasure);
}

/// Erases a person for good, also in backups that are restored later. After the commit
/// [`journal::follow_at_once`] carries it out of the database.
///
/// # Errors
/// When the database fails; nothing is erased then.
pub async fn erase_person(
    transaction: &DatabaseTransaction,
    state: &AppState,
    subject: Subject,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    journal::note(transaction, &record(state, subject, now)).await?;
    erase_everything(transaction, &state.vault, subject, now).await
}

/// Erases what is kept for a purpose, in the transaction that ends the consent; for good, as
/// [`erase_person`].
///
/// # Errors
/// When the database fails; nothing is erased then.
pub async fn erase_for_purpose(
    transaction: &DatabaseTransaction,
    state: &AppState,
    subject: Subject,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let record = Record { purpose: Some(purpose.as_str().to_owned()), ..record(state, subject, now) };
    journal::note(transaction, &record).await?;
    for holding in HOLDINGS.iter().filter(|holding| holding.purpose == Some(purpose)) {
        (holding.erase)(transaction, subject, now).await?;
    }
    Ok(())
}

fn record(state: &AppState, subject: Subject, now: DateTime<Utc>) -> Record {
    Record {
        id: state.random.id(now),
        person_id: subject.person_id,
        account_id: subject.account_id,
        purpose: None,
        receipt: None,
        requested_at: None,
        erased_at: now.into(),
    }
}

/// Erases everything in [`HOLDINGS`] and the keys, in this database only: for a person that became another
/// one, of whom nothing was kept.
///
/// # Errors
/// When the database fails; nothing is erased then.
pub async fn erase_everything(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    subject: Subject,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    for holding in &HOLDINGS {
        (holding.erase)(transaction, subject, now).await?;
    }
    vault.destroy_person_keys(transaction, subject.person_id).await
}
