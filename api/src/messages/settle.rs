//! What is written once it is known, or known to be unknown, what became of a message.

use chrono::{DateTime, Utc};
use entity::message_outbox::{self, State};
use entity::message_template;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect, UpdateMany,
};
use uuid::Uuid;

use super::claim::Claim;
use super::credits;
use super::outcome::{Fault, Then, Verdict};
use crate::error::ApiResult;
use crate::state::AppState;

/// Writes what WeChat answered, and what follows for the other messages.
///
/// # Errors
/// When the database fails; the row then stays `sending` and becomes `unknown` when its lease runs out.
pub(super) async fn settle(state: &AppState, claim: &Claim, verdict: Verdict, then: Then) -> ApiResult<()> {
    let now = state.clock.now();
    let (id, sender, account_id) = (claim.id, claim.sender, claim.account_id);
    let template_id = claim.template_id.clone();
    state
        .database
        .write(move |transaction| {
            let (verdict, template_id) = (verdict.clone(), template_id.clone());
            Box::pin(async move {
                // What WeChat says of the resident holds even when the row was settled meanwhile.
                if verdict == Verdict::NoCredit {
                    credits::clear(transaction, account_id, &template_id, now).await?;
                }
                if let Some(row) = held(transaction, id, sender).await? {
                    write(transaction, &row, verdict, now).await?;
                }
                match then {
                    Then::DisableTemplate => disable(transaction, &template_id, now).await,
                    Then::PauseUntil(until) => postpone_all(transaction, until).await,
                    Then::GoOn | Then::Pause => Ok(()),
                }
            })
        })
        .await
}

/// The row if this sender still has it, or lost it to its lease and nobody knows more than this sender.
async fn held(
    transaction: &DatabaseTransaction,
    id: Uuid,
    sender: Uuid,
) -> ApiResult<Option<message_outbox::Model>> {
    let mine = Condition::all()
        .add(message_outbox::Column::State.eq(State::Sending))
        .add(message_outbox::Column::ClaimedBy.eq(sender));
    let lost = message_outbox::Column::State.eq(State::Unknown);
    Ok(message_outbox::Entity::find_by_id(id)
        .filter(Condition::any().add(mine).add(lost))
        .lock(LockType::Update)
        .one(transaction)
        .await?)
}

/// Writes a verdict about a row that the transaction has locked.
///
/// # Errors
/// When the database fails.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    row: &message_outbox::Model,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let keeps_credit = matches!(
        verdict,
        Verdict::Sent { .. } | Verdict::Unknown | Verdict::NoCredit | Verdict::NotDelivered { .. }
    );
    if let (true, false, Some(template_id)) = (row.credit_taken, keeps_credit, &row.template_id) {
        credits::give_back(transaction, row.account_id, template_id, now).await?;
    }
    let released = message_outbox::Entity::update_many()
        .filter(message_outbox::Column::Id.eq(row.id))
        .col_expr(message_outbox::Column::ClaimedBy, Expr::val(Option::<Uuid>::None))
        .col_expr(message_outbox::Column::ClaimedUntil, Expr::val(Option::<i64>::None));
    let update = match verdict {
        Verdict::Sent { message_id } => {
            let message_id = message_id.or_else(|| row.message_id.clone());
            noting(ended(released, State::Sent, row.credit_taken), None)
                .col_expr(message_outbox::Column::MessageId, Expr::val(message_id))
                .col_expr(message_outbox::Column::SentAt, Expr::val(now.timestamp_millis()))
        }
        Verdict::NoCredit => ended(released, State::NoCredit, false),
        Verdict::Failed(fault) => noting(ended(released, State::Failed, false), Some(fault)),
        Verdict::NotDelivered { errcode } => {
            let fault = Fault { errcode: i32::try_from(errcode).ok(), ..Fault::new("not_delivered") };
            noting(ended(released, State::Failed, false), Some(fault))
                .col_expr(message_outbox::Column::SentAt, Expr::val(Option::<i64>::None))
        }
        Verdict::Retry { at, counted, fault } => {
            let attempts = row.attempts - i32::from(!counted && row.attempts > 0);
            noting(released, Some(fault))
                .col_expr(message_outbox::Column::State, Expr::val(State::Pending))
                .col_expr(message_outbox::Column::CreditTaken, Expr::val(false))
                .col_expr(message_outbox::Column::Attempts, Expr::val(attempts))
                .col_expr(message_outbox::Column::NextAt, Expr::val(at.timestamp_millis()))
        }
        Verdict::Unknown => released.col_expr(message_outbox::Column::State, Expr::val(State::Unknown)),
    };
    update.exec(transaction).await?;
    Ok(())
}

