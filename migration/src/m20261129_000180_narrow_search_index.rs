//! Keeps the tokens of the search out of the way of the search, on PostgreSQL.
//!
//! What matches is told by the GIN index alone; the row only tells which thing it is. A row with its tokens inside
//! is a hundred times as long as it need be, so they move out of line (manual, section 73.2). The planner does not
//! know what fetching them would cost and would rather look at every row from the newest on; the functions ask the
//! index first. Nothing waits unsorted beside the indexes, since every search would read through it and some
//! editor's save would have to sort it in (section 70.4.1).

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

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

/// The indexes are made anew after the rows, which is faster than keeping them up to date.
const POSTGRES: &[&str] = &[
    "DROP INDEX \"idx-search_index-title\"",
    "DROP INDEX \"idx-search_index-everything\"",
    "ALTER TABLE search_index SET (toast_tuple_target = 128)",
    "UPDATE search_index SET everything = array_to_tsvector(tsvector_to_array(everything))",
    "CREATE INDEX \"idx-search_index-title\" ON search_index USING gin (title) WITH (fastupdate = off)",
    "CREATE INDEX \"idx-search_index-everything\" ON search_index USING gin (everything) WITH (fastupdate = off)",
    "CREATE FUNCTION search_in_title(wanted tsquery) RETURNS SETOF integer LANGUAGE sql STABLE \
     SET enable_seqscan = off SET enable_indexscan = off \
     AS 'SELECT doc_id FROM search_index WHERE title @@ wanted'",
    "CREATE FUNCTION search_in_everything(wanted tsquery) RETURNS SETOF integer LANGUAGE sql STABLE \
     SET enable_seqscan = off SET enable_indexscan = off \
     AS 'SELECT doc_id FROM search_index WHERE everything @@ wanted'",
];
