//! Backups: a consistent copy of the database with its files, made beside the running server, and put back.
//!
//! A backup is a folder: the database (a copy made by SQLite itself, or a dump of PostgreSQL), the files that
//! belong to it, and a manifest with the checksum of each, signed with the key of the installation that signs
//! the audit log. The key file is never part of it: whoever has a backup without the keys reads nothing
//! about anybody. Nor is the file of erasures, which must be newer than the backup to be of use: what was
//! erased since is erased again before a restored database serves anybody (`privacy::erasure`).

mod make;
mod manifest;
mod postgres_tools;
mod restore;

pub use self::make::{Made, make};
pub use self::manifest::{Manifest, check};
pub use self::restore::{Restored, restore};

/// The folder of files inside a backup, and inside the data folder.
const FILES: &str = "files";
/// Exports are gone within days and are not worth keeping longer.
const LEFT_OUT: &str = "exports";
/// The copy of a SQLite database inside a backup.
const SQLITE_COPY: &str = "kangtu.db";
/// The dump of a PostgreSQL database inside a backup.
const POSTGRES_DUMP: &str = "kangtu.pgdump";
