//! Indexing what was not indexed before: a file of a city brings a hundred thousand places.

use anyhow::Context;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use tokio::task::JoinHandle;

use super::doc::{Prepared, Term, Words};
use super::index::places;
use crate::database::InsertNumberedRows;
use crate::error::ApiResult;

/// Things per INSERT.
const DOCS_PER_INSERT: usize = 1_000;
/// An INSERT of tokens holds no more rows: five values each, and SQLite takes 32,766 in one statement. FTS5 begins a
/// new segment with every statement, so the more the better.
const MOST_TOKEN_ROWS: usize = 5_000;
/// Nor many more bytes: articles are long.
const MOST_TOKEN_BYTES: usize = 4 << 20;

/// Under which number of a thing its tokens are indexed.
pub(super) type Indexed = (i32, (Term, Words));

/// Writes things to the index. While the database takes what came before, the next statement is made on another
/// thread, so what was added is in the index only when [`Adding::finish`] returned.
#[derive(Debug, Default)]
pub struct Adding {
    docs: Option<JoinHandle<DocInsert>>,
    indexed: Vec<Indexed>,
    indexed_bytes: usize,
    tokens: Option<JoinHandle<TokenInsert>>,
}

impl Adding {
    /// Adds these, each with its reference, none of which was indexed before.
    ///
    /// # Errors
    /// When the database refuses, also what was added before.
    pub async fn add(
        &mut self,
        transaction: &DatabaseTransaction,
        docs: Vec<(String, Prepared)>,
    ) -> ApiResult<()> {
        let backend = transaction.get_database_backend();
        let mut docs = docs.into_iter().peekable();
        while docs.peek().is_some() {
            let batch: Vec<_> = docs.by_ref().take(DOCS_PER_INSERT).collect();
            let next = tokio::task::spawn_blocking(move || DocInsert::of(backend, batch));
            self.write_tokens(transaction).await?;
            self.write_docs(transaction).await?;
            self.docs = Some(next);
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish(mut self, transaction: &DatabaseTransaction) -> ApiResult<()> {
        self.write_tokens(transaction).await?;
        self.write_docs(transaction).await?;
        self.write_tokens(transaction).await?;
        if !self.indexed.is_empty() {
            TokenInsert::of(transaction.get_database_backend(), self.indexed).write(transaction).await?;
        }
        Ok(())
    }

    async fn write_docs(&mut self, transaction: &DatabaseTransaction) -> ApiResult<()> {
        let Some(making) = self.docs.take() else {
            return Ok(());
        };
        let DocInsert { rows, words } = making.await.map_err(anyhow::Error::new)?;
        self.indexed_bytes += words.iter().map(|(_, words)| words.byte_len()).sum::<usize>();
        self.indexed.extend(rows.write(transaction).await?.into_iter().zip(words));
        if self.indexed.len() + DOCS_PER_INSERT > MOST_TOKEN_ROWS || self.indexed_bytes >= MOST_TOKEN_BYTES {
            let backend = transaction.get_database_backend();
            let indexed = std::mem::take(&mut self.indexed);
            self.indexed_bytes = 0;
            self.tokens = Some(tokio::task::spawn_blocking(move || TokenInsert::of(backend, indexed)));
        }
        Ok(())
    }

    async fn write_tokens(&mut self, transaction: &DatabaseTransaction) -> ApiResult<()> {
        match self.tokens.take() {
            Some(making) => making.await.map_err(anyhow::Error::new)?.write(transaction).await,
            None => Ok(()),
        }
    }
}

/// Writes things and returns their numbers.
#[derive(Debug)]
struct DocInsert {
    rows: InsertNumberedRows,
    words: Vec<(Term, Words)>,
}

impl DocInsert {
    fn of(backend: DbBackend, docs: Vec<(String, Prepared)>) -> Self {
        let (rows, words): (Vec<_>, _) =
            docs.into_iter().map(|(reference, doc)| doc.parted(reference)).unzip();
        Self { rows: InsertNumberedRows::of(backend, rows), words }
    }
}

/// Writes tokens.
#[derive(Debug)]
pub(super) struct TokenInsert {
    statement: Statement,
    rows: usize,
}

impl TokenInsert {
    /// Of one thing at least.
    pub(super) fn of(backend: DbBackend, docs: Vec<Indexed>) -> Self {
        let (columns, row): (&str, fn(&[String]) -> String) = match backend {
            DbBackend::Postgres => ("doc_id, title, everything, published_at, expire_at", |row| match row {
                [id, title, everything, term @ ..] => {
                    format!("({id}, {}, {}, {})", vector(title), vector(everything), term.join(", "))
                }
                _ => String::new(),
            }),
            _ => ("rowid, title, body", |row| format!("({})", row.join(", "))),
        };
        let rows = docs.len();
        let values: Vec<Value> = docs.into_iter().flat_map(|(id, doc)| values_of(backend, id, doc)).collect();
        let places = places(backend, values.len(), 0);
        let tuples: Vec<String> = places.chunks_exact(values.len() / rows.max(1)).map(row).collect();
        let sql = format!("INSERT INTO search_index ({columns}) VALUES {}", tuples.join(", "));
        Self { statement: Statement::from_sql_and_values(backend, sql, values), rows }
    }

    /// Writes the tokens, all or none.
    ///
    /// # Errors
    /// When the database refuses, or wrote another number of rows than it was given.
    pub(super) async fn write(self, transaction: &DatabaseTransaction) -> ApiResult<()> {
        let written = transaction.execute_raw(self.statement).await?.rows_affected();
        let expected = u64::try_from(self.rows).context("more documents than numbers")?;
        if written != expected {
            return Err(anyhow::anyhow!("the search index took {written} of {expected}").into());
        }
        Ok(())
    }
}

/// On PostgreSQL one vector holds everything, so that a query may find one word in the title and the other in the
/// text, and the term stands beside it, so that no other table has to be asked; FTS5 looks into all columns by
/// itself and holds nothing else.
fn values_of(backend: DbBackend, id: i32, (term, words): (Term, Words)) -> Vec<Value> {
    let Words { title, body } = words;
    match backend {
        DbBackend::Postgres => {
            let everything = format!("{title} {body}").trim().to_owned();
            let expire_at = term.expire_at.map(|at| at.timestamp_millis());
            vec![
                id.into(),
                title.into(),
                everything.into(),
                term.published_at.timestamp_millis().into(),
                expire_at.into(),
            ]
        }
        _ => vec![id.into(), title.into(), body.into()],
    }
}

fn vector(place: &str) -> String {
    format!("array_to_tsvector(string_to_array(CAST({place} AS text), ' '))")
}
