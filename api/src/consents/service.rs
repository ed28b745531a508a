use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::dto::{Consent, ConsentList, ConsentState};
use super::requirement::has_lapsed;
use super::{Purpose, ledger};
use crate::error::ApiResult;
use crate::people::age::{LifeStage, civil_day};
use crate::people::{PersonAccess, Relation};

/// Every purpose that can be agreed to for the person.
pub(super) async fn list(
    connection: &impl ConnectionTrait,
    access: &PersonAccess,
    now: DateTime<Utc>,
) -> ApiResult<ConsentList> {
    let stage = access.birth_date().map(|born| LifeStage::on(born, civil_day(now)));
    let mut items = Vec::new();
    let is_own = access.relation() == Relation::Own;
    for purpose in Purpose::ALL.into_iter().filter(|purpose| is_own || !purpose.is_of_account()) {
        let text = ledger::current_text(connection, purpose, now).await?;
        let held = ledger::active(connection, access.person_id(), purpose).await?;
        let state = match &held {
            None => ConsentState::NotGiven,
            Some(held) if has_lapsed(held.given_as, purpose, stage) => ConsentState::Lapsed,
            Some(_) => ConsentState::Given,
        };
        items.push(Consent {
            purpose,
            title: text.title,
            body: text.body,
            text_version: text.version,
            state,
            given_version: held.as_ref().map(|held| held.text_version),
            given_at: held.as_ref().map(|held| *held.granted_at),
            given_as: held.as_ref().map(|held| ledger::capacity_word(held.given_as)),
        });
    }
    Ok(ConsentList { items, next: None })
}
