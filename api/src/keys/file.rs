//! The key file: what is in it, and writing it so that it is never half-written.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::random::Random;

/// Every key of the installation.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Keys that seal data keys, oldest first.
    pub master: Vec<MasterKey>,
    /// Keys of the indexes that find sealed identifiers, oldest first.
    #[serde(deserialize_with = "index_keys")]
    pub index: Vec<IndexKey>,
    /// Keys that sign access tokens, oldest first.
    pub signing: Vec<SigningKey>,
    /// Key that signs checkpoints of the audit log.
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub audit: KeyBytes,
}

/// Bytes of a key; wiped from memory when dropped.
pub(super) type KeyBytes = Zeroizing<Vec<u8>>;

/// A key that seals data keys.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MasterKey {
    /// Name that sealed keys carry.
    pub id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when data keys are sealed with it, so that every replica has it before.
    pub seals_from_at: DateTime<Utc>,
    /// 32 bytes.
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub key: KeyBytes,
}

/// How an index is made from its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexSuite {
    /// HMAC-SHA-256 (RFC 2104).
    #[serde(rename = "hmac-sha-256")]
    HmacSha256,
    /// HMAC-SM3 (GB/T 32905), where GB/T 39786 is demanded.
    #[serde(rename = "hmac-sm3")]
    HmacSm3,
}

/// A key of the indexes that find sealed identifiers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexKey {
    /// Number that rows carry; later keys have larger ones.
    pub number: i32,
    /// What indexes are made with.
    pub suite: IndexSuite,
    /// When it was made; identifiers are looked up with it from then on.
    pub created_at: DateTime<Utc>,
    /// From when indexes are written with it, so that every replica looks them up before.
    pub indexes_from_at: DateTime<Utc>,
    /// 32 bytes.
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub key: KeyBytes,
}

/// A key that signs access tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// Name that tokens carry in their header.
    pub kid: String,
    /// When it was made; it is published from then on.
    pub created_at: DateTime<Utc>,
    /// From when tokens are signed with it, so that every replica knows it before.
    pub signs_from_at: DateTime<Utc>,
    /// Ed25519 in PKCS#8.
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub private: KeyBytes,
}

impl MasterKey {
    /// A new key that seals from `seals_from_at` on.
    pub fn generate(random: &Random, now: DateTime<Utc>, seals_from_at: DateTime<Utc>) -> Self {
        let key = random.bytes::<32>().to_vec().into();
        Self { id: random.id(now).to_string(), created_at: now, seals_from_at, key }
    }
}

impl SigningKey {
    /// A new key that signs from `signs_from_at` on.
    ///
    /// # Errors
    /// When none can be made.
    pub fn generate(
        random: &Random,
        now: DateTime<Utc>,
        signs_from_at: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        Ok(Self { kid: random.id(now).to_string(), created_at: now, signs_from_at, private: new_key_pair()? })
    }
}

impl IndexKey {
    /// A new key under a number, that indexes are written with from `indexes_from_at` on.
    pub fn generate(
        number: i32,
        suite: IndexSuite,
        random: &Random,
        now: DateTime<Utc>,
        indexes_from_at: DateTime<Utc>,
    ) -> Self {
        let key = random.bytes::<32>().to_vec().into();
        Self { number, suite, created_at: now, indexes_from_at, key }
    }
}

/// Number of the first index key; rows from before there were numbers carry it.
const FIRST_INDEX_KEY: i32 = 1;

fn new_key_pair() -> anyhow::Result<KeyBytes> {
    let pair = Ed25519KeyPair::generate().context("no signing key can be made")?;
    let document = pair.to_pkcs8v1().context("no signing key can be made")?;
    Ok(document.as_ref().to_vec().into())
}

