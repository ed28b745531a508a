//! Erasing what is kept about a person (个人信息保护法, article 47).
//!
//! A resident asks and has seven days to change their mind. Then a job destroys the keys of the person, after
//! which nothing sealed can be read in the database, its log, or any copy made from then on, and empties
//! the rows. What the law or accounting needs stays as facts about an id that leads to nobody: consents
//! that were given, audit rows, and rows of later features that say so in their `Holding`. Members of the
//! family whose record only this account keeps are erased with it; hand over first what shall stay.

mod dto;
mod routes;
mod service;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::service::run_due;
use super::holdings::{HOLDINGS, Subject};
use crate::error::ApiResult;
use crate::vault::Vault;

/// Adds the addresses of this feature.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::close_account).service(routes::keep_account).service(routes::get_erasure);
}

/// Erases a person: everything in [`HOLDINGS`] and the keys.
///
/// # Errors
/// When the database fails; nothing is erased then.
pub async fn erase_person(
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
