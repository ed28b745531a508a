//! Opening PostgreSQL, shared by several replicas.

use std::sync::Arc;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};

use super::write::WriteHealth;
use super::{Database, Engine};
use crate::config::Settings;

const DEFAULT_CONNECTIONS: u32 = 10;

/// Any number serves, as long as all replicas take the same: "kangtu" in ASCII.
const MIGRATION_LOCK: i64 = 0x006B_616E_6774_7500;

/// What every transaction runs with; told once for each connection, so that no write has to say it again.
const WRITING: [(&str, &str); 2] =
    [("default_transaction_isolation", "read committed"), ("lock_timeout", "2s")];

pub(super) async fn open(url: &str, settings: &Settings) -> Result<Database, DbErr> {
    migrate(url).await?;
    let connections = settings.database_connections.unwrap_or(DEFAULT_CONNECTIONS);
    let mut options = options(url, connections, settings.database_wait());
    options.map_sqlx_postgres_opts(|options| options.options(WRITING));
    let pool = sea_orm::Database::connect(options).await?;
    Ok(Database {
        engine: Engine::Postgres,
        reader: pool.clone(),
        writer: pool,
        health: Arc::new(WriteHealth::default()),
        shared_commits: None,
        single_process: None,
    })
}

/// Opens the database so that the server itself refuses every write.
pub(super) async fn look(url: &str, settings: &Settings) -> Result<Database, DbErr> {
    let mut options = options(url, 1, settings.database_wait());
    options.map_sqlx_postgres_opts(|options| options.options([("default_transaction_read_only", "on")]));
    let reader = sea_orm::Database::connect(options).await?;
    Ok(Database {
        engine: Engine::Postgres,
        reader: reader.clone(),
        writer: reader,
        health: Arc::new(WriteHealth::default()),
        shared_commits: None,
        single_process: None,
    })
}

/// Replicas that start together take turns: the lock belongs to the session of a pool of one.
async fn migrate(url: &str) -> Result<(), DbErr> {
    let session = connect(url, 1, Duration::from_mins(1)).await?;
    session.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    let migrated = Migrator::up(&session, None).await;
    session.execute_unprepared(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})")).await?;
    session.close().await?;
    migrated
}

async fn connect(url: &str, connections: u32, wait: Duration) -> Result<DatabaseConnection, DbErr> {
    sea_orm::Database::connect(options(url, connections, wait)).await
}

fn options(url: &str, connections: u32, wait: Duration) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(wait)
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false);
    options
}
