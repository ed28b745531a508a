//! Whether and where a resident can be reached now.

use chrono::{DateTime, Utc};
use entity::account::{self, Status};
use sea_orm::{DatabaseTransaction, EntityTrait};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::identity::columns::OPENID;
use crate::state::AppState;
use crate::vault::CellAddress;

/// A resident as somebody to be told something.
#[derive(Debug)]
pub(super) enum Recipient {
    /// Can be reached under this openid.
    Reachable(Zeroizing<String>),
    /// Must not or cannot be reached; why, as a stable word.
    Gone(&'static str),
}

/// Looks at the account again at the last moment: it may be closing, or the consent withdrawn, since the
/// message was written.
pub(super) async fn find(
    state: &AppState,
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Recipient> {
    let account = account::Entity::find_by_id(account_id).one(transaction).await?;
    let Some(account) = account.filter(|account| account.status == Status::Active) else {
        return Ok(Recipient::Gone("account_closed"));
    };
    let agreed =
        consents::require(transaction, &state.vault, account.person_id, Purpose::Messages, now).await;
    match agreed {
        Ok(_) => {}
        Err(ApiError::Forbidden { code, .. }) => return Ok(Recipient::Gone(code)),
        Err(error) => return Err(error),
    }
    let Some(cell) = &account.openid_cell else {
        return Ok(Recipient::Gone("no_openid"));
    };
    let address = CellAddress { column: OPENID, row: account.id.as_bytes() };
    match state.vault.open_text(transaction, address, cell).await {
        Ok(openid) => Ok(Recipient::Reachable(Zeroizing::new(openid))),
        Err(ApiError::Database(error)) => Err(ApiError::Database(error)),
        Err(_unreadable) => Ok(Recipient::Gone("no_openid")),
    }
}
