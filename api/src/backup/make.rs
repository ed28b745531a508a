//! Making a backup beside the running server.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use entity::{data_key, erasure_record};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QuerySelect, Statement};

use super::manifest::{self, FileEntry, Manifest};
use super::{FILES, LEFT_OUT, POSTGRES_DUMP, SQLITE_COPY, postgres_tools};
use crate::config::{DatabaseLocation, Settings};
use crate::database::Database;
use crate::keys::KeyFile;

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where it is.
    pub folder: PathBuf,
    /// What it consists of.
    pub manifest: Manifest,
}

/// Makes a backup in a new folder inside `into`. The server may go on working meanwhile.
///
/// `progress` is told what is being done.
///
/// # Errors
/// When something cannot be read or written; nothing that looks like a backup is left then.
pub async fn make(
    settings: &Settings,
    into: &Path,
    now: DateTime<Utc>,
    mut progress: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Made> {
    let keys = KeyFile::read(&settings.key_file())?.with_context(|| {
        format!("没有密钥文件 {}，请用 KANGTU_KEYS 指明它在哪里", settings.key_file().display())
    })?;
    let name = format!("kangtu-{}", now.format("%Y%m%dT%H%M%SZ"));
    let (unfinished, folder) = (into.join(format!("{name}.unfinished")), into.join(&name));
    if folder.exists() {
        bail!("{} 已经存在，请等一秒再试", folder.display());
    }
    fs::create_dir_all(into).with_context(|| format!("建不了文件夹 {}", into.display()))?;
    remove(&unfinished)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&unfinished)
        .with_context(|| format!("建不了文件夹 {}", unfinished.display()))?;
    let filled = fill(settings, &keys, &unfinished, now, &mut progress).await;
    let put = filled.and_then(|manifest| {
        fs::rename(&unfinished, &folder)?;
        File::open(into)?.sync_all()?;
        Ok(Made { folder, manifest })
    });
    if put.is_err() {
        remove(&unfinished)?;
    }
    put
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("删不掉没有完成的备份 {}", folder.display()))
        }
        _ => Ok(()),
    }
}

async fn fill(
    settings: &Settings,
    keys: &KeyFile,
    folder: &Path,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Manifest> {
    progress("正在复制数据库……")?;
    let database = Database::look(settings).await?;
    let mut manifest = Manifest::new(database.engine(), now);
    // Counted before the copy, so that the copy knows of at least as many.
    let counted = count(&database, &mut manifest).await;
    let copied = match settings.database()? {
        DatabaseLocation::Sqlite(path) => {
            Database::copy_sqlite(&path, &folder.join(SQLITE_COPY)).await.map_err(Into::into)
        }
        DatabaseLocation::Postgres(url) => dump(url, folder.join(POSTGRES_DUMP)).await,
    };
    database.close().await;
    counted?;
    copied.context("数据库复制没有成功")?;
    progress("正在复制文件……")?;
    // After the database: what it names is there, since files are written before the rows that name them.
    let (from, to) = (settings.data.join(FILES), folder.join(FILES));
    tokio::task::spawn_blocking(move || copy_files(&from, &to, true)).await??;
    progress("正在计算校验值……")?;
    let root = folder.to_owned();
    manifest.files = tokio::task::spawn_blocking(move || entries(&root)).await??;
    manifest.seal(folder, keys)?;
    Ok(manifest)
}

async fn count(database: &Database, manifest: &mut Manifest) -> anyhow::Result<()> {
    let reader = database.reader();
    let backend = reader.get_database_backend();
    let steps = Statement::from_string(backend, "SELECT version FROM seaql_migrations ORDER BY version");
    for row in reader.query_all_raw(steps).await? {
        manifest.migrations.push(row.try_get("", "version")?);
    }
    manifest.master_keys = data_key::Entity::find()
        .select_only()
        .column(data_key::Column::MasterKeyId)
        .distinct()
        .into_tuple()
        .all(reader)
        .await?;
    manifest.erasures = erasure_record::Entity::find().count(reader).await?;
    Ok(())
}

async fn dump(url: String, into: PathBuf) -> anyhow::Result<()> {
    let arguments = ["--format=custom", "--no-owner", "--no-privileges", "--file"].map(Into::into);
    let arguments: Vec<_> = arguments.into_iter().chain([into.into_os_string()]).collect();
    tokio::task::spawn_blocking(move || postgres_tools::run("pg_dump", &url, &arguments)).await?
}

/// Copies a folder with everything below it; a file that goes away meanwhile was not needed.
pub(super) fn copy_files(from: &Path, to: &Path, leave_exports_out: bool) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(to)
        .with_context(|| format!("建不了文件夹 {}", to.display()))?;
    let listed = match fs::read_dir(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        listed => listed.with_context(|| format!("读不到文件夹 {}", from.display()))?,
    };
    for entry in listed {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !(leave_exports_out && entry.file_name() == LEFT_OUT) {
                copy_files(&source, &target, false)?;
            }
            continue;
        }
        match fs::copy(&source, &target) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            copied => {
                copied.with_context(|| format!("复制不了 {}", source.display()))?;
                File::open(&target)?.sync_all()?;
            }
        }
    }
    Ok(File::open(to)?.sync_all()?)
}

fn entries(root: &Path) -> anyhow::Result<Vec<FileEntry>> {
    let mut entries = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root)?.to_str().context("a file name is not UTF-8")?.to_owned();
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            File::open(&path)?.sync_all()?;
            let (size_bytes, sha256) = manifest::checksum(&path)?;
            entries.push(FileEntry { name, size_bytes, sha256 });
        }
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}
