//! What is sealed in the row of an account, with the key of the account's person.

use chrono::{DateTime, Utc};
use entity::account;
use sea_orm::{ActiveValue, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::identity::columns::{OPENID, SESSION_KEY, UNIONID};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// The phone number of an account.
pub(crate) const PHONE: Column = Column { table: "account", column: "phone_cell" };

/// Opens one cell of an account.
pub(super) async fn opened(
    connection: &impl ConnectionTrait,
    state: &AppState,
    account_id: Uuid,
    column: Column,
    cell: Option<&[u8]>,
) -> ApiResult<Option<String>> {
    let address = CellAddress { column, row: account_id.as_bytes() };
    match cell {
        Some(cell) => state.vault.open_text(connection, address, cell).await.map(Some),
        None => Ok(None),
    }
}

/// Seals one cell of an account.
pub(super) async fn sealed(
    connection: &impl ConnectionTrait,
    state: &AppState,
    (account_id, person_id): (Uuid, Uuid),
    column: Column,
    plain: &str,
) -> ApiResult<Vec<u8>> {
    let address = CellAddress { column, row: account_id.as_bytes() };
    state.vault.seal(connection, KeyOwner::Person(person_id), address, plain.as_bytes()).await
}

/// Makes an account that of another person and seals anew, with that person's key, how they log in.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub(crate) async fn move_account(
    transaction: &DatabaseTransaction,
    state: &AppState,
    account: account::Model,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let id = account.id;
    let mut row = account.clone().into_active_model();
    for (column, cell, value) in [
        (OPENID, &account.openid_cell, &mut row.openid_cell),
        (UNIONID, &account.unionid_cell, &mut row.unionid_cell),
        (SESSION_KEY, &account.session_key_cell, &mut row.session_key_cell),
        (PHONE, &account.phone_cell, &mut row.phone_cell),
    ] {
        if let Some(plain) = opened(transaction, state, id, column, cell.as_deref()).await? {
            *value =
                ActiveValue::Set(Some(sealed(transaction, state, (id, person_id), column, &plain).await?));
        }
    }
    row.person_id = ActiveValue::Set(person_id);
    row.version = ActiveValue::Set(account.version.saturating_add(1));
    row.updated_at = ActiveValue::Set(now.into());
    account::Entity::update(row).exec(transaction).await?;
    Ok(())
}