/// A row that needs its content no more.
fn ended(
    update: UpdateMany<message_outbox::Entity>,
    state: State,
    credit_taken: bool,
) -> UpdateMany<message_outbox::Entity> {
    update
        .col_expr(message_outbox::Column::State, Expr::val(state))
        .col_expr(message_outbox::Column::PayloadCell, Expr::val(Option::<Vec<u8>>::None))
        .col_expr(message_outbox::Column::CreditTaken, Expr::val(credit_taken))
}

/// Notes why a message was not sent.
pub(super) fn noting(
    update: UpdateMany<message_outbox::Entity>,
    fault: Option<Fault>,
) -> UpdateMany<message_outbox::Entity> {
    let (word, field, errcode) = match fault {
        Some(fault) => (Some(fault.word), fault.field, fault.errcode),
        None => (None, None, None),
    };
    update
        .col_expr(message_outbox::Column::Fault, Expr::val(word))
        .col_expr(message_outbox::Column::FaultField, Expr::val(field))
        .col_expr(message_outbox::Column::Errcode, Expr::val(errcode))
}

/// Stops the use of a template that WeChat does not know; an operator puts the right one in.
async fn disable(transaction: &DatabaseTransaction, template_id: &str, now: DateTime<Utc>) -> ApiResult<()> {
    let disabled = message_template::Entity::update_many()
        .col_expr(message_template::Column::Enabled, Expr::val(false))
        .col_expr(message_template::Column::DisabledReason, Expr::val("unknown_template"))
        .col_expr(message_template::Column::Version, Expr::col(message_template::Column::Version).add(1))
        .col_expr(message_template::Column::UpdatedAt, Expr::val(now.timestamp_millis()))
        .filter(message_template::Column::TemplateId.eq(template_id))
        .filter(message_template::Column::Enabled.eq(true))
        .exec(transaction)
        .await?;
    if disabled.rows_affected > 0 {
        tracing::error!(
            template_id,
            "WeChat does not know this message template (40037): its messages wait until an operator sets the \
             right one with PUT /api/v1/message-templates"
        );
    }
    Ok(())
}

/// The quota is one for all messages and all replicas.
async fn postpone_all(transaction: &DatabaseTransaction, until: DateTime<Utc>) -> ApiResult<()> {
    message_outbox::Entity::update_many()
        .col_expr(message_outbox::Column::NextAt, Expr::val(until.timestamp_millis()))
        .filter(message_outbox::Column::State.eq(State::Pending))
        .filter(message_outbox::Column::NextAt.lt(until.timestamp_millis()))
        .exec(transaction)
        .await?;
    tracing::error!(%until, "the quota of subscribe messages is used up: they wait until tomorrow");
    Ok(())
}

/// Ends what became useless while it waited, and admits what cannot be known because a sender died.
///
/// # Errors
/// When the database fails.
pub(super) async fn tidy(state: &AppState, now: DateTime<Utc>) -> ApiResult<()> {
    state.database.write(move |transaction| Box::pin(async move { tidy_in(transaction, now).await })).await
}

async fn tidy_in(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<()> {
    let now_ms = now.timestamp_millis();
    let update = message_outbox::Entity::update_many()
        .filter(message_outbox::Column::State.eq(State::Pending))
        .filter(message_outbox::Column::ExpiresAt.lte(now_ms));
    noting(ended(update, State::Failed, false), Some(Fault::new("expired"))).exec(transaction).await?;
    let update = message_outbox::Entity::update_many()
        .col_expr(message_outbox::Column::State, Expr::val(State::Unknown))
        .col_expr(message_outbox::Column::ClaimedBy, Expr::val(Option::<Uuid>::None))
        .col_expr(message_outbox::Column::ClaimedUntil, Expr::val(Option::<i64>::None))
        .filter(message_outbox::Column::State.eq(State::Sending))
        .filter(message_outbox::Column::ClaimedUntil.lt(now_ms));
    let lost = noting(update, Some(Fault::new("sender_lost"))).exec(transaction).await?;
    if lost.rows_affected > 0 {
        tracing::warn!(count = lost.rows_affected, "messages may have been sent by a server that stopped");
    }
    Ok(())
}
