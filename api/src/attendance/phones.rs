//! The phone numbers of registrations: the one that a worker was told, and that of the account.

use std::collections::BTreeMap;

use entity::{account, registration};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::me::PHONE;
use crate::vault::{CellAddress, Column, Vault};

/// Number to call that a worker was told.
const CONTACT_PHONE: Column = Column { table: "registration", column: "contact_phone_cell" };
/// As many ids as one statement should carry.
const IDS: usize = 500;

/// The numbers of each of these registrations, the one to call first.
pub(crate) async fn of_registrations(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    registrations: &[registration::Model],
) -> ApiResult<BTreeMap<Uuid, Vec<String>>> {
    let accounts = accounts(connection, registrations).await?;
    let mut phones: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for registration in registrations {
        let told = (CONTACT_PHONE, registration.id, registration.contact_phone_cell.as_deref());
        let account = registration.account_id.and_then(|id| accounts.get(&id));
        let own = account.map(|account| (PHONE, account.id, account.phone_cell.as_deref()));
        for (column, row, cell) in [Some(told), own].into_iter().flatten() {
            let number = opened(connection, vault, (column, row), cell).await?;
            phones.entry(registration.id).or_default().extend(number);
        }
    }
    Ok(phones)
}

async fn accounts(
    connection: &impl ConnectionTrait,
    registrations: &[registration::Model],
) -> ApiResult<BTreeMap<Uuid, account::Model>> {
    let ids: Vec<Uuid> = registrations.iter().filter_map(|row| row.account_id).collect();
    let mut accounts = BTreeMap::new();
    for ids in ids.chunks(IDS) {
        let found = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied()));
        accounts.extend(found.all(connection).await?.into_iter().map(|account| (account.id, account)));
    }
    Ok(accounts)
}

/// What stands in a cell; nothing where it was erased a moment ago.
pub(crate) async fn opened(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    (column, row): (Column, Uuid),
    cell: Option<&[u8]>,
) -> ApiResult<Option<String>> {
    let Some(cell) = cell else {
        return Ok(None);
    };
    match vault.open_text(connection, CellAddress { column, row: row.as_bytes() }, cell).await {
        Ok(text) => Ok(Some(text)),
        Err(ApiError::Gone { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
