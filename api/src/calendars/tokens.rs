//! The secret addresses of residents' calendars.

use chrono::{DateTime, Utc};
use entity::{account, calendar_token};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// The address in use.
pub(super) async fn current(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
) -> ApiResult<Option<calendar_token::Model>> {
    Ok(calendar_token::Entity::find()
        .filter(calendar_token::Column::AccountId.eq(account_id))
        .filter(calendar_token::Column::RevokedAt.is_null())
        .one(connection)
        .await?)
}

/// Makes an address in place of the one before, which is over.
pub(super) async fn replace(
    state: &AppState,
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    token: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // Locked, so that two taps at once do not leave two addresses.
    account::Entity::find_by_id(account_id).lock_exclusive().one(transaction).await?;
    revoke(transaction, account_id, now).await?;
    let row = calendar_token::ActiveModel {
        id: ActiveValue::Set(state.random.id(now)),
        account_id: ActiveValue::Set(account_id),
        token_hash: ActiveValue::Set(hash(token)),
        created_at: ActiveValue::Set(now.into()),
        revoked_at: ActiveValue::Set(None),
    };
    calendar_token::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Ends the address in use, if there is one.
pub(super) async fn revoke(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    calendar_token::Entity::update_many()
        .col_expr(calendar_token::Column::RevokedAt, Expr::val(now.timestamp_millis()))
        .filter(calendar_token::Column::AccountId.eq(account_id))
        .filter(calendar_token::Column::RevokedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

/// Whose calendar an address shows.
///
/// # Errors
/// 404 for one that never was, 410 for one that is over.
pub(super) async fn owner(connection: &impl ConnectionTrait, token: &str) -> ApiResult<Uuid> {
    let row = calendar_token::Entity::find()
        .filter(calendar_token::Column::TokenHash.eq(hash(token)))
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::NotFound {
            code: "not_found",
            detail: "没有这个日历地址，请在小程序“我的—日历订阅”里重新复制。".into(),
        })?;
    let account = account::Entity::find_by_id(row.account_id).one(connection).await?;
    let is_open = account.is_some_and(|account| account.status == account::Status::Active);
    if row.revoked_at.is_some() || !is_open {
        return Err(ApiError::Gone {
            code: "calendar_revoked",
            detail: "这个日历地址已经停用，请在小程序“我的—日历订阅”里重新生成。".into(),
        });
    }
    Ok(row.account_id)
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
