//! What is personal is sealed here before it reaches the database.
//!
//! Each person has data keys of their own, sealed in turn with a master key of the key file
//! (`keys`). Erasing a person is deleting their data keys. Sealed identifiers are found by a keyed
//! index (`index`), never by a bare hash, which could be guessed for phone numbers.

mod cell;
pub mod columns;
mod file;
mod index;
pub mod rotation;
mod unsealed;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{data_key, person};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use self::cell::DataKey;
pub use self::cell::{CellAddress, CipherSuite, Column, Unreadable};
use self::unsealed::{Unsealed, UnsealedKeys, wrap};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::keys::Keys;
use crate::random::Random;

/// Data keys that one statement reads.
const KEYS_AT_ONCE: usize = 500;

/// Seals and opens cells. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Inner>);

struct Inner {
    keys: Keys,
    suite: CipherSuite,
    random: Random,
    unsealed: UnsealedKeys,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// Whose keys seal a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// A person; erasing the person makes the cell unreadable.
    Person(Uuid),
    /// The installation.
    Server,
}

impl KeyOwner {
    fn person_id(self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(id),
            Self::Server => None,
        }
    }
}

impl Vault {
    /// A vault on these keys.
    pub fn new(keys: Keys, suite: CipherSuite, random: Random) -> Self {
        Self(Arc::new(Inner { keys, suite, random, unsealed: UnsealedKeys::new() }))
    }

    /// Sees to it that the server has a data key of its own, and that the key file fits the database.
    ///
    /// # Errors
    /// When the database holds keys that the key file cannot open.
    pub async fn prepare(&self, database: &Database, now: DateTime<Utc>) -> anyhow::Result<()> {
        let masters: Vec<String> =
            self.0.keys.current().master.iter().map(|master| master.id.clone()).collect();
        let foreign = data_key::Entity::find()
            .filter(data_key::Column::MasterKeyId.is_not_in(masters))
            .one(database.reader())
            .await?;
        if foreign.is_some() {
            anyhow::bail!(
                "{} does not fit this database: it cannot open what is sealed there; restore the key file that \
                 belongs to it from its backup",
                self.0.keys.path().display()
            );
        }
        let vault = self.clone();
        database
            .write(move |transaction| {
                let vault = vault.clone();
                Box::pin(async move { vault.ensure_server_key(transaction, now).await })
            })
            .await
            .map_err(anyhow::Error::new)
    }

    async fn ensure_server_key(
        &self,
        transaction: &DatabaseTransaction,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        // Replicas that start together take turns on this row; the second finds the key made.
        transaction.execute_unprepared("UPDATE heartbeat SET beat = beat + 1").await?;
        match current_key(transaction, KeyOwner::Server).await? {
            Some(_) => Ok(()),
            None => self.create_key(transaction, KeyOwner::Server, now).await,
        }
    }

