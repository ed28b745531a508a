//! What can be searched for: one row per thing, and an index of its tokens in the engine's own form.
//!
//! `search_index` holds no text, only tokens that the server made. On SQLite it is an FTS5 table whose
//! rowid is `search_doc.id`, on PostgreSQL two vectors of lexemes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, pk_auto, text};
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(search_doc()).await?;
        let statements = match manager.get_database_backend() {
            DatabaseBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

fn search_doc() -> TableCreateStatement {
    Table::create()
        .table("search_doc")
        .col(pk_auto("id"))
        .col(text("kind"))
        .col(text("reference"))
        .col(big_integer("published_at"))
        .col(big_integer_null("expire_at"))
        .col(blob("fingerprint"))
        .index(Index::create().name("idx-search_doc-reference").col("kind").col("reference").unique())
        .check(Expr::cust("length(kind) > 0 AND length(reference) > 0"))
        .to_owned()
}

/// Positions within a column are not kept: tokens are pairs of characters, so that a query needs no
/// phrases, and the index is a third of the size.
const SQLITE: &[&str] = &["CREATE VIRTUAL TABLE search_index USING fts5( \
       title, body, content='', contentless_delete=1, detail=column, \
       tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")"];

const POSTGRES: &[&str] = &[
    "CREATE TABLE search_index ( \
       doc_id integer PRIMARY KEY REFERENCES search_doc (id) ON DELETE CASCADE, \
       title tsvector NOT NULL, \
       everything tsvector NOT NULL)",
    "CREATE INDEX \"idx-search_index-title\" ON search_index USING gin (title)",
    "CREATE INDEX \"idx-search_index-everything\" ON search_index USING gin (everything)",
];
