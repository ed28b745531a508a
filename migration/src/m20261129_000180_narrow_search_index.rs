//! Keeps the tokens of the search out of the way of the search on PostgreSQL, and has FTS5 write fewer segments.
//!
//! What matches is told by the GIN index alone; the row only tells which thing it is, and whether its time has come.
//! A row with its tokens inside is a hundred times as long as it need be, so they move out of line (manual, section
//! 73.2). Nothing waits unsorted beside the indexes, since every search would read through it and some editor's save
//! would have to sort it in (section 70.4.1).
//!
//! The function has both questions of a search answered at once, with plans that are made once for each connection.
//! The planner does not know what fetching the tokens would cost and would rather look at every row; the settings of
//! the function have the index asked.

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
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Tokens gathered in memory, in bytes, before FTS5 writes them as one more segment. An import of a city would leave
/// hundreds of segments of the usual megabyte, and merge them again and again.
const SQLITE: &[&str] = &["INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 8388608)"];

/// The indexes are made anew after the rows, which is faster than keeping them up to date. What a replica of the version
/// before still writes has no time of its own: it is found at once, and shown when it is public.
const POSTGRES: &[&str] = &[
    "DROP INDEX \"idx-search_index-title\"",
    "DROP INDEX \"idx-search_index-everything\"",
    "ALTER TABLE search_index SET (toast_tuple_target = 128)",
    "ALTER TABLE search_index ADD COLUMN published_at bigint NOT NULL DEFAULT 0, ADD COLUMN expire_at bigint",
    "UPDATE search_index SET everything = array_to_tsvector(tsvector_to_array(everything)), \
     published_at = d.published_at, expire_at = d.expire_at FROM search_doc d WHERE d.id = doc_id",
    "CREATE INDEX \"idx-search_index-title\" ON search_index USING gin (title) WITH (fastupdate = off)",
    "CREATE INDEX \"idx-search_index-everything\" ON search_index USING gin (everything) WITH (fastupdate = off)",
    "CREATE FUNCTION search_matching(asked text, at bigint, OUT by_title bytea, OUT anywhere bytea) \
     LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_indexscan = off AS $$ \
     DECLARE wanted CONSTANT tsquery := CAST(asked AS tsquery); \
     BEGIN \
       SELECT string_agg(int4send(doc_id), '') INTO by_title FROM search_index \
         WHERE title @@ wanted AND published_at <= at AND (expire_at IS NULL OR expire_at > at); \
       SELECT string_agg(int4send(doc_id), '') INTO anywhere FROM search_index \
         WHERE everything @@ wanted AND published_at <= at AND (expire_at IS NULL OR expire_at > at); \
     END $$",
];