    /// Gives a new person the key that seals what is known of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_person_key(
        &self,
        transaction: &DatabaseTransaction,
        person_id: Uuid,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        self.create_key(transaction, KeyOwner::Person(person_id), now).await
    }

    async fn create_key(
        &self,
        transaction: &DatabaseTransaction,
        owner: KeyOwner,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        let file = self.0.keys.current();
        let master = file.sealing_master(now).ok_or_else(|| internal("the key file holds no master key"))?;
        let key = DataKey::new(self.0.random.bytes());
        let row = data_key::ActiveModel {
            person_id: ActiveValue::Set(owner.person_id()),
            master_key_id: ActiveValue::Set(master.id.clone()),
            wrapped: ActiveValue::Set(wrap((self.0.suite, &self.0.random), master, owner, &key)?),
            created_at: ActiveValue::Set(now.into()),
            retired_at: ActiveValue::Set(None),
            ..Default::default()
        };
        data_key::Entity::insert(row).exec_without_returning(transaction).await?;
        Ok(())
    }

    /// Destroys every key of a person. What was sealed with them is unreadable from then on, in this
    /// database and in every backup of it that is restored without them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn destroy_person_keys(
        &self,
        transaction: &DatabaseTransaction,
        person_id: Uuid,
    ) -> ApiResult<()> {
        lock_person(transaction, person_id).await?;
        let of_person = data_key::Column::PersonId.eq(person_id);
        let ids: Vec<i32> = data_key::Entity::find()
            .select_only()
            .column(data_key::Column::Id)
            .filter(of_person.clone())
            .into_tuple()
            .all(transaction)
            .await?;
        data_key::Entity::delete_many().filter(of_person).exec(transaction).await?;
        for id in ids {
            self.0.unsealed.forget(id);
        }
        Ok(())
    }

    /// Drops from memory the keys that are not in the database any more: another replica destroyed them,
    /// or the transaction that made them was undone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_destroyed(&self, database: &Database) -> ApiResult<()> {
        let in_memory = self.0.unsealed.ids();
        for ids in in_memory.chunks(500) {
            let alive: Vec<i32> = data_key::Entity::find()
                .select_only()
                .column(data_key::Column::Id)
                .filter(data_key::Column::Id.is_in(ids.iter().copied()))
                .into_tuple()
                .all(database.reader())
                .await?;
            let alive: HashSet<i32> = alive.into_iter().collect();
            for gone in ids.iter().filter(|id| !alive.contains(id)) {
                self.0.unsealed.forget(*gone);
            }
        }
        Ok(())
    }

    /// Takes the owner's key to seal with, so that a transaction need not ask for it. What it seals must be
    /// written soon: a key that was replaced meanwhile lives on for minutes, one that was destroyed does not.
    ///
    /// # Errors
    /// 410 when the owner has no key any more, an internal error when the database fails.
    pub async fn sealer(&self, connection: &impl ConnectionTrait, owner: KeyOwner) -> ApiResult<Sealer> {
        let row = current_key(connection, owner).await?.ok_or_else(erased)?;
        let key_id = u32::try_from(row.id).map_err(anyhow::Error::new)?;
        Ok(Sealer { key_id, key: self.0.unsealed.of(&row, &self.0.keys)?, vault: self.clone() })
    }

    /// Seals `plain` for the place where it will stand.
    ///
    /// # Errors
    /// 410 when the owner has no key any more, an internal error when the database fails.
    pub async fn seal(
        &self,
        connection: &impl ConnectionTrait,
        owner: KeyOwner,
        address: CellAddress<'_>,
        plain: &[u8],
    ) -> ApiResult<Vec<u8>> {
        self.sealer(connection, owner).await?.seal(address, plain)
    }

    /// Opens a cell where it stands.
    ///
    /// # Errors
    /// 410 when its key was destroyed, an internal error when the cell is damaged or was moved.
    pub async fn open(
        &self,
        connection: &impl ConnectionTrait,
        address: CellAddress<'_>,
        sealed: &[u8],
    ) -> ApiResult<Zeroizing<Vec<u8>>> {
        let unreadable = |error: Unreadable| ApiError::Internal(error.into());
        let key_id = i32::try_from(cell::key_id(sealed).map_err(unreadable)?).map_err(anyhow::Error::new)?;
        if let Some(known) = self.0.unsealed.maybe(key_id)
            && let Ok(plain) = cell::open(&known.key, &address, sealed)
        {
            return Ok(plain);
        }
        let row = data_key::Entity::find_by_id(key_id).one(connection).await?.ok_or_else(erased)?;
        let unsealed = self.0.unsealed.of(&row, &self.0.keys)?;
        cell::open(&unsealed.key, &address, sealed).map_err(unreadable)
    }

    /// Opens many cells of one column, each given with the primary key of its row: one statement for hundreds
    /// of keys instead of one for each. `None` where the key was destroyed.
    ///
    /// # Errors
    /// An internal error when the database fails, or a cell is damaged or was moved.
    pub async fn open_many(
        &self,
        connection: &impl ConnectionTrait,
        column: Column,
        cells: &[(&[u8], &[u8])],
    ) -> ApiResult<Vec<Option<Zeroizing<Vec<u8>>>>> {
        let unreadable = |error: Unreadable| ApiError::Internal(error.into());
        let mut opened = Vec::with_capacity(cells.len());
        let mut missing = Vec::new();
        for (index, (row, sealed)) in cells.iter().enumerate() {
            let key_id =
                i32::try_from(cell::key_id(sealed).map_err(unreadable)?).map_err(anyhow::Error::new)?;
            let known = self.0.unsealed.maybe(key_id);
            let plain =
                known.and_then(|known| cell::open(&known.key, &CellAddress { column, row }, sealed).ok());
            if plain.is_none() {
                missing.push((index, key_id));
            }
            opened.push(plain);
        }
        for some in missing.chunks(KEYS_AT_ONCE) {
            let rows = data_key::Entity::find()
                .filter(data_key::Column::Id.is_in(some.iter().map(|(_, key_id)| *key_id)))
                .all(connection)
                .await?;
            let rows: HashMap<i32, data_key::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
            for (index, key_id) in some {
                let (Some(key), Some((row, sealed))) = (rows.get(key_id), cells.get(*index)) else {
                    continue;
                };
                let unsealed = self.0.unsealed.of(key, &self.0.keys)?;
                let plain =
                    cell::open(&unsealed.key, &CellAddress { column, row }, sealed).map_err(unreadable)?;
                if let Some(place) = opened.get_mut(*index) {
                    *place = Some(plain);
                }
            }
        }
        Ok(opened)
    }

    /// Opens a cell that holds text.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn open_text(
        &self,
        connection: &impl ConnectionTrait,
        address: CellAddress<'_>,
        sealed: &[u8],
    ) -> ApiResult<String> {
        let plain = self.open(connection, address, sealed).await?;
        String::from_utf8(plain.to_vec()).map_err(|_cause| internal("a sealed cell holds no text"))
    }
}

