//! What a backup consists of, so that a damaged or foreign one is recognised before anything is touched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::database::Engine;
use crate::hex::lower_hex;
use crate::keys::{KeyFile, key_pair, public_key};

/// Grows when a backup can no longer be read as before.
const FORMAT: u32 = 1;
const DOMAIN: &[u8] = b"kangtu backup 1";
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";

/// What a backup consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Form of the backup.
    pub format: u32,
    /// When it was begun; what was written later may be missing.
    pub made_at: DateTime<Utc>,
    /// Version of the program that made it.
    pub program: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Steps that the schema has been through.
    pub migrations: Vec<String>,
    /// Names of the master keys that its personal data is sealed with.
    pub master_keys: Vec<String>,
    /// How many erasures its database knows of: the file of erasures must hold at least as many.
    pub erasures: u64,
    /// The files, sorted by name.
    pub files: Vec<FileEntry>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path inside the backup, with `/`.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// A manifest of this program without files.
    pub(super) fn new(engine: Engine, made_at: DateTime<Utc>) -> Self {
        Self {
            format: FORMAT,
            made_at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engine_word(engine).to_owned(),
            migrations: Vec::new(),
            master_keys: Vec::new(),
            erasures: 0,
            files: Vec::new(),
        }
    }

    /// Writes it with its signature; the backup is complete from then on.
    pub(super) fn seal(&self, folder: &Path, keys: &KeyFile) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec_pretty(self)?;
        let signature = key_pair(&keys.audit)?.sign(&signed_bytes(&bytes));
        write_durably(&folder.join(SIGNATURE), BASE64_STANDARD.encode(signature).as_bytes())?;
        write_durably(&folder.join(MANIFEST), &bytes)
    }

    /// Whether it is a backup of this database engine.
    pub(super) fn is_of(&self, engine: Engine) -> bool {
        self.engine == engine_word(engine)
    }

    /// Size of all files together.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

fn engine_word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

fn signed_bytes(manifest: &[u8]) -> Vec<u8> {
    [DOMAIN, manifest].concat()
}

/// Reads a backup and compares it with its manifest: whether it is one of this installation, can be read by
/// this program, and is whole.
///
/// # Errors
/// With what is wrong and what to do about it.
pub fn check(folder: &Path, keys: &KeyFile) -> anyhow::Result<Manifest> {
    let manifest = read(folder, keys)?;
    for file in &manifest.files {
        let path = folder.join(inside(&file.name)?);
        let (size_bytes, sha256) = checksum(&path)
            .with_context(|| format!("备份不完整：读不到 {}，请换一份备份", path.display()))?;
        if (size_bytes, sha256.as_str()) != (file.size_bytes, file.sha256.as_str()) {
            bail!("备份已损坏：{} 与清单不符，请换一份备份", path.display());
        }
    }
    Ok(manifest)
}

fn read(folder: &Path, keys: &KeyFile) -> anyhow::Result<Manifest> {
    let open = |name: &str| {
        fs::read(folder.join(name))
            .with_context(|| format!("{} 里没有 {name}，不是一份完整的康图备份", folder.display()))
    };
    let (bytes, signature) = (open(MANIFEST)?, open(SIGNATURE)?);
    let signature = BASE64_STANDARD.decode(signature.trim_ascii()).unwrap_or_default();
    let key = UnparsedPublicKey::new(&ED25519, public_key(&keys.audit)?);
    if key.verify(&signed_bytes(&bytes), &signature).is_err() {
        bail!("这份备份不是用现在的密钥文件做的，或者清单被改动过；请放回当时的密钥文件，或换一份备份");
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).context("备份的清单读不懂")?;
    if manifest.format > FORMAT {
        bail!("这份备份是用更新版本的康图（{}）做的，请先升级程序", manifest.program);
    }
    let missing = |id: &&String| !keys.master.iter().any(|master| master.id == **id);
    if let Some(id) = manifest.master_keys.iter().find(missing) {
        bail!("密钥文件里没有这份备份需要的主密钥 {id}；请放回做备份时的密钥文件");
    }
    Ok(manifest)
}

/// A name that stays inside the folder it is joined to.
fn inside(name: &str) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !plain {
        bail!("备份的清单里有不能用的文件名");
    }
    Ok(path)
}

/// Size and SHA-256 of a file.
pub(super) fn checksum(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hasher, mut size_bytes) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            let digest = hasher.finalize();
            return Ok((size_bytes, lower_hex(&digest)));
        };
        hasher.update(chunk);
        size_bytes += chunk.len() as u64;
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    })();
    written.with_context(|| format!("写不到 {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_manifest_leads_nowhere_else() {
        for name in ["", "/etc/passwd", "../kangtu.db", "files/../../x", "./x"] {
            assert!(inside(name).is_err(), "{name}");
        }
        assert_eq!(inside("files/media/1").unwrap(), Path::new("files/media/1"));
    }

    #[test]
    fn the_checksum_is_sha_256() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        fs::write(&path, "abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(checksum(&path).unwrap(), (3, expected.to_owned()));
    }
}
