//! The one list of what is kept about a person. A feature that stores something personal adds its
//! [`Holding`]; export, erasure, withdrawal of consent and hand-over then cannot forget it.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use serde_json::Value;
use uuid::Uuid;

use super::{access_log, exports};
use crate::consents::{self, Purpose};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::{
    attendance, calendars, feedback, follow_ups, huts, idempotency, identity, me, messages, moderation,
    notices, people, records, registrations, shares,
};

/// Every kind of data that is kept about a person, in the order of the export.
pub const HOLDINGS: [Holding; 27] = [
    me::PROFILE,
    me::PHONE_NUMBER,
    me::ACCOUNT,
    people::FAMILY,
    people::PROXIES,
    consents::HOLDING,
    messages::HOLDING,
    notices::HOLDING,
    registrations::HOLDING,
    shares::HOLDING,
    moderation::HOLDING,
    attendance::HOLDING,
    feedback::HOLDING,
    calendars::HOLDING,
    huts::HOLDING,
    follow_ups::HOLDING,
    records::MEASUREMENTS,
    records::STEPS,
    records::QUARANTINE,
    records::ALERTS,
    records::goals::HOLDING,
    records::pregnancy::HOLDING,
    records::reminders::HOLDING,
    access_log::HOLDING,
    identity::SESSIONS,
    idempotency::HOLDING,
    exports::HOLDING,
];

/// Whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub person_id: Uuid,
    /// The person's own account, where there is one.
    pub account_id: Option<Uuid>,
}

/// One kind of data.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// Name of its file in an export.
    pub name: &'static str,
    /// What it is, in Chinese.
    pub title: &'static str,
    /// The purpose it is kept for, where that needs consent: it is erased when the consent is withdrawn.
    pub purpose: Option<Purpose>,
    /// Whether somebody who has any of it cannot become somebody else in a hand-over.
    pub ties_person_to_account: bool,
    /// Reads all of it.
    pub collect: Collect,
    /// Erases all of it, as far as it is not lost with the keys of the person.
    pub erase: Erase,
}

/// See [`Holding::collect`].
pub type Collect =
    for<'c> fn(&'c AppState, &'c DatabaseExecutor<'c>, Subject) -> BoxFuture<'c, ApiResult<Table>>;
/// See [`Holding::erase`].
pub type Erase = for<'t> fn(&'t DatabaseTransaction, Subject, DateTime<Utc>) -> BoxFuture<'t, ApiResult<()>>;

/// What is kept, as rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<&'static str>,
    /// One value for each column.
    pub rows: Vec<Vec<Value>>,
}

/// For what is gone with the keys or with another holding.
pub fn nothing_to_erase(
    _: &DatabaseTransaction,
    _: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async { Ok(()) })
}

/// An instant as exports tell it.
pub fn instant(at: impl Into<DateTime<Utc>>) -> Value {
    Value::String(at.into().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