/// Seals with one owner's key. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    key_id: u32,
    key: Arc<Unsealed>,
    vault: Vault,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Seals `plain` for the place where it will stand.
    ///
    /// # Errors
    /// When the cipher refuses, which it does for no text of a sensible length.
    pub fn seal(&self, address: CellAddress<'_>, plain: &[u8]) -> ApiResult<Vec<u8>> {
        let Inner { suite, random, .. } = &*self.vault.0;
        cell::seal(*suite, &self.key.key, self.key_id, random.bytes(), &address, plain)
            .map_err(|error| ApiError::Internal(error.into()))
    }
}

/// What the data keys of a database are sealed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysInUse {
    /// Number of data keys by the name of their master key.
    pub by_master: BTreeMap<String, u64>,
    /// How many of them are retired and wait to be deleted.
    pub retired: u64,
}

/// Counts the data keys of a database.
///
/// # Errors
/// When the database fails.
pub async fn keys_in_use(database: &Database) -> anyhow::Result<KeysInUse> {
    let by_master: Vec<(String, i64)> = data_key::Entity::find()
        .select_only()
        .column(data_key::Column::MasterKeyId)
        .column_as(data_key::Column::Id.count(), "keys")
        .group_by(data_key::Column::MasterKeyId)
        .into_tuple()
        .all(database.reader())
        .await?;
    let retired = data_key::Entity::find().filter(data_key::Column::RetiredAt.is_not_null());
    Ok(KeysInUse {
        by_master: by_master.into_iter().map(|(id, keys)| (id, keys.unsigned_abs())).collect(),
        retired: retired.count(database.reader()).await?,
    })
}

/// Whoever makes or destroys keys of a person takes turns on the person, so that none is made while all
/// are destroyed. SQLite has one writer and ignores the lock.
async fn lock_person(transaction: &DatabaseTransaction, person_id: Uuid) -> ApiResult<()> {
    let person = person::Entity::find_by_id(person_id).select_only().column(person::Column::Id);
    person.lock_exclusive().into_tuple::<Uuid>().one(transaction).await?;
    Ok(())
}

async fn current_key(
    connection: &impl ConnectionTrait,
    owner: KeyOwner,
) -> ApiResult<Option<data_key::Model>> {
    let of_owner = match owner {
        KeyOwner::Person(id) => data_key::Column::PersonId.eq(id),
        KeyOwner::Server => data_key::Column::PersonId.is_null(),
    };
    Ok(data_key::Entity::find()
        .filter(of_owner)
        .filter(data_key::Column::RetiredAt.is_null())
        .order_by_desc(data_key::Column::Id)
        .one(connection)
        .await?)
}

fn erased() -> ApiError {
    ApiError::Gone { code: "erased", detail: "这份资料已经按本人要求删除。".into() }
}

fn internal(text: &'static str) -> ApiError {
    ApiError::Internal(anyhow::anyhow!(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_key_is_ever_printed() {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::seeded(1);
        let now = DateTime::from_timestamp_millis(0).unwrap();
        let (path, suite) = (folder.path().join("keys.json"), CipherSuite::Aes256Gcm);
        let keys = Keys::open_or_create(&path, suite.index_suite(), &random, now).unwrap();
        let vault = Vault::new(keys.clone(), CipherSuite::Aes256Gcm, random.clone());
        let printed = format!("{keys:?} {vault:?} {random:?}");
        assert_eq!(printed, "Keys Vault(Vault) Random");
    }
}
