//! Answers under their keys.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use chrono::{DateTime, TimeDelta, Utc};
use entity::idempotency_key;
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QuerySelect, QueryTrait, Statement,
};
use uuid::Uuid;

use super::answer::Answer;
use crate::database::{Fault, Work, fault_of};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner, Sealer};

/// How long an answer is kept where nothing asks for longer.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

const ANSWER: Column = Column { table: "idempotency_key", column: "answer_cell" };
/// Rows deleted at a time.
const SWEPT_AT_ONCE: u64 = 1_000;

/// Whose key it is. Nobody else can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A resident.
    Account {
        /// The account.
        account_id: Uuid,
        /// The resident as a person, whose key seals the answer.
        person_id: Uuid,
    },
    /// A member of staff.
    Staff(Uuid),
    /// Something else that authenticates itself, such as `hut:12`; the server's key seals the answer.
    Other(String),
}

impl Principal {
    pub(super) fn word(&self) -> String {
        match self {
            Self::Account { account_id, .. } => format!("account:{account_id}"),
            Self::Staff(staff_id) => format!("staff:{staff_id}"),
            Self::Other(word) => word.clone(),
        }
    }

    fn key_owner(&self) -> KeyOwner {
        match self {
            Self::Account { person_id, .. } => KeyOwner::Person(*person_id),
            Self::Staff(_) | Self::Other(_) => KeyOwner::Server,
        }
    }
}

/// A request under a key.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) principal: Principal,
    pub(super) operation: &'static str,
    pub(super) key: String,
    pub(super) fingerprint: Vec<u8>,
}

/// Requests of this process that are at work.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<String>>);

/// Takes a request out of those at work.
struct Turn<'s> {
    in_flight: &'s InFlight,
    name: String,
}

impl InFlight {
    fn enter(&self, call: &Call) -> ApiResult<Turn<'_>> {
        let name = format!("{} {} {}", call.principal.word(), call.operation, call.key);
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.insert(name.clone()) { Ok(Turn { in_flight: self, name }) } else { Err(in_progress()) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.in_flight.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// The right to leave an answer under a key. Cheap to clone.
#[derive(Clone)]
pub struct Ticket(Arc<Kept>);

struct Kept {
    call: Call,
    id: Uuid,
    sealer: Sealer,
    now: DateTime<Utc>,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticket")
    }
}

impl Ticket {
    /// Seals with the key of whoever asked: the person of a resident, else the server's.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Leaves the answer, in the transaction of what it tells about; best as its last statement.
    ///
    /// # Errors
    /// When another request left one first: the transaction must then be undone, and [`once`] gives that
    /// answer instead. 409 while the other is still at work.
    pub async fn keep(
        &self,
        transaction: &DatabaseTransaction,
        answer: &Answer,
        until: DateTime<Utc>,
    ) -> ApiResult<()> {
        let statement = self.keeping(transaction, answer, until)?;
        let kept = transaction.execute_raw(statement).await.map_err(in_the_way)?;
        if kept.rows_affected() == 1 { Ok(()) } else { Err(answered()) }
    }

    /// The statement by which [`Ticket::keep`] writes, for whoever has more to write with it. Whether it did must then
    /// be asked with [`Ticket::kept`], and [`answered`] and [`in_the_way`] are the errors to give.
    ///
    /// # Errors
    /// When the answer cannot be sealed.
    pub fn keeping(
        &self,
        transaction: &DatabaseTransaction,
        answer: &Answer,
        until: DateTime<Utc>,
    ) -> ApiResult<Statement> {
        let Kept { call, id, sealer, now } = &*self.0;
        let plain = serde_json::to_vec(answer).map_err(anyhow::Error::new)?;
        let cell = sealer.seal(CellAddress { column: ANSWER, row: id.as_bytes() }, &plain)?;
        let row = idempotency_key::ActiveModel {
            id: ActiveValue::Set(*id),
            principal: ActiveValue::Set(call.principal.word()),
            operation: ActiveValue::Set(call.operation.to_owned()),
            key: ActiveValue::Set(call.key.clone()),
            fingerprint: ActiveValue::Set(call.fingerprint.clone()),
            status: ActiveValue::Set(i32::from(answer.status)),
            answer_cell: ActiveValue::Set(cell),
            created_at: ActiveValue::Set((*now).into()),
            expires_at: ActiveValue::Set(Ord::max(until, *now + KEPT_FOR).into()),
        };
        let insert = idempotency_key::Entity::insert(row).on_conflict(over_an_expired_one(*now));
        Ok(transaction.get_database_backend().build(&insert.into_query()))
    }

