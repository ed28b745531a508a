//! Writing the index: always in the transaction of what it tells about.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::search_doc;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    Statement, Value,
};
use sha2::{Digest, Sha256};

use super::expression::Token;
use super::tokens::{bigrams, pinyin_of_titles};
use crate::database::Database;
use crate::error::ApiResult;

/// Rows per statement.
const BATCH: usize = 500;
/// A longer text is found by its beginning: PostgreSQL takes at most 1 MB of lexemes.
const BODY_CHARACTERS: usize = 50_000;

/// What can be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocKind {
    /// An article, a video or a notice, by the id of the article.
    Article,
    /// A hotline, a clinic or a door to another app, by its id.
    Service,
    /// A health officer, by the id of the post.
    Officer,
    /// A place on the map, by its number.
    Place,
    /// An activity, by its number.
    Activity,
}

impl DocKind {
    /// Every kind, in the order in which equally good results are shown.
    pub const ALL: [Self; 5] = [Self::Article, Self::Service, Self::Officer, Self::Place, Self::Activity];

    /// The word that is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Service => "service",
            Self::Officer => "officer",
            Self::Place => "place",
            Self::Activity => "activity",
        }
    }

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Public text of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc {
    /// What it is.
    pub kind: DocKind,
    /// Which of its kind.
    pub reference: String,
    /// Its title, also found by pinyin.
    pub title: String,
    /// Words that stand for it as its title does: topics, the layer of a place.
    pub tags: Vec<String>,
    /// Everything else it says, as plain text.
    pub body: String,
    /// Ids of its topics.
    pub topics: Vec<String>,
    /// From when it may be found.
    pub published_at: DateTime<Utc>,
    /// From when it may no longer be found.
    pub expire_at: Option<DateTime<Utc>>,
}

/// The tokens of one thing, as they are indexed: in their order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocTokens {
    pub(super) title: Vec<Token>,
    pub(super) body: Vec<Token>,
}

impl DocTokens {
    pub(super) fn of(doc: &Doc) -> Self {
        let mut title = Vec::new();
        for text in std::iter::once(&doc.title).chain(&doc.tags) {
            title.extend(bigrams(text).iter().map(|token| Token::word(token)));
            title.extend(pinyin_of_titles(text).iter().map(|token| Token::pinyin(token)));
        }
        title.extend(doc.topics.iter().map(|id| Token::topic(id)));
        let text: String = doc.body.chars().take(BODY_CHARACTERS).collect();
        let body = bigrams(&text).iter().map(|token| Token::word(token)).collect();
        Self { title: in_order(title), body: in_order(body) }
    }

    /// SHA-256 of all tokens.
    pub(super) fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for part in [&self.title, &self.body] {
            for token in part {
                hash.update(token.as_str());
                hash.update(b" ");
            }
            hash.update(b"\n");
        }
        hash.finalize().to_vec()
    }
}

/// One thing as it is indexed, but for its reference: what takes time is done.
#[derive(Clone, Debug)]
pub struct Prepared {
    kind: DocKind,
    term: Term,
    fingerprint: Vec<u8>,
    words: Words,
}

/// The tokens as the engines take them, with a space between any two.
#[derive(Clone, Debug)]
struct Words {
    title: String,
    body: String,
}

/// From when until when something may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Term {
    published_at: ChronoUnixTimestampMillis,
    expire_at: Option<ChronoUnixTimestampMillis>,
}

impl Prepared {
    /// Cuts what a thing says into tokens.
    pub fn of(doc: &Doc) -> Self {
        let tokens = DocTokens::of(doc);
        Self {
            kind: doc.kind,
            term: Term {
                published_at: ChronoUnixTimestampMillis(doc.published_at),
                expire_at: doc.expire_at.map(ChronoUnixTimestampMillis),
            },
            fingerprint: tokens.fingerprint(),
            words: Words { title: joined(tokens.title.iter()), body: joined(tokens.body.iter()) },
        }
    }

    fn parted(self, reference: String) -> (search_doc::ActiveModel, (Term, Words)) {
        let row = search_doc::ActiveModel {
            id: ActiveValue::NotSet,
            kind: ActiveValue::Set(self.kind.as_str().to_owned()),
            reference: ActiveValue::Set(reference),
            published_at: ActiveValue::Set(self.term.published_at),
            expire_at: ActiveValue::Set(self.term.expire_at),
            fingerprint: ActiveValue::Set(self.fingerprint),
        };
        (row, (self.term, self.words))
    }
}

fn in_order(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

fn joined<'t>(tokens: impl Iterator<Item = &'t Token>) -> String {
    let mut joined = String::new();
    for token in tokens {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(token.as_str());
    }
    joined
}

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
    write_tokens(transaction, written).await?;
    add(transaction, new).await
}

/// Indexes these, each with its reference, none of which was indexed before.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &DatabaseTransaction, docs: Vec<(String, Prepared)>) -> ApiResult<()> {
    let mut docs = docs.into_iter().peekable();
    while docs.peek().is_some() {
        let batch = docs.by_ref().take(BATCH);
        let (rows, words): (Vec<_>, Vec<_>) = batch.map(|(reference, doc)| doc.parted(reference)).unzip();
        let ids = search_doc::Entity::insert_many(rows).exec_with_returning_keys(transaction).await?;
        write_tokens(transaction, ids.into_iter().zip(words).collect()).await?;
    }
    Ok(())
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

async fn write_tokens(transaction: &DatabaseTransaction, docs: Vec<(i32, (Term, Words))>) -> ApiResult<()> {
    if docs.is_empty() {
        return Ok(());
    }
    let (backend, _) = engine_of(transaction);
    let (columns, row): (&str, fn(&[String]) -> String) = match backend {
        DbBackend::Postgres => ("doc_id, title, everything, published_at, expire_at", |row| match row {
            [id, title, everything, term @ ..] => {
                format!("({id}, {}, {}, {})", vector(title), vector(everything), term.join(", "))
            }
            _ => String::new(),
        }),
        _ => ("rowid, title, body", |row| format!("({})", row.join(", "))),
    };
    let count = docs.len();
    let values: Vec<Value> = docs.into_iter().flat_map(|(id, doc)| values_of(backend, id, doc)).collect();
    let rows: Vec<String> =
        places(backend, values.len(), 0).chunks_exact(values.len() / count).map(row).collect();
    let sql = format!("INSERT INTO search_index ({columns}) VALUES {}", rows.join(", "));
    let written = transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let expected = u64::try_from(count).context("more documents than numbers")?;
    if written.rows_affected() != expected {
        return Err(anyhow::anyhow!("the search index took {} of {expected}", written.rows_affected()).into());
    }
    Ok(())
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
