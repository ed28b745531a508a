//! How a sender takes a message, so that no other sends it.
//!
//! Before WeChat is called, the row says `sending`, with the sender's name and a lease, and the credit is
//! taken: one transaction. A sender that dies afterwards leaves a row that says so. Whether WeChat got the
//! message cannot be known then, and when the lease has run out the row becomes `unknown`, never `pending`.

use chrono::{DateTime, TimeDelta, Utc};
use entity::message_outbox::{self, State};
use entity::message_template::{self, Kind};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, UpdateMany,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::outcome::Fault;
use super::recipient::{self, Recipient};
use super::settle::noting;
use super::{credits, outbox, template};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::wechat::message_values::MessageValues;

/// Longer than any call takes, its token included; whoever holds a message longer is gone.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A message that this sender must send now, and nobody else.
pub struct Claim {
    pub(super) id: Uuid,
    pub(super) sender: Uuid,
    pub(super) account_id: Uuid,
    pub(super) openid: Zeroizing<String>,
    pub(super) template_id: String,
    pub(super) page: Option<String>,
    pub(super) values: MessageValues,
    pub(super) attempts: i32,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({})", self.id)
    }
}

/// What taking a message brought.
#[derive(Debug)]
pub enum Step {
    /// It is to be sent.
    Send(Box<Claim>),
    /// It ended without a call.
    Ended,
    /// No message is due.
    Nothing,
}

/// Takes the message that has waited longest among those due at `due`.
///
/// # Errors
/// When the database fails.
pub async fn next(state: &AppState, sender: Uuid, due: DateTime<Utc>) -> ApiResult<Step> {
    let shared = state.clone();
    state
        .database
        .write(move |transaction| {
            let state = shared.clone();
            Box::pin(async move { take(&state, transaction, sender, due).await })
        })
        .await
}

async fn take(
    state: &AppState,
    transaction: &DatabaseTransaction,
    sender: Uuid,
    due: DateTime<Utc>,
) -> ApiResult<Step> {
    let Some((row, template)) = due_row(transaction, due).await? else {
        return Ok(Step::Nothing);
    };
    let now = state.clock.now();
    match prepare(state, transaction, &row, &template, now).await? {
        Prepared::Ends(end, fault) => {
            end_unsent(transaction, &row, end, fault).await?;
            Ok(Step::Ended)
        }
        Prepared::Ready { openid, values, page } => {
            mark_sending(transaction, &row, &template, sender, now).await?;
            Ok(Step::Send(Box::new(Claim {
                id: row.id,
                sender,
                account_id: row.account_id,
                openid,
                template_id: template.template_id,
                page,
                values,
                attempts: row.attempts + 1,
            })))
        }
    }
}

/// The oldest due row that no other transaction holds. On PostgreSQL a row that another replica is just
/// taking is passed over; on SQLite there is one writer.
async fn due_row(
    transaction: &DatabaseTransaction,
    due: DateTime<Utc>,
) -> ApiResult<Option<(message_outbox::Model, message_template::Model)>> {
    let enabled = message_template::Entity::find()
        .select_only()
        .column(message_template::Column::BizKey)
        .filter(message_template::Column::Enabled.eq(true))
        .into_query();
    let row = message_outbox::Entity::find()
        .filter(message_outbox::Column::State.eq(State::Pending))
        .filter(message_outbox::Column::NextAt.lte(due.timestamp_millis()))
        .filter(message_outbox::Column::BizKey.in_subquery(enabled))
        .order_by_asc(message_outbox::Column::NextAt)
        .order_by_asc(message_outbox::Column::Id)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let template = message_template::Entity::find_by_id(row.biz_key.clone()).one(transaction).await?;
    Ok(template.map(|template| (row, template)))
}

enum Prepared {
    Ready { openid: Zeroizing<String>, values: MessageValues, page: Option<String> },
    Ends(State, Option<Fault>),
}

/// Whether the message may and can be sent; takes its credit as the last thing.
async fn prepare(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &message_outbox::Model,
    template: &message_template::Model,
    now: DateTime<Utc>,
) -> ApiResult<Prepared> {
    let failed = |fault| Ok(Prepared::Ends(State::Failed, Some(fault)));
    let openid = match recipient::find(state, transaction, row.account_id, now).await? {
        Recipient::Reachable(openid) => openid,
        Recipient::Gone(word) => return Ok(Prepared::Ends(State::Cancelled, Some(Fault::new(word)))),
    };
    let Some(payload) = outbox::open(state, transaction, row).await? else {
        return failed(Fault::new("unreadable"));
    };
    let Some(fields) = template::fields_of(&template.fields) else {
        return failed(Fault::new("bad_template"));
    };
    let values = match template::fill(&fields, &payload.values) {
        Ok(values) => values,
        Err(unusable) => {
            return failed(Fault { field: Some(unusable.key), ..Fault::new("bad_value") });
        }
    };
    let agreed = match template.kind {
        Kind::Once => credits::take(transaction, row.account_id, &template.template_id, now).await?,
        Kind::Long => credits::is_accepted(transaction, row.account_id, &template.template_id).await?,
    };
    if !agreed {
        return Ok(Prepared::Ends(State::NoCredit, None));
    }
    let page = template.page.as_ref().map(|page| match &payload.page_query {
        Some(query) => format!("{page}?{query}"),
        None => page.clone(),
    });
    Ok(Prepared::Ready { openid, values, page })
}

fn of(id: Uuid) -> UpdateMany<message_outbox::Entity> {
    message_outbox::Entity::update_many().filter(message_outbox::Column::Id.eq(id))
}

async fn end_unsent(
    transaction: &DatabaseTransaction,
    row: &message_outbox::Model,
    end: State,
    fault: Option<Fault>,
) -> ApiResult<()> {
    let update = of(row.id)
        .col_expr(message_outbox::Column::State, Expr::val(end))
        .col_expr(message_outbox::Column::PayloadCell, Expr::val(Option::<Vec<u8>>::None))
        .filter(message_outbox::Column::State.eq(State::Pending));
    noting(update, fault).exec(transaction).await?;
    Ok(())
}

async fn mark_sending(
    transaction: &DatabaseTransaction,
    row: &message_outbox::Model,
    template: &message_template::Model,
    sender: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    of(row.id)
        .col_expr(message_outbox::Column::State, Expr::val(State::Sending))
        .col_expr(message_outbox::Column::ClaimedBy, Expr::val(sender))
        .col_expr(message_outbox::Column::ClaimedUntil, Expr::val((now + LEASE).timestamp_millis()))
        .col_expr(message_outbox::Column::Attempts, Expr::col(message_outbox::Column::Attempts).add(1))
        .col_expr(message_outbox::Column::TemplateId, Expr::val(template.template_id.as_str()))
        .col_expr(message_outbox::Column::CreditTaken, Expr::val(template.kind == Kind::Once))
        .filter(message_outbox::Column::State.eq(State::Pending))
        .exec(transaction)
        .await?;
    Ok(())
}