    /// How many answers, none or one, this ticket left: a query to ask with others.
    pub fn kept(&self) -> SelectStatement {
        Query::select()
            .expr(Expr::col(idempotency_key::Column::Id).count())
            .from(idempotency_key::Entity)
            .and_where(idempotency_key::Column::Id.eq(self.0.id))
            .to_owned()
    }
}

/// The error of a transaction that must be undone because the key has its answer already.
pub fn answered() -> ApiError {
    ApiError::Conflict { code: ANSWERED, detail: String::new() }
}

/// What it means that an answer could not be written: PostgreSQL waits for the other transaction as long as it waits
/// for locks.
pub fn in_the_way(error: DbErr) -> ApiError {
    match fault_of(&error) {
        Fault::Busy => in_progress(),
        _ => ApiError::Database(error),
    }
}

/// Code of the error that undoes a transaction because the key already has its answer. Nobody is told it.
const ANSWERED: &str = "idempotency_answered";

fn over_an_expired_one(now: DateTime<Utc>) -> OnConflict {
    use idempotency_key::Column;
    OnConflict::columns([Column::Principal, Column::Operation, Column::Key])
        .update_columns([
            Column::Id,
            Column::Fingerprint,
            Column::Status,
            Column::AnswerCell,
            Column::CreatedAt,
            Column::ExpiresAt,
        ])
        .action_and_where(Expr::col((idempotency_key::Entity, Column::ExpiresAt)).lte(now.timestamp_millis()))
        .to_owned()
}

/// Does `work` unless it was done: gives the answer that was kept, or the one that `work` gives now.
///
/// `work` calls [`Ticket::keep`] in its transaction. Only what was done is kept: whoever was refused may ask again
/// under the same key, and is answered as things stand then.
///
/// # Errors
/// 422 where the key was used for something else, 409 while it is at work, and what `work` returned.
pub async fn once<F, W>(state: &AppState, call: Call, work: W) -> ApiResult<HttpResponse>
where
    F: Future<Output = ApiResult<Answer>>,
    W: FnOnce(Ticket) -> F,
{
    let now = state.clock.now();
    let _turn = state.idempotency.enter(&call)?;
    if let Some(known) = replay(state, &call, now).await? {
        return Ok(known);
    }
    let sealer = state.vault.sealer(state.database.reader(), call.principal.key_owner()).await?;
    let ticket = Ticket(Arc::new(Kept { call, id: state.random.id(now), sealer, now }));
    match work(ticket.clone()).await {
        Ok(answer) => Ok(answer.response(false)),
        Err(ApiError::Conflict { code: ANSWERED, .. }) => {
            replay(state, &ticket.0.call, now).await?.ok_or_else(in_progress)
        }
        // A refusal changed nothing, so that asking again is harmless, and what stood in the way may be gone by then.
        Err(error) => Err(error),
    }
}

/// As [`once`], for work that is one transaction.
///
/// # Errors
/// As [`once`].
pub async fn write_once<W>(
    state: &AppState,
    call: Call,
    until: DateTime<Utc>,
    work: W,
) -> ApiResult<HttpResponse>
where
    W: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, Answer> + Send + Sync + 'static,
{
    let work = Arc::new(work);
    once(state, call, |ticket| {
        state.database.write(move |transaction| {
            let (work, ticket) = (Arc::clone(&work), ticket.clone());
            Box::pin(async move {
                let answer = work(transaction).await?;
                ticket.keep(transaction, &answer, until).await?;
                Ok(answer)
            })
        })
    })
    .await
}

async fn replay(state: &AppState, call: &Call, now: DateTime<Utc>) -> ApiResult<Option<HttpResponse>> {
    let reader = state.database.reader();
    let known = idempotency_key::Entity::find()
        .filter(idempotency_key::Column::Principal.eq(call.principal.word()))
        .filter(idempotency_key::Column::Operation.eq(call.operation))
        .filter(idempotency_key::Column::Key.eq(call.key.as_str()))
        .filter(idempotency_key::Column::ExpiresAt.gt(now.timestamp_millis()))
        .one(reader)
        .await?;
    let Some(known) = known else {
        return Ok(None);
    };
    if known.fingerprint != call.fingerprint {
        return Err(crate::http::field_errors::wrong(
            "",
            "idempotency_key_reused",
            "这个 Idempotency-Key 已经用于另一次提交，请重新打开表单后再提交。",
        ));
    }
    let address = CellAddress { column: ANSWER, row: known.id.as_bytes() };
    let plain = state.vault.open(reader, address, &known.answer_cell).await?;
    let answer: Answer = serde_json::from_slice(&plain).map_err(anyhow::Error::new)?;
    Ok(Some(answer.response(true)))
}

/// Deletes what nobody may ask for again.
///
/// # Errors
/// When the database fails.
pub async fn sweep(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    loop {
        let ids: Vec<Uuid> = idempotency_key::Entity::find()
            .select_only()
            .column(idempotency_key::Column::Id)
            .filter(idempotency_key::Column::ExpiresAt.lte(now.timestamp_millis()))
            .limit(SWEPT_AT_ONCE)
            .into_tuple()
            .all(state.database.reader())
            .await?;
        if ids.is_empty() {
            return Ok(());
        }
        let deleted = state
            .database
            .write_together(move |transaction| {
                let ids = ids.clone();
                Box::pin(async move { Ok(delete(transaction, ids).await?) })
            })
            .await?;
        if deleted == 0 {
            return Ok(());
        }
    }
}

async fn delete(transaction: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<u64, DbErr> {
    let which = idempotency_key::Column::Id.is_in(ids);
    Ok(idempotency_key::Entity::delete_many().filter(which).exec(transaction).await?.rows_affected)
}

fn in_progress() -> ApiError {
    ApiError::InProgress { retry_after_s: 1 }
}
