//! Keyed indexes by which sealed identifiers are found.
//!
//! Each column has a key of its own, derived by what is hashed with it. While the key changes there are two:
//! rows are written with the newer one and looked up with both, and a job of the feature that owns the
//! rows indexes the others anew.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sha2::Sha256;
use sm3::Sm3;

use super::{Column, Vault, internal};
use crate::error::ApiResult;
use crate::keys::{IndexKey, IndexSuite};

impl Vault {
    /// The index of an identifier as it is written at `now`: a MAC of 32 bytes.
    ///
    /// `normalized` must be the one spelling of the identifier.
    ///
    /// # Errors
    /// When the key file is broken.
    pub fn index(&self, column: Column, normalized: &str, now: DateTime<Utc>) -> ApiResult<Vec<u8>> {
        let file = self.0.keys.current();
        let key = file.indexing_key(now).ok_or_else(|| internal("the key file holds no index key"))?;
        mac(key, column, normalized)
    }

    /// The index under the key with a number, for rows that say which key theirs are made with.
    ///
    /// # Errors
    /// When the key file lacks that key.
    pub fn index_by(&self, number: i32, column: Column, normalized: &str) -> ApiResult<Vec<u8>> {
        let find = || self.0.keys.current().index.iter().find(|key| key.number == number).cloned();
        if let Some(key) = find() {
            return mac(&key, column, normalized);
        }
        // Another process may have put a new key into the file a moment ago.
        self.0.keys.reload_if_changed()?;
        let key = find().ok_or_else(|| internal("the key file lacks the index key of a row"))?;
        mac(&key, column, normalized)
    }

    /// The indexes under which an identifier may be found: one for each key, the newest first.
    ///
    /// # Errors
    /// When the key file is broken.
    pub fn indexes(&self, column: Column, normalized: &str) -> ApiResult<Vec<Vec<u8>>> {
        self.0.keys.current().index.iter().rev().map(|key| mac(key, column, normalized)).collect()
    }

    /// Number of the key that indexes are written with at `now`.
    ///
    /// # Errors
    /// When the key file is broken.
    pub fn indexing_key(&self, now: DateTime<Utc>) -> ApiResult<i32> {
        let file = self.0.keys.current();
        let key = file.indexing_key(now).ok_or_else(|| internal("the key file holds no index key"))?;
        Ok(key.number)
    }

    /// While there are two keys, a unique index does not keep two replicas from writing one identifier twice,
    /// each with another key. Whoever is about to write a new one takes turns here and then looks again.
    /// Tells whether there was reason to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_turns_while_index_keys_change(
        &self,
        transaction: &DatabaseTransaction,
    ) -> ApiResult<bool> {
        let is_changing = self.0.keys.current().index.len() > 1;
        if is_changing {
            transaction.execute_unprepared("UPDATE heartbeat SET beat = beat + 1").await?;
        }
        Ok(is_changing)
    }
}

fn mac(key: &IndexKey, column: Column, normalized: &str) -> ApiResult<Vec<u8>> {
    match key.suite {
        IndexSuite::HmacSha256 => mac_of::<Hmac<Sha256>>(&key.key, column, normalized),
        IndexSuite::HmacSm3 => mac_of::<Hmac<Sm3>>(&key.key, column, normalized),
    }
}

fn mac_of<M: Mac + KeyInit>(key: &[u8], column: Column, normalized: &str) -> ApiResult<Vec<u8>> {
    let mut mac =
        <M as KeyInit>::new_from_slice(key).map_err(|_cause| internal("an index key is too short"))?;
    for part in [column.table, column.column, normalized] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::lower_hex;
    use crate::random::Random;

    const PHONE: Column = Column { table: "account", column: "phone_cell" };
    const OPENID: Column = Column { table: "account", column: "openid_cell" };

    /// Computed with another implementation (OpenSSL 3, `-mac HMAC -digest SM3`).
    #[test]
    fn hmac_sm3_is_that_of_another_implementation() {
        let mut mac = Hmac::<Sm3>::new_from_slice(&[0x0b; 32]).unwrap();
        mac.update(b"kangtu");
        assert_eq!(lower_hex(&mac.finalize().into_bytes()), SM3_VECTOR);
    }

    const SM3_VECTOR: &str = "fec7f33071a5c91303d3c3a4abb0f868259b5333d2e2cf6e064ed6719cded1d1";

    #[test]
    fn suite_key_column_and_text_each_make_another_index() {
        let (random, now) = (Random::seeded(1), DateTime::UNIX_EPOCH);
        let key = |number, suite| IndexKey::generate(number, suite, &random, now, now);
        let first = key(1, IndexSuite::HmacSha256);
        let national = IndexKey { suite: IndexSuite::HmacSm3, ..first.clone() };
        let second = key(2, IndexSuite::HmacSha256);
        let indexes = [
            mac(&first, PHONE, "13800000000").unwrap(),
            mac(&national, PHONE, "13800000000").unwrap(),
            mac(&second, PHONE, "13800000000").unwrap(),
            mac(&first, OPENID, "13800000000").unwrap(),
            mac(&first, PHONE, "13800000001").unwrap(),
        ];
        assert!(indexes.iter().all(|index| index.len() == 32));
        let distinct: std::collections::BTreeSet<_> = indexes.iter().collect();
        assert_eq!(distinct.len(), indexes.len());
    }
}
