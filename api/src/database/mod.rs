//! The database: a pool of readers and the one way to write.
//!
//! On SQLite there is exactly one writing connection, every write transaction is `IMMEDIATE`, and
//! a connection that is still inside a transaction when it comes back to its pool is thrown away
//! (see `sqlite.rs`). On PostgreSQL writes are `READ COMMITTED` with a lock time-out. Handlers see
//! none of that: they read through [`Database::reader`] and write through [`Database::write`], or through
//! [`Database::write_together`] where many write little at once and shall share the cost of a commit.

mod fault;
mod in_turn;
mod insert_rows;
mod postgres;
mod shared_commit;
mod sqlite;
mod write;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

pub use fault::{Fault, fault_of};
pub use in_turn::{write_in_turn, write_in_turn_and_ask};
pub use insert_rows::{InsertNumberedRows, InsertRows};
pub use write::Work;

use crate::config::{DatabaseLocation, SettingError, Settings};

/// Folding a full log into the file takes a slow disk some seconds.
const LONGEST_CLOSING: Duration = Duration::from_secs(20);

/// Which database holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file beside the server.
    Sqlite,
    /// A server that several replicas share.
    Postgres,
}

/// Access to the data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    health: Arc<write::WriteHealth>,
    /// Where short writes share commits: on SQLite, while it is open for writing.
    shared_commits: Option<shared_commit::SharedCommits>,
    /// Locked for as long as the SQLite file is open; the system lets go of it when the process ends.
    single_process: Option<Arc<File>>,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The folder or the lock file cannot be made.
    #[error("cannot use {path}: {source}; check that the folder exists and is writable")]
    Folder {
        /// What could not be used.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no SQLite file.
    #[error("there is no database {path}; the server makes it at its first start")]
    Missing {
        /// Where it should be.
        path: String,
    },
    /// Another process works on the same SQLite file.
    #[error(
        "{path} is in use by another kangtu process; stop that one first, or use PostgreSQL (DATABASE_URL) to run several"
    )]
    InUse {
        /// The database file.
        path: String,
    },
    /// The database refused.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DbErr),
}

impl Database {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, another process holds the SQLite file, or a migration fails.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        match settings.database()? {
            DatabaseLocation::Sqlite(path) => sqlite::open(&path, settings).await,
            DatabaseLocation::Postgres(url) => Ok(postgres::open(&url, settings).await?),
        }
    }

    /// Opens the database for a look: nothing can be written, and the server may go on working on it.
    ///
    /// # Errors
    /// When there is none, or it cannot be reached.
    pub async fn look(settings: &Settings) -> Result<Self, OpenError> {
        match settings.database()? {
            DatabaseLocation::Sqlite(path) => sqlite::look(&path, settings).await,
            DatabaseLocation::Postgres(url) => Ok(postgres::look(&url, settings).await?),
        }
    }

    /// Copies a SQLite database into a new file, as it is at one moment, while others go on writing.
    ///
    /// # Errors
    /// When it cannot be read, or the file is there already or cannot be written.
    pub async fn copy_sqlite(path: &Path, into: &Path) -> Result<(), DbErr> {
        sqlite::copy(path, into).await
    }

    /// Keeps every other process from opening a SQLite file, until what is returned is dropped.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn claim(path: &Path) -> Result<File, OpenError> {
        sqlite::lock(path)
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Connections for reading; on SQLite they cannot write.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Folds the log of SQLite into the file and empties it, so that what was overwritten is nowhere any more.
    /// PostgreSQL does so on its own account.
    ///
    /// # Errors
    /// When the database fails. A reader in the way is no error: the log is then emptied another time.
    pub async fn fold_log(&self) -> Result<(), DbErr> {
        if self.engine == Engine::Sqlite {
            self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// As [`Database::fold_log`], and on PostgreSQL writes the table of keys anew, without the rows that were
    /// deleted in it. It waits for all who use the table, so it is for a database that serves nobody yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn overwrite_deleted(&self) -> Result<(), DbErr> {
        if self.engine == Engine::Postgres {
            // Unlike VACUUM, a change of type copies no row that is deleted, whoever might still see it; the
            // expression keeps PostgreSQL from finding that nothing changes.
            self.writer
                .execute_unprepared(
                    "ALTER TABLE data_key ALTER COLUMN wrapped TYPE bytea USING wrapped || ''::bytea",
                )
                .await?;
        }
        self.fold_log().await
    }

    /// Closes all connections; on SQLite the log is folded into the file. A connection that does not come back
    /// is left behind after a while, so that a stop always ends: what was acknowledged is in the log. The file
    /// then stays locked until the process ends, since that connection may still write.
    pub async fn close(self) {
        drop(self.shared_commits);
        let mut is_left = false;
        for (name, pool) in [("reader", self.reader), ("writer", self.writer)] {
            match tokio::time::timeout(LONGEST_CLOSING, pool.close()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(pool = name, error = %error, "a database pool did not close cleanly");
                }
                Err(_elapsed) => {
                    is_left = true;
                    tracing::warn!(pool = name, "a database connection did not come back");
                }
            }
        }
        let lock = self.single_process.filter(|_| !is_left);
        if let Some(Err(error)) = lock.map(|file| file.unlock()) {
            tracing::warn!(error = %error, "the lock of the database file was not released");
        }
    }
}
