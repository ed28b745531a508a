//! Data keys in memory.

use std::sync::Arc;

use entity::data_key;
use quick_cache::sync::Cache;

use super::cell::{self, CellAddress, CipherSuite, Column, DataKey};
use super::{KeyOwner, internal};
use crate::error::{ApiError, ApiResult};
use crate::keys::{Keys, MasterKey};
use crate::random::Random;

/// Data keys kept unsealed.
const KEYS_IN_MEMORY: usize = 4_096;

const WRAPPED: Column = Column { table: "data_key", column: "wrapped" };

/// Data keys by their id.
///
/// A transaction that is undone takes its data key with it, and the next one may get the same id for
/// another key. So a key counts as the one of a row only together with the sealed bytes it came from.
pub(super) struct UnsealedKeys(Cache<i32, Arc<Unsealed>>);

/// A data key with the sealed bytes that it came from.
pub(super) struct Unsealed {
    wrapped: Vec<u8>,
    pub(super) key: DataKey,
}

impl UnsealedKeys {
    pub(super) fn new() -> Self {
        Self(Cache::new(KEYS_IN_MEMORY))
    }

    /// The key under this id, which may be one that was never committed.
    pub(super) fn maybe(&self, id: i32) -> Option<Arc<Unsealed>> {
        self.0.get(&id)
    }

    /// The key of a row.
    pub(super) fn of(&self, row: &data_key::Model, keys: &Keys) -> ApiResult<Arc<Unsealed>> {
        if let Some(known) = self.0.get(&row.id).filter(|known| known.wrapped == row.wrapped) {
            return Ok(known);
        }
        let key = unwrap(&master_of(row, keys)?, owner_of(row), &row.wrapped)?;
        let unsealed = Arc::new(Unsealed { wrapped: row.wrapped.clone(), key });
        self.0.insert(row.id, Arc::clone(&unsealed));
        Ok(unsealed)
    }

    pub(super) fn ids(&self) -> Vec<i32> {
        self.0.iter().map(|(id, _)| id).collect()
    }

    pub(super) fn forget(&self, id: i32) {
        self.0.remove(&id);
    }
}

/// Whose cells a data key seals.
pub(super) fn owner_of(row: &data_key::Model) -> KeyOwner {
    row.person_id.map_or(KeyOwner::Server, KeyOwner::Person)
}

/// Another process may have put a new master key into the file a moment ago.
fn master_of(row: &data_key::Model, keys: &Keys) -> ApiResult<MasterKey> {
    let find = || keys.current().master.iter().find(|master| master.id == row.master_key_id).cloned();
    if let Some(master) = find() {
        return Ok(master);
    }
    keys.reload_if_changed()?;
    find().ok_or_else(|| internal("the key file lacks the master key of a data key"))
}

/// Seals a data key for its owner.
pub(super) fn wrap(
    (suite, random): (CipherSuite, &Random),
    master: &MasterKey,
    owner: KeyOwner,
    key: &DataKey,
) -> ApiResult<Vec<u8>> {
    let row = owner_name(owner);
    let address = CellAddress { column: WRAPPED, row: row.as_bytes() };
    cell::seal(suite, &master_key(master)?, 0, random.bytes(), &address, &**key)
        .map_err(|error| ApiError::Internal(error.into()))
}

fn unwrap(master: &MasterKey, owner: KeyOwner, wrapped: &[u8]) -> ApiResult<DataKey> {
    let row = owner_name(owner);
    let address = CellAddress { column: WRAPPED, row: row.as_bytes() };
    let plain = cell::open(&master_key(master)?, &address, wrapped)
        .map_err(|_cause| internal("a data key cannot be opened: the key file does not fit the database"))?;
    let bytes: [u8; 32] =
        plain.as_slice().try_into().map_err(|_cause| internal("a data key has a wrong length"))?;
    Ok(DataKey::new(bytes))
}

fn owner_name(owner: KeyOwner) -> String {
    owner.person_id().map_or_else(|| "server".to_owned(), |id| id.to_string())
}

fn master_key(master: &MasterKey) -> ApiResult<DataKey> {
    let bytes: [u8; 32] =
        master.key.as_slice().try_into().map_err(|_cause| internal("a master key has a wrong length"))?;
    Ok(DataKey::new(bytes))
}
