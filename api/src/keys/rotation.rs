//! Changing the keys of a running installation.
//!
//! A command changes the file, and every replica notices. New keys take effect a little later, so that
//! each replica has them before the first one uses them.

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};

use super::file::{IndexKey, IndexSuite, KeyFile, MasterKey, SigningKey};
use crate::random::Random;

/// How long after it was made a key is first used.
pub const TAKES_EFFECT_AFTER: TimeDelta = TimeDelta::seconds(60);

/// How long a signing key is kept after its successor took over; longer than any access token lives.
const VERIFIES_FOR: TimeDelta = TimeDelta::hours(1);

/// Adds a signing key and drops those whose last token has expired. Returns how many were dropped.
///
/// # Errors
/// When no key can be made.
pub fn add_signing_key(file: &mut KeyFile, random: &Random, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let before = file.signing.len();
    let successors: Vec<DateTime<Utc>> = file.signing.iter().map(|key| key.signs_from_at).collect();
    file.signing.retain(|key| {
        let replaced_at = successors.iter().filter(|from| **from > key.signs_from_at).min();
        replaced_at.is_none_or(|at| *at + VERIFIES_FOR > now)
    });
    let dropped = before - file.signing.len();
    file.signing.push(SigningKey::generate(random, now, now + TAKES_EFFECT_AFTER)?);
    Ok(dropped)
}

/// Adds a master key. Data keys are sealed with it once it takes effect, and old ones replaced.
pub fn add_master_key(file: &mut KeyFile, random: &Random, now: DateTime<Utc>) {
    file.master.push(MasterKey::generate(random, now, now + TAKES_EFFECT_AFTER));
}

/// Adds a key of the indexes. Rows are written with it once it takes effect, and old ones indexed anew.
pub fn add_index_key(file: &mut KeyFile, suite: IndexSuite, random: &Random, now: DateTime<Utc>) {
    let last = file.index.iter().map(|key| key.number).max().unwrap_or_default();
    file.index.push(IndexKey::generate(last + 1, suite, random, now, now + TAKES_EFFECT_AFTER));
}

/// Drops the index keys that nothing is found with any more. Returns how many were dropped.
///
/// # Errors
/// When the file lacks a key that is in use: then it is not the file of this database.
pub fn drop_index_keys(file: &mut KeyFile, in_use: &[i32], now: DateTime<Utc>) -> anyhow::Result<usize> {
    if let Some(missing) = in_use.iter().find(|number| !file.index.iter().any(|key| key.number == **number)) {
        bail!("the key file lacks the index key {missing}, which the database needs");
    }
    let (before, current) = (file.index.len(), file.indexing_key(now).map(|key| key.number));
    file.index.retain(|key| {
        Some(key.number) == current || key.indexes_from_at > now || in_use.contains(&key.number)
    });
    Ok(before - file.index.len())
}

/// Drops the master keys that nothing is sealed with any more. Returns the names of those dropped.
///
/// # Errors
/// When the file lacks a key that is in use: then it is not the file of this database.
pub fn drop_master_keys(
    file: &mut KeyFile,
    in_use: &[String],
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<String>> {
    if let Some(missing) = in_use.iter().find(|id| !file.master.iter().any(|master| master.id == **id)) {
        bail!("the key file lacks the master key {missing}, which the database needs");
    }
    let current = file.sealing_master(now).map(|master| master.id.clone());
    let keep = |master: &MasterKey| {
        Some(&master.id) == current.as_ref() || master.seals_from_at > now || in_use.contains(&master.id)
    };
    let dropped = file.master.iter().filter(|master| !keep(master)).map(|master| master.id.clone()).collect();
    file.master.retain(keep);
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(random: &Random, now: DateTime<Utc>) -> KeyFile {
        let folder = tempfile::tempdir().unwrap();
        KeyFile::create(&folder.path().join("keys.json"), IndexSuite::HmacSha256, random, now).unwrap()
    }

    fn new_year() -> DateTime<Utc> {
        "2027-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_signing_key_is_kept_until_its_last_token_has_expired() {
        let (random, now) = (Random::seeded(1), new_year());
        let mut file = file(&random, now);
        assert_eq!(add_signing_key(&mut file, &random, now).unwrap(), 0);
        let soon = now + TimeDelta::minutes(30);
        assert_eq!(
            add_signing_key(&mut file, &random, soon).unwrap(),
            0,
            "tokens of the first may still live"
        );
        let later = now + TimeDelta::hours(2);
        assert_eq!(add_signing_key(&mut file, &random, later).unwrap(), 2);
        assert_eq!(file.signing.len(), 2);
        assert!(file.signing.iter().any(|key| key.signs_from_at <= later), "something must sign at once");
    }

    #[test]
    fn a_new_master_key_seals_only_after_every_replica_has_it() {
        let (random, now) = (Random::seeded(1), new_year());
        let mut file = file(&random, now);
        let first = file.sealing_master(now).unwrap().id.clone();
        add_master_key(&mut file, &random, now);
        assert_eq!(file.sealing_master(now).unwrap().id, first);
        assert_ne!(file.sealing_master(now + TAKES_EFFECT_AFTER).unwrap().id, first);
        let in_the_past = now - TimeDelta::days(1);
        assert_eq!(file.sealing_master(in_the_past).unwrap().id, first);
    }

    #[test]
    fn only_master_keys_that_nothing_needs_are_dropped() {
        let (random, now) = (Random::seeded(1), new_year());
        let mut file = file(&random, now);
        let first = file.master[0].id.clone();
        add_master_key(&mut file, &random, now);
        let later = now + TimeDelta::hours(1);
        assert!(drop_master_keys(&mut file, &[], now).unwrap().is_empty(), "the first still seals");
        assert!(drop_master_keys(&mut file, std::slice::from_ref(&first), later).unwrap().is_empty());
        assert!(drop_master_keys(&mut file, &["foreign".to_owned()], later).is_err());
        assert_eq!(drop_master_keys(&mut file, &[], later).unwrap(), [first]);
        assert_eq!(file.master.len(), 1);
    }

    #[test]
    fn only_index_keys_that_nothing_is_found_with_are_dropped() {
        let (random, now) = (Random::seeded(1), new_year());
        let mut file = file(&random, now);
        add_index_key(&mut file, IndexSuite::HmacSm3, &random, now);
        let numbers = |file: &KeyFile| file.index.iter().map(|key| key.number).collect::<Vec<_>>();
        assert_eq!(file.indexing_key(now).unwrap().number, 1, "replicas learn of the second one first");
        let later = now + TAKES_EFFECT_AFTER;
        assert_eq!(file.indexing_key(later).unwrap().number, 2);
        assert_eq!(drop_index_keys(&mut file, &[1], later).unwrap(), 0);
        assert!(drop_index_keys(&mut file, &[7], later).is_err());
        assert_eq!(drop_index_keys(&mut file, &[], now).unwrap(), 0, "the first still writes");
        assert_eq!(drop_index_keys(&mut file, &[], later).unwrap(), 1);
        assert_eq!(numbers(&file), [2]);
        add_index_key(&mut file, IndexSuite::HmacSm3, &random, later);
        assert_eq!(numbers(&file), [2, 3], "a number is never given twice");
    }
}
