//! The ledger of what residents agreed to: each agreement adds a credit, each message takes one.
//!
//! Credits belong to an account and a template of WeChat (`wechat.md` 3.2), so that two uses of one
//! template share them as WeChat itself does.

use chrono::{DateTime, Utc};
use entity::message_credit::{self, Status};
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
};
use uuid::Uuid;

use crate::error::ApiResult;

/// Nobody agrees to more messages than this; also what the table allows.
pub(super) const MOST_CREDITS: i32 = 100;

/// Adds one credit.
///
/// # Errors
/// When the database fails.
pub(super) async fn grant(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let held = || Expr::col((message_credit::Entity, message_credit::Column::Credits));
    let one_more = CaseStatement::new().case(held().lt(MOST_CREDITS), held().add(1)).finally(held());
    let conflict =
        OnConflict::columns([message_credit::Column::AccountId, message_credit::Column::TemplateId])
            .value(message_credit::Column::Credits, one_more)
            .value(message_credit::Column::Status, Status::Accept)
            .value(message_credit::Column::UpdatedAt, now.timestamp_millis())
            .to_owned();
    upsert(transaction, account_id, template_id, Status::Accept, 1, now, conflict).await
}

/// Notes that the resident refused when asked; what was agreed to before still stands.
///
/// # Errors
/// When the database fails.
pub(super) async fn note_refusal(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let conflict =
        OnConflict::columns([message_credit::Column::AccountId, message_credit::Column::TemplateId])
            .value(message_credit::Column::Status, Status::Reject)
            .value(message_credit::Column::UpdatedAt, now.timestamp_millis())
            .to_owned();
    upsert(transaction, account_id, template_id, Status::Reject, 0, now, conflict).await
}

/// Takes all credits away: the resident switched the messages off, or WeChat says that none is left.
///
/// # Errors
/// When the database fails.
pub(super) async fn clear(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let conflict =
        OnConflict::columns([message_credit::Column::AccountId, message_credit::Column::TemplateId])
            .value(message_credit::Column::Credits, 0)
            .value(message_credit::Column::Status, Status::Reject)
            .value(message_credit::Column::UpdatedAt, now.timestamp_millis())
            .to_owned();
    upsert(transaction, account_id, template_id, Status::Reject, 0, now, conflict).await
}

/// Takes one credit if there is one, and tells whether there was.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let credits = Expr::col(message_credit::Column::Credits);
    let taken = of(account_id, template_id)
        .col_expr(message_credit::Column::Credits, credits.sub(1))
        .col_expr(message_credit::Column::UpdatedAt, Expr::val(now.timestamp_millis()))
        .filter(message_credit::Column::Credits.gt(0))
        .exec(transaction)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Gives a credit back that was taken for a message which WeChat did not take.
///
/// # Errors
/// When the database fails.
pub(super) async fn give_back(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let credits = Expr::col(message_credit::Column::Credits);
    of(account_id, template_id)
        .col_expr(message_credit::Column::Credits, credits.add(1))
        .col_expr(message_credit::Column::UpdatedAt, Expr::val(now.timestamp_millis()))
        .filter(message_credit::Column::Credits.lt(MOST_CREDITS))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Whether the resident agreed to messages of this template and has not refused since.
///
/// # Errors
/// When the database fails.
pub(super) async fn is_accepted(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
    template_id: &str,
) -> ApiResult<bool> {
    let row =
        message_credit::Entity::find_by_id((account_id, template_id.to_owned())).one(connection).await?;
    Ok(row.is_some_and(|row| row.status == Status::Accept))
}

fn of(account_id: Uuid, template_id: &str) -> sea_orm::UpdateMany<message_credit::Entity> {
    message_credit::Entity::update_many()
        .filter(message_credit::Column::AccountId.eq(account_id))
        .filter(message_credit::Column::TemplateId.eq(template_id))
}

async fn upsert(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    template_id: &str,
    status: Status,
    credits: i32,
    now: DateTime<Utc>,
    conflict: OnConflict,
) -> ApiResult<()> {
    let row = message_credit::ActiveModel {
        account_id: ActiveValue::Set(account_id),
        template_id: ActiveValue::Set(template_id.to_owned()),
        credits: ActiveValue::Set(credits),
        status: ActiveValue::Set(status),
        updated_at: ActiveValue::Set(now.into()),
    };
    message_credit::Entity::insert(row).on_conflict(conflict).exec_without_returning(transaction).await?;
    Ok(())
}
