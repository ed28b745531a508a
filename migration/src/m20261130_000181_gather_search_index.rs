//! Has an editor who publishes not wait until PostgreSQL has sorted six hundred tokens into the search index.
//!
//! They are gathered beside the index, where searches read them too, and a job of the server sorts them in a moment
//! later (manual, section 70.4.1). What is gathered stays small, so that no search reads much of it: a whole import
//! sorts its tokens in as it goes.
//!
//! Each connection would also plan its first five searches for what they look for (section 43.11.2), although there is
//! one way to ask the index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The limit is in kilobytes: some sixty articles.
const POSTGRES: &[&str] = &[
    "ALTER INDEX \"idx-search_index-title\" SET (fastupdate = on, gin_pending_list_limit = 1024)",
    "ALTER INDEX \"idx-search_index-everything\" SET (fastupdate = on, gin_pending_list_limit = 1024)",
    "ALTER FUNCTION search_matching(text, bigint) SET plan_cache_mode = force_generic_plan",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for statement in POSTGRES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
