//! Messages to be sent, written in the transaction of their reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::message_outbox::{self, State};
use entity::{account, message_credit, message_report, message_template};
use sea_orm::sea_query::{Expr, InsertStatement, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner, Sealer};

/// Where the values of messages stand sealed.
pub const PAYLOAD: Column = Column { table: "message_outbox", column: "payload_cell" };

/// Why a message is sent. The same reason, template and recipient make one message, however often it is
/// asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Kind of thing, such as `registration`.
    pub kind: &'static str,
    /// Its id; for repeated messages about one thing with what tells them apart.
    pub id: String,
}

/// A message to one resident.
#[derive(Clone)]
pub struct Message {
    /// Who gets it.
    pub account_id: Uuid,
    /// What it is for: the key of a template, such as `activity_reminder`.
    pub biz_key: &'static str,
    /// Why it is sent.
    pub reason: Reason,
    /// Its values by the names that the template's fields ask for. May hold names of persons: it is
    /// sealed.
    pub values: BTreeMap<String, String>,
    /// Query of the page that a tap opens, without `?`.
    pub page_query: Option<String>,
    /// Not sent before.
    pub send_at: DateTime<Utc>,
    /// Of no use afterwards; a reminder that comes after its lecture is worse than none.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {:?})", self.biz_key, self.reason)
    }
}

/// What became of the wish to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It will be sent.
    Queued,
    /// The same reason had already asked for it.
    AlreadyQueued,
    /// No template is in use for it.
    NoTemplate,
    /// The account is closing or gone.
    NoRecipient,
}

/// The sealed part of a message.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) values: BTreeMap<String, String>,
    pub(super) page_query: Option<String>,
}

/// Puts a message in the outbox. It goes out after the transaction has committed, or not at all if it
/// does not.
///
/// # Errors
/// When the database fails. That nobody can be told is no error: the reason must not fail for it.
pub async fn enqueue(
    state: &AppState,
    transaction: &DatabaseTransaction,
    message: &Message,
    now: DateTime<Utc>,
) -> ApiResult<Enqueued> {
    let template = message_template::Entity::find_by_id(message.biz_key).one(transaction).await?;
    if !template.is_some_and(|template| template.enabled) {
        return Ok(Enqueued::NoTemplate);
    }
    let account = account::Entity::find_by_id(message.account_id).one(transaction).await?;
    let Some(account) = account.filter(|account| account.status == account::Status::Active) else {
        return Ok(Enqueued::NoRecipient);
    };
    let sealer = state.vault.sealer(transaction, KeyOwner::Person(account.person_id)).await?;
    let row = row_of(state, &sealer, message, now)?;
    let inserted = put(transaction, vec![row]).await?;
    Ok(if inserted == 1 { Enqueued::Queued } else { Enqueued::AlreadyQueued })
}

/// A resident who is to be told something, looked up before the transaction that does it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Addressee {
    account_id: Uuid,
    sealer: Sealer,
    in_use: Arc<BTreeSet<String>>,
}

impl Addressee {
    /// Looks the resident up; `None` where the account is closing or gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        state: &AppState,
        connection: &impl ConnectionTrait,
        account_id: Uuid,
    ) -> ApiResult<Option<Self>> {
        let account = account::Entity::find_by_id(account_id).one(connection).await?;
        let Some(account) = account.filter(|account| account.status == account::Status::Active) else {
            return Ok(None);
        };
        let sealer = state.vault.sealer(connection, KeyOwner::Person(account.person_id)).await?;
        Self::with(connection, account_id, sealer).await.map(Some)
    }

    /// The resident who is calling, whose key is at hand already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller(
        connection: &impl ConnectionTrait,
        resident: Resident,
        sealer: Sealer,
    ) -> ApiResult<Self> {
        Self::with(connection, resident.account_id, sealer).await
    }

    async fn with(connection: &impl ConnectionTrait, account_id: Uuid, sealer: Sealer) -> ApiResult<Self> {
        let templates = message_template::Entity::find()
            .select_only()
            .column(message_template::Column::BizKey)
            .filter(message_template::Column::Enabled.eq(true));
        let in_use: Vec<String> = templates.into_tuple().all(connection).await?;
        Ok(Self { account_id, sealer, in_use: Arc::new(in_use.into_iter().collect()) })
    }

    /// The account.
    pub fn account_id(&self) -> Uuid {
        self.account_id
    }

    /// Seals what only the resident shall read.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
}

/// As [`enqueue`], for several messages to one resident who was looked up before.
///
/// # Errors
/// When the database fails.
pub async fn enqueue_all(
    state: &AppState,
    transaction: &DatabaseTransaction,
    addressee: &Addressee,
    messages: &[Message],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if let Some(insert) = insert(state, transaction, addressee, messages, now)? {
        transaction.execute_raw(insert).await?;
    }
    Ok(())
}

/// The statement by which [`enqueue_all`] writes, for whoever has more to write; `None` where no template is in use.
///
/// # Errors
/// When the cipher refuses.
pub fn insert(
    state: &AppState,
    transaction: &DatabaseTransaction,
    addressee: &Addressee,
    messages: &[Message],
    now: DateTime<Utc>,
) -> ApiResult<Option<Statement>> {
    let in_use = messages.iter().filter(|message| addressee.in_use.contains(message.biz_key));
    let rows = in_use
        .map(|message| row_of(state, &addressee.sealer, message, now))
        .collect::<ApiResult<Vec<_>>>()?;
    let insert = (!rows.is_empty()).then(|| transaction.get_database_backend().build(&put_once(rows)));
    Ok(insert)
}

