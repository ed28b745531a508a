//! What a database error means for the caller and the server.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

/// Kind of database error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection or lock was free in time; nothing was written.
    Busy,
    /// Lost a race that a new attempt of the whole transaction may win.
    Transient,
    /// The disk is full.
    StorageFull,
    /// The storage can no longer be trusted: an fsync failed, or the file is damaged.
    StorageBroken,
    /// Anything else.
    Other,
}

/// Sorts an error by the result codes of SQLite (<https://www.sqlite.org/rescode.html>) and the
/// SQLSTATE of PostgreSQL (appendix A of its manual).
pub fn fault_of(error: &DbErr) -> Fault {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Fault::Busy,
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => fault_of_driver(source),
        _ => Fault::Other,
    }
}

fn fault_of_driver(error: &sqlx::Error) -> Fault {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Fault::Busy;
    }
    let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
        return Fault::Other;
    };
    match code.as_ref() {
        // SQLITE_BUSY and its extensions; serialization failure and deadlock of PostgreSQL.
        "5" | "261" | "517" | "773" | "40001" | "40P01" => Fault::Transient,
        // lock_not_available, query_canceled, too_many_connections, cannot_connect_now.
        "55P03" | "57014" | "53300" | "57P03" => Fault::Busy,
        // SQLITE_FULL, disk_full.
        "13" | "53100" => Fault::StorageFull,
        // SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC.
        "11" | "26" | "1034" | "1290" => Fault::StorageBroken,
        _ => Fault::Other,
    }
}
