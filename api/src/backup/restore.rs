//! Putting a backup back, into a place where there is nothing yet.
//!
//! Everything is checked before anything is written. On SQLite the database is put together under another
//! name and gets its own last, so that a restore that was cut off is none. Erasures are repeated before the
//! database is in its place; the server would do so too before it answers anybody.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::make::copy_files;
use super::manifest::{self, Manifest};
use super::{FILES, POSTGRES_DUMP, SQLITE_COPY, postgres_tools};
use crate::audit::{self, Action, Actor, AuditEvent, Tampering};
use crate::config::{DatabaseLocation, Settings};
use crate::database::{Database, Engine};
use crate::keys::{KeyFile, Keys};
use crate::privacy::erasure::{journal, replay};
use crate::random::Random;
use crate::vault::Vault;

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup consisted of.
    pub manifest: Manifest,
    /// Erasures that were carried out again.
    pub erasures: usize,
    /// What is wrong with the audit log in the backup, if anything is.
    pub tampering: Option<Tampering>,
}

/// Restores a backup. `erasures_lost` is for who knows that the file of erasures is gone for good.
///
/// # Errors
/// When the backup is damaged or foreign, or its place is not empty; nothing is changed then.
pub async fn restore(
    settings: &Settings,
    backup: &Path,
    erasures_lost: bool,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Restored> {
    let path = settings.key_file();
    let keys = KeyFile::read(&path)?.with_context(|| {
        format!("没有密钥文件 {}：请先把做备份时的密钥文件放到这里，再恢复", path.display())
    })?;
    progress("正在检查备份……")?;
    let (checked, keys_of_check) = (backup.to_owned(), keys.clone());
    let manifest = tokio::task::spawn_blocking(move || manifest::check(&checked, &keys_of_check)).await??;
    require_readable(&manifest)?;
    require_erasures(settings, &keys, &manifest, erasures_lost)?;
    let files = settings.data.join(FILES);
    if fs::read_dir(&files).is_ok_and(|mut listed| listed.next().is_some()) {
        bail!("{} 不是空的；请先把旧的数据文件夹移到别处，再恢复", files.display());
    }
    match settings.database()? {
        DatabaseLocation::Sqlite(path) => {
            require_engine(&manifest, Engine::Sqlite)?;
            if path.exists() {
                bail!("{} 已经存在；请先停止服务器，把旧的数据库移到别处，再恢复", path.display());
            }
            // Held to the end, so that no server begins an empty database here meanwhile.
            let claim = Database::claim(&path)?;
            progress("正在恢复数据库……")?;
            let staged = path.with_extension("restoring.db");
            clear(&staged)?;
            fs::copy(backup.join(SQLITE_COPY), &staged)
                .with_context(|| format!("写不到 {}", staged.display()))?;
            let of_staged =
                Settings { database_url: Some(format!("sqlite:{}", staged.display())), ..settings.clone() };
            let finished = finish(&of_staged, &manifest, now, &mut progress).await;
            let (erasures, tampering) = finished.inspect_err(|_| drop(clear(&staged)))?;
            progress("正在恢复文件……")?;
            restore_files(backup, &files).await?;
            put_in_place(&staged, &path)?;
            drop(claim);
            Ok(Restored { manifest, erasures, tampering })
        }
        DatabaseLocation::Postgres(url) => {
            require_engine(&manifest, Engine::Postgres)?;
            require_empty(settings).await?;
            progress("正在恢复数据库……")?;
            let dump = backup.join(POSTGRES_DUMP);
            tokio::task::spawn_blocking(move || load(&url, &dump)).await??;
            let (erasures, tampering) = finish(settings, &manifest, now, &mut progress).await?;
            progress("正在恢复文件……")?;
            restore_files(backup, &files).await?;
            Ok(Restored { manifest, erasures, tampering })
        }
    }
}

fn require_readable(manifest: &Manifest) -> anyhow::Result<()> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    if manifest.migrations.iter().any(|step| !known.contains(step)) {
        bail!("这份备份是用更新版本的康图（{}）做的，请先升级程序", manifest.program);
    }
    Ok(())
}

fn require_engine(manifest: &Manifest, engine: Engine) -> anyhow::Result<()> {
    if !manifest.is_of(engine) {
        bail!("这是 {} 数据库的备份，和 DATABASE_URL 指的不是同一种数据库", manifest.engine);
    }
    Ok(())
}