impl KeyFile {
    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, is not a key file, or others may read it.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            bail!("{0} can be read by others; run: chmod 600 {0}", path.display());
        }
        let file: Self = serde_json::from_slice(&bytes).map_err(|error| {
            anyhow::anyhow!("{} is not a key file (line {})", path.display(), error.line())
        })?;
        if file.master.is_empty() || file.signing.is_empty() || file.index.is_empty() {
            bail!("{} holds no keys; restore it from its backup", path.display());
        }
        Ok(Some(file))
    }

    /// Makes the first keys of an installation.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(
        path: &Path,
        suite: IndexSuite,
        random: &Random,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let file = Self {
            master: vec![MasterKey::generate(random, now, now)],
            index: vec![IndexKey::generate(FIRST_INDEX_KEY, suite, random, now, now)],
            signing: vec![SigningKey::generate(random, now, now)?],
            audit: new_key_pair()?,
        };
        file.write_beside(path, |fresh| match fs::hard_link(fresh, path) {
            // A replica that started at the same moment was first; its keys count.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => fs::remove_file(fresh),
        })?;
        Self::read(path)?.context("the key file vanished while it was made")
    }

    /// The master key that data keys are sealed with at `now`.
    pub fn sealing_master(&self, now: DateTime<Utc>) -> Option<&MasterKey> {
        let due = self.master.iter().filter(|master| master.seals_from_at <= now);
        // A clock that is behind still has the oldest key.
        due.max_by_key(|master| master.seals_from_at).or_else(|| self.master.first())
    }

    /// The key that indexes are written with at `now`.
    pub fn indexing_key(&self, now: DateTime<Utc>) -> Option<&IndexKey> {
        let due = self.index.iter().filter(|key| key.indexes_from_at <= now);
        // A clock that is behind still has the oldest key.
        due.max_by_key(|key| key.indexes_from_at).or_else(|| self.index.first())
    }

    /// Changes the file while nobody else does, and returns what it holds then.
    ///
    /// # Errors
    /// When there is no key file, it is not one, or it cannot be written.
    pub fn change(path: &Path, change: impl FnOnce(&mut Self) -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let lock_path = path.with_extension("lock");
        let turn =
            File::create(&lock_path).with_context(|| format!("cannot make {}", lock_path.display()))?;
        turn.lock()?;
        let mut file = Self::read(path)?.with_context(|| {
            format!("there is no key file {}; the server makes it at its first start", path.display())
        })?;
        change(&mut file)?;
        file.write(path)?;
        Ok(file)
    }

    /// Writes the file whole or not at all, readable by its owner only.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        self.write_beside(path, |fresh| fs::rename(fresh, path))
    }

    fn write_beside(&self, path: &Path, put: impl Fn(&Path) -> io::Result<()>) -> anyhow::Result<()> {
        let folder = path.parent().context("the key file needs a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let fresh = path.with_extension(format!("{}.new", std::process::id()));
        let bytes = Zeroizing::new(serde_json::to_vec_pretty(self)?);
        let written = (|| {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            put(&fresh)?;
            File::open(folder)?.sync_all()
        })();
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

fn encode<S: Serializer>(key: &KeyBytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(key.as_slice()))
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyBytes, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    BASE64_STANDARD
        .decode(text.as_bytes())
        .map(KeyBytes::from)
        .map_err(|_cause| serde::de::Error::custom("a key is not base64"))
}

/// A list of keys, or the one key without a number that files held at first.
fn index_keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IndexKey>, D::Error> {
    struct Form;

    impl<'de> Visitor<'de> for Form {
        type Value = Vec<IndexKey>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("index keys")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let key = BASE64_STANDARD.decode(text).or(Err(E::custom("a key is not base64")))?.into();
            let (suite, long_ago) = (IndexSuite::HmacSha256, DateTime::UNIX_EPOCH);
            let number = FIRST_INDEX_KEY;
            Ok(vec![IndexKey { number, suite, created_at: long_ago, indexes_from_at: long_ago, key }])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut keys: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(key) = keys.next_element()? {
                all.push(key);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_any(Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_year() -> DateTime<Utc> {
        "2027-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let made = KeyFile::create(&path, IndexSuite::HmacSha256, &Random::seeded(1), new_year()).unwrap();
        let read = KeyFile::read(&path).unwrap().unwrap();
        assert_eq!(read.master[0].key, made.master[0].key);
        assert_eq!(read.signing[0].private, made.signing[0].private);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_from_before_index_keys_had_numbers_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let made = KeyFile::create(&path, IndexSuite::HmacSha256, &Random::seeded(1), new_year()).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        json["index"] = json["index"][0]["key"].clone();
        fs::write(&path, json.to_string()).unwrap();
        let read = KeyFile::read(&path).unwrap().unwrap();
        assert_eq!((read.index[0].number, &read.index[0].key), (1, &made.index[0].key));
        read.write(&path).unwrap();
        assert_eq!(KeyFile::read(&path).unwrap().unwrap().index[0].key, made.index[0].key);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        KeyFile::create(&path, IndexSuite::HmacSha256, &Random::seeded(1), new_year()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(KeyFile::read(&path).is_err_and(|error| error.to_string().contains("chmod 600")));
    }

    #[test]
    fn a_broken_file_is_refused_without_telling_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(&path, "{\"master\": \"c2VjcmV0\"}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = format!("{:#}", KeyFile::read(&path).err().unwrap());
        assert!(error.contains("not a key file") && !error.contains("c2VjcmV0"), "{error}");
    }
}
