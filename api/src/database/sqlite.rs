//! Opening SQLite: one writer, a few readers, one process.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::shared_commit::{SharedCommits, Writer};
use super::write::WriteHealth;
use super::{Database, Engine, OpenError};
use crate::config::Settings;

const DEFAULT_READERS: u32 = 8;
/// Somebody in line gets their turn sooner than by asking again, so they may wait longer than for a connection.
const LONGEST_IN_LINE: Duration = Duration::from_secs(5);
const WRITER_CACHE_KIB: u32 = 65_536;
/// Little: the map is read once at the start, and after that the system caches what is read often.
const READER_CACHE_KIB: u32 = 1_024;
/// Rows that a reader may be ahead of who asked for them. With few, loading the map spends more time
/// on waking threads than on reading.
const READER_ROWS: usize = 1_000;

pub(super) async fn open(path: &Path, settings: &Settings) -> Result<Database, OpenError> {
    let single_process = lock(path)?;
    make_private(path)?;
    let writer = connect_writer(path, settings.database_wait()).await?;
    Migrator::up(&writer, None).await?;
    let readers = settings.database_connections.unwrap_or(DEFAULT_READERS);
    let reader = connect_readers(path, readers, settings.database_wait()).await?;
    let health = Arc::new(WriteHealth::default());
    let line = Writer {
        connection: writer.clone(),
        health: Arc::clone(&health),
        longest_wait: settings.database_wait().max(LONGEST_IN_LINE),
    };
    Ok(Database {
        engine: Engine::Sqlite,
        reader,
        writer,
        health,
        shared_commits: (settings.write_line > 0).then(|| SharedCommits::open(line, settings.write_line)),
        single_process: Some(Arc::new(single_process)),
    })
}

/// Opens the file beside whoever works on it: readers of a WAL database disturb nobody.
pub(super) async fn look(path: &Path, settings: &Settings) -> Result<Database, OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing { path: path.display().to_string() });
    }
    let reader = connect_readers(path, 1, settings.database_wait()).await?;
    Ok(Database {
        engine: Engine::Sqlite,
        reader: reader.clone(),
        writer: reader,
        health: Arc::new(WriteHealth::default()),
        shared_commits: None,
        single_process: None,
    })
}

/// What SQLite itself would make could be read by everybody on the machine; its log gets the permissions of
/// the file. One that is there keeps its own: an operator may have given it to a group.
fn make_private(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(OpenError::Folder { path: path.display().to_string(), source: error })
        }
        _ => Ok(()),
    }
}

/// Lets SQLite write a copy of one moment of the file: a reader of a WAL database, which waits for nobody.
pub(super) async fn copy(path: &Path, into: &Path) -> Result<(), DbErr> {
    let file = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Not `query_only`, which forbids to write the copy too.
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(move |_| {
        settle(SqliteConnectOptions::new().filename(&file), READER_CACHE_KIB).read_only(true)
    });
    let reader = sea_orm::Database::connect(options).await?;
    let target = into.to_string_lossy().into_owned();
    let copied = reader
        .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [target.into()]))
        .await;
    reader.close().await?;
    copied.map(drop)
}

/// Two processes on one file would each hold an own map in memory and miss the other's edits.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let lock_path = path.with_extension("db.lock");
    let refused = |source| OpenError::Folder { path: lock_path.display().to_string(), source };
    if let Some(folder) = folder {
        // What is not sealed concerns nobody else on the machine either.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refused)?;
    }
    let file = File::create(&lock_path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

async fn connect_writer(path: &Path, wait: Duration) -> Result<DatabaseConnection, DbErr> {
    let file = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(wait)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| {
            settle(SqliteConnectOptions::new().filename(&file), WRITER_CACHE_KIB)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("wal_autocheckpoint", "1000")
                .pragma("journal_size_limit", "67108864")
                .pragma("secure_delete", "ON")
        });
    guard_release(&mut options);
    sea_orm::Database::connect(options).await
}

async fn connect_readers(path: &Path, count: u32, wait: Duration) -> Result<DatabaseConnection, DbErr> {
    let file = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(count)
        .min_connections(1)
        .acquire_timeout(wait)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| {
            settle(SqliteConnectOptions::new().filename(&file), READER_CACHE_KIB)
                .read_only(true)
                .row_buffer_size(READER_ROWS)
                .pragma("query_only", "ON")
        });
    guard_release(&mut options);
    sea_orm::Database::connect(options).await
}

fn settle(options: SqliteConnectOptions, cache_kib: u32) -> SqliteConnectOptions {
    options
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
}

/// After a failed commit sqlx 0.9 keeps counting itself inside a transaction: from then on it would
/// only open savepoints and acknowledge commits that never reach the disk. A connection that comes
/// back in that state is closed, and the pool opens a fresh one. Nearly all come back in no transaction: then nothing
/// is asked of the thread that holds the file, which the pool itself pings once more.
fn guard_release(options: &mut ConnectOptions) {
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| {
            Box::pin(async move {
                if !connection.is_in_transaction() {
                    return Ok(true);
                }
                // A ROLLBACK may be queued; the ping lets it run.
                connection.ping().await?;
                let stuck = connection.is_in_transaction();
                if stuck {
                    tracing::warn!("a database connection came back inside a transaction and was closed");
                }
                Ok(!stuck)
            })
        })
    });
}