fn row_of(
    state: &AppState,
    sealer: &Sealer,
    message: &Message,
    now: DateTime<Utc>,
) -> ApiResult<message_outbox::ActiveModel> {
    let id = state.random.id(now);
    let payload = Payload { values: message.values.clone(), page_query: message.page_query.clone() };
    let plain = serde_json::to_vec(&payload).map_err(anyhow::Error::new)?;
    let payload_cell = sealer.seal(CellAddress { column: PAYLOAD, row: id.as_bytes() }, &plain)?;
    Ok(message_outbox::ActiveModel {
        id: ActiveValue::Set(id),
        account_id: ActiveValue::Set(message.account_id),
        biz_key: ActiveValue::Set(message.biz_key.to_owned()),
        biz_type: ActiveValue::Set(message.reason.kind.to_owned()),
        biz_id: ActiveValue::Set(message.reason.id.clone()),
        payload_cell: ActiveValue::Set(Some(payload_cell)),
        state: ActiveValue::Set(State::Pending),
        attempts: ActiveValue::Set(0),
        next_at: ActiveValue::Set(message.send_at.into()),
        expires_at: ActiveValue::Set(message.expires_at.into()),
        claimed_by: ActiveValue::Set(None),
        claimed_until: ActiveValue::Set(None),
        template_id: ActiveValue::Set(None),
        credit_taken: ActiveValue::Set(false),
        fault: ActiveValue::Set(None),
        fault_field: ActiveValue::Set(None),
        errcode: ActiveValue::Set(None),
        message_id: ActiveValue::Set(None),
        created_at: ActiveValue::Set(now.into()),
        sent_at: ActiveValue::Set(None),
    })
}

async fn put(transaction: &DatabaseTransaction, rows: Vec<message_outbox::ActiveModel>) -> ApiResult<u64> {
    Ok(transaction.execute(&put_once(rows)).await?.rows_affected())
}

fn put_once(rows: Vec<message_outbox::ActiveModel>) -> InsertStatement {
    let mut insert = message_outbox::Entity::insert_many(rows).into_query();
    insert.on_conflict(OnConflict::columns(ONE_REASON).do_nothing().to_owned());
    insert
}

const ONE_REASON: [message_outbox::Column; 4] = [
    message_outbox::Column::BizType,
    message_outbox::Column::BizId,
    message_outbox::Column::BizKey,
    message_outbox::Column::AccountId,
];

/// Takes back what has not been sent, because its reason is gone. Returns how many messages that were.
///
/// # Errors
/// When the database fails.
pub async fn cancel(transaction: &DatabaseTransaction, reason: &Reason) -> ApiResult<u64> {
    let cancelled = message_outbox::Entity::update_many()
        .col_expr(message_outbox::Column::State, Expr::val(State::Cancelled))
        .col_expr(message_outbox::Column::PayloadCell, Expr::val(Option::<Vec<u8>>::None))
        .filter(message_outbox::Column::BizType.eq(reason.kind))
        .filter(message_outbox::Column::BizId.eq(reason.id.as_str()))
        .filter(message_outbox::Column::State.eq(State::Pending))
        .exec(transaction)
        .await?;
    Ok(cancelled.rows_affected)
}

/// Takes back what has not been sent to one resident about one thing, whatever tells the reasons apart: ids
/// that are `id`, or begin with it and a slash.
///
/// # Errors
/// When the database fails.
pub async fn cancel_about(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    kind: &str,
    id: &str,
) -> ApiResult<()> {
    let pending: Vec<(Uuid, String)> = message_outbox::Entity::find()
        .select_only()
        .column(message_outbox::Column::Id)
        .column(message_outbox::Column::BizId)
        .filter(message_outbox::Column::AccountId.eq(account_id))
        .filter(message_outbox::Column::BizType.eq(kind))
        .filter(message_outbox::Column::State.eq(State::Pending))
        .into_tuple()
        .all(transaction)
        .await?;
    let is_about =
        |reason: &str| reason.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let ids: Vec<Uuid> =
        pending.into_iter().filter(|(_, reason)| is_about(reason)).map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    message_outbox::Entity::update_many()
        .col_expr(message_outbox::Column::State, Expr::val(State::Cancelled))
        .col_expr(message_outbox::Column::PayloadCell, Expr::val(Option::<Vec<u8>>::None))
        .filter(message_outbox::Column::Id.is_in(ids))
        .filter(message_outbox::Column::State.eq(State::Pending))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Forgets everything about an account that is erased.
///
/// # Errors
/// When the database fails.
pub(super) async fn erase(transaction: &DatabaseTransaction, account_id: Uuid) -> ApiResult<()> {
    message_outbox::Entity::delete_many()
        .filter(message_outbox::Column::AccountId.eq(account_id))
        .exec(transaction)
        .await?;
    message_credit::Entity::delete_many()
        .filter(message_credit::Column::AccountId.eq(account_id))
        .exec(transaction)
        .await?;
    message_report::Entity::delete_many()
        .filter(message_report::Column::AccountId.eq(account_id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Opens the sealed part of a message; `None` when it cannot be opened any more.
pub(super) async fn open(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &message_outbox::Model,
) -> ApiResult<Option<Payload>> {
    let Some(cell) = &row.payload_cell else {
        return Ok(None);
    };
    let address = CellAddress { column: PAYLOAD, row: row.id.as_bytes() };
    match state.vault.open(connection, address, cell).await {
        Ok(plain) => Ok(serde_json::from_slice(&plain).ok()),
        Err(ApiError::Database(error)) => Err(ApiError::Database(error)),
        Err(error) => {
            let error = error.log_text().unwrap_or_default();
            tracing::error!(message_id = %row.id, error, "a message in the outbox cannot be opened");
            Ok(None)
        }
    }
}
