//! Writing the index: always in the transaction of what it tells about.

use std::collections::BTreeMap;

use anyhow::Context;
use entity::search_doc;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    Statement, Value,
};

use super::adding::{Adding, TokenInsert};
use super::doc::{Doc, DocKind, Prepared, Term};
use crate::database::Database;
use crate::error::ApiResult;

/// Rows per statement.
const BATCH: usize = 500;

/// Indexes these, in the place of what was indexed for them before.
///
/// # Errors
/// When the database refuses.
pub async fn put(transaction: &DatabaseTransaction, docs: &[Doc]) -> ApiResult<()> {
    for batch in docs.chunks(BATCH) {
        put_batch(transaction, batch).await?;
    }
    Ok(())
}

async fn put_batch(transaction: &DatabaseTransaction, docs: &[Doc]) -> ApiResult<()> {
    let known = known(transaction, docs).await?;
    let mut new = Vec::new();
    let mut written = Vec::new();
    for doc in docs {
        let prepared = Prepared::of(doc);
        let Some(row) = known.get(&(doc.kind.as_str(), doc.reference.as_str())) else {
            new.push((doc.reference.clone(), prepared));
            continue;
        };
        let Prepared { term, fingerprint, words, .. } = prepared;
        let known = Term { published_at: row.published_at, expire_at: row.expire_at };
        if known == term && row.fingerprint == fingerprint {
            continue;
        }
        let changed = search_doc::ActiveModel {
            id: ActiveValue::Unchanged(row.id),
            published_at: ActiveValue::Set(term.published_at),
            expire_at: ActiveValue::Set(term.expire_at),
            fingerprint: ActiveValue::Set(fingerprint),
            ..Default::default()
        };
        search_doc::Entity::update(changed).exec(transaction).await?;
        written.push((row.id, (term, words)));
    }
    forget_tokens(transaction, written.iter().map(|(id, _)| *id).collect()).await?;
    if !written.is_empty() {
        TokenInsert::of(transaction.get_database_backend(), written).write(transaction).await?;
    }
    let mut adding = Adding::default();
    adding.add(transaction, new).await?;
    adding.finish(transaction).await
}

async fn known<'d>(
    transaction: &DatabaseTransaction,
    docs: &'d [Doc],
) -> ApiResult<BTreeMap<(&'d str, &'d str), search_doc::Model>> {
    let mut known = BTreeMap::new();
    for kind in DocKind::ALL {
        let references: BTreeMap<&str, &Doc> =
            docs.iter().filter(|doc| doc.kind == kind).map(|doc| (doc.reference.as_str(), doc)).collect();
        if references.is_empty() {
            continue;
        }
        let rows = search_doc::Entity::find()
            .filter(search_doc::Column::Kind.eq(kind.as_str()))
            .filter(search_doc::Column::Reference.is_in(references.keys().copied()))
            .all(transaction)
            .await?;
        for row in rows {
            if let Some((reference, _)) = references.get_key_value(row.reference.as_str()) {
                known.insert((kind.as_str(), *reference), row);
            }
        }
    }
    Ok(known)
}

/// Takes these out of the index.
///
/// # Errors
/// When the database refuses.
pub async fn remove(
    transaction: &DatabaseTransaction,
    kind: DocKind,
    references: &[String],
) -> ApiResult<()> {
    for batch in references.chunks(BATCH) {
        let rows = search_doc::Entity::find()
            .filter(search_doc::Column::Kind.eq(kind.as_str()))
            .filter(search_doc::Column::Reference.is_in(batch))
            .all(transaction)
            .await?;
        let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
        forget_tokens(transaction, ids.clone()).await?;
        search_doc::Entity::delete_many().filter(search_doc::Column::Id.is_in(ids)).exec(transaction).await?;
    }
    Ok(())
}

/// Sorts in what PostgreSQL gathered beside the index, so that searches need not read through it, and tells how many
/// pages that were. SQLite merges what FTS5 wrote as it goes.
///
/// # Errors
/// When the database refuses.
pub async fn sort_in(database: &Database) -> ApiResult<i64> {
    if database.reader().get_database_backend() != DbBackend::Postgres {
        return Ok(0);
    }
    let sorted = database.write(|transaction| {
        Box::pin(async move {
            let statement = Statement::from_string(
                DbBackend::Postgres,
                "SELECT gin_clean_pending_list('\"idx-search_index-title\"') \
                 + gin_clean_pending_list('\"idx-search_index-everything\"') AS pages",
            );
            let row = transaction.query_one_raw(statement).await?.context("a function answers with a row")?;
            Ok(row.try_get("", "pages")?)
        })
    });
    sorted.await
}

/// Empties the index.
///
/// # Errors
/// When the database refuses.
pub(super) async fn clear(transaction: &DatabaseTransaction) -> ApiResult<()> {
    transaction.execute_unprepared("DELETE FROM search_index").await?;
    search_doc::Entity::delete_many().exec(transaction).await?;
    Ok(())
}

async fn forget_tokens(transaction: &DatabaseTransaction, ids: Vec<i32>) -> ApiResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (backend, key) = engine_of(transaction);
    let places = places(backend, ids.len(), 0);
    let sql = format!("DELETE FROM search_index WHERE {key} IN ({})", places.join(", "));
    let values = ids.into_iter().map(Value::from);
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// The engine and the name of the key of its index.
pub(super) fn engine_of(connection: &impl ConnectionTrait) -> (DbBackend, &'static str) {
    match connection.get_database_backend() {
        DbBackend::Postgres => (DbBackend::Postgres, "doc_id"),
        other => (other, "rowid"),
    }
}

/// Placeholders of a statement, after `taken` others.
pub(super) fn places(backend: DbBackend, count: usize, taken: usize) -> Vec<String> {
    (1..=count)
        .map(|number| match backend {
            DbBackend::Postgres => format!("${}", taken + number),
            _ => "?".to_owned(),
        })
        .collect()
}