/// Without the erasures that came after the backup, people would come back who asked to be forgotten.
fn require_erasures(
    settings: &Settings,
    keys: &KeyFile,
    manifest: &Manifest,
    erasures_lost: bool,
) -> anyhow::Result<()> {
    let path = settings.erasures();
    let contents = journal::read(&path, keys)?;
    let is_whole = contents.foreign_lines.is_empty() && contents.records.len() as u64 >= manifest.erasures;
    if is_whole && path.exists() || erasures_lost || is_whole && manifest.erasures == 0 {
        return Ok(());
    }
    bail!(
        "注销记录 {} 不在或不完整（备份里有 {} 条，读到 {} 条，{} 行不是本系统写的）。没有它，已注销的人会随备份回来。\
         请先把它的副本放到这里；如果确实找不回来了，加上 --erasures-lost 再恢复，并人工核对注销申请",
        path.display(),
        manifest.erasures,
        contents.records.len(),
        contents.foreign_lines.len()
    )
}

async fn require_empty(settings: &Settings) -> anyhow::Result<()> {
    let database = Database::look(settings).await?;
    let reader = database.reader();
    let tables = "SELECT count(*) AS tables FROM information_schema.tables WHERE table_schema = 'public'";
    let counted = reader.query_one_raw(Statement::from_string(reader.get_database_backend(), tables)).await;
    database.close().await;
    let tables: i64 = counted?.context("PostgreSQL counts nothing")?.try_get("", "tables")?;
    if tables > 0 {
        bail!("目标数据库不是空的（有 {tables} 张表）；请新建一个空的数据库，让 DATABASE_URL 指向它，再恢复");
    }
    Ok(())
}

fn load(url: &str, dump: &Path) -> anyhow::Result<()> {
    // The address in the environment names the database for the connection, this option that it is used.
    let mut arguments: Vec<OsString> =
        ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"].map(Into::into).into();
    arguments.push("--dbname=".into());
    arguments.push(dump.as_os_str().to_owned());
    postgres_tools::run("pg_restore", url, &arguments)
}

/// Brings the schema up to date, erases again, and notes in the audit log that this is a restored database.
async fn finish(
    settings: &Settings,
    manifest: &Manifest,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<(usize, Option<Tampering>)> {
    let database = Database::open(settings).await?;
    let finished = finish_open(&database, settings, manifest, now, progress).await;
    database.close().await;
    finished
}

async fn finish_open(
    database: &Database,
    settings: &Settings,
    manifest: &Manifest,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<(usize, Option<Tampering>)> {
    let random = Random::system()?;
    let suite = settings.cipher_suite;
    let keys = Keys::open_or_create(&settings.key_file(), suite.index_suite(), &random, now)?;
    let vault = Vault::new(keys.clone(), suite, random);
    vault.prepare(database, now).await?;
    let (file, checkpoints) = (keys.current(), settings.audit_checkpoints());
    // Before anything is added: the log ends here as far as this database is concerned.
    audit::add_restored_checkpoint(database, &file, &checkpoints, now).await?;
    let told = AuditEvent::new(Action::BackupRestored, Actor::Operator)
        .with(json!({"made_at": manifest.made_at, "program": manifest.program}));
    let noted = database.write(move |transaction| {
        let told = told.clone();
        Box::pin(async move { audit::append(transaction, &told, now).await })
    });
    noted.await?;
    progress("正在重新执行备份之后的注销……")?;
    let erasures = replay(database, &vault, &file, &settings.erasures(), now).await?;
    let verified = audit::verify(database, &file, &checkpoints, now).await?;
    Ok((erasures, verified.tampering))
}

/// Under another name first, so that a restore that was cut off can be run again.
async fn restore_files(backup: &Path, files: &Path) -> anyhow::Result<()> {
    let (from, staged, files) = (backup.join(FILES), files.with_extension("restoring"), files.to_owned());
    tokio::task::spawn_blocking(move || {
        if staged.exists() {
            fs::remove_dir_all(&staged).with_context(|| format!("删不掉 {}", staged.display()))?;
        }
        if files.exists() {
            fs::remove_dir(&files).with_context(|| format!("{} 不是空的", files.display()))?;
        }
        copy_files(&from, &staged, false)?;
        fs::rename(&staged, &files).with_context(|| format!("写不到 {}", files.display()))
    })
    .await?
}

/// Removes what a restore that was cut off has left.
fn clear(staged: &Path) -> anyhow::Result<()> {
    for path in
        [staged.to_owned(), beside(staged, "-wal"), beside(staged, "-shm"), staged.with_extension("db.lock")]
    {
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("删不掉 {}", path.display()))?;
        }
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn put_in_place(staged: &Path, path: &Path) -> anyhow::Result<()> {
    let wal = beside(staged, "-wal");
    if fs::metadata(&wal).is_ok_and(|wal| wal.len() > 0) {
        bail!("{} 没有合并完，请再试一次", wal.display());
    }
    File::open(staged)?.sync_all()?;
    fs::rename(staged, path).with_context(|| format!("写不到 {}", path.display()))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    clear(staged)
}
