//! Making the index anew, and checking that it holds what it should.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::search_doc;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Statement};

use super::doc::{Doc, DocTokens};
use super::expression::Expression;
use super::find::holds;
use super::index;
use crate::activities;
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::{articles, load, officers, services};
use crate::map;

/// Faults that are named; the rest is counted.
const MOST_NAMED: usize = 20;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Things that should be found.
    pub expected: usize,
    /// What is wrong, the first of it in words.
    pub faults: Vec<String>,
    /// How much is wrong.
    pub fault_count: usize,
}

/// Empties the index and fills it anew from the content; returns how many things it holds.
///
/// # Errors
/// When the database refuses; the index is then as it was.
pub async fn rebuild(database: &Database, now: DateTime<Utc>) -> ApiResult<usize> {
    database
        .write(move |transaction| {
            Box::pin(async move {
                index::clear(transaction).await?;
                let mut written = 0;
                let mut after = 0;
                while let Some((places, last)) = map::search::docs_after(transaction, after).await? {
                    index::put(transaction, &places).await?;
                    written += places.len();
                    after = last;
                }
                let docs = docs_of_knowledge(transaction, now).await?;
                index::put(transaction, &docs).await?;
                Ok(written + docs.len())
            })
        })
        .await
}

/// Compares the index with the content.
///
/// # Errors
/// When the database fails.
pub async fn check(database: &Database, now: DateTime<Utc>) -> ApiResult<Check> {
    let reader = database.reader();
    let rows = search_doc::Entity::find().all(reader).await?;
    let mut rows: BTreeMap<(String, String), search_doc::Model> =
        rows.into_iter().map(|row| ((row.kind.clone(), row.reference.clone()), row)).collect();
    let indexed = indexed(database).await?;
    let mut check = Check::default();
    if indexed != rows.len() {
        check.note(format!("索引里有 {indexed} 条，目录里有 {} 条", rows.len()));
    }
    let other_terms = with_other_terms(database).await?;
    if other_terms > 0 {
        check.note(format!("索引里有 {other_terms} 条的起止时间与目录不符"));
    }
    let mut after = 0;
    while let Some((places, last)) = map::search::docs_after(reader, after).await? {
        compare(database, &places, &mut rows, &mut check).await?;
        after = last;
    }
    compare(database, &docs_of_knowledge(reader, now).await?, &mut rows, &mut check).await?;
    // What ended by the time is not found any more and goes at the next turn of a job.
    rows.retain(|_, row| row.expire_at.is_none_or(|ends_at| now < ends_at.0));
    for (kind, reference) in rows.into_keys() {
        check.note(format!("{kind} {reference} 已经不存在，却还能搜到"));
    }
    Ok(check)
}

impl Check {
    fn note(&mut self, fault: String) {
        self.fault_count += 1;
        if self.faults.len() < MOST_NAMED {
            self.faults.push(fault);
        }
    }
}

/// Everything but the places, the oldest first: what is indexed later is shown earlier.
async fn docs_of_knowledge(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> ApiResult<Vec<Doc>> {
    let mut docs: Vec<Doc> = load::officers(connection).await?.iter().map(officers::doc).collect();
    docs.extend(load::services(connection).await?.iter().filter_map(services::doc));
    docs.extend(activities::search::docs(connection).await?);
    docs.extend(load::articles(connection, None, now).await?.iter().rev().map(articles::write::doc));
    Ok(docs)
}

async fn compare(
    database: &Database,
    docs: &[Doc],
    rows: &mut BTreeMap<(String, String), search_doc::Model>,
    check: &mut Check,
) -> ApiResult<()> {
    for doc in docs {
        check.expected += 1;
        let (kind, reference) = (doc.kind.as_str(), &doc.reference);
        let tokens = DocTokens::of(doc);
        match rows.remove(&(kind.to_owned(), reference.clone())) {
            None => check.note(format!("{kind} {reference}“{}”搜不到", doc.title)),
            Some(row) if row.fingerprint != tokens.fingerprint() || !has_term(&row, doc) => {
                check.note(format!("{kind} {reference}“{}”的索引是旧的", doc.title));
            }
            Some(row) => {
                let title = tokens.title.into_iter().map(Expression::Token).collect();
                if let Some(title) = Expression::all(title)
                    && !holds(database, row.id, &title).await?
                {
                    check.note(format!("{kind} {reference}“{}”的索引不完整", doc.title));
                }
            }
        }
    }
    Ok(())
}

fn has_term(row: &search_doc::Model, doc: &Doc) -> bool {
    let ms = |at: ChronoUnixTimestampMillis| -> DateTime<Utc> { at.0 };
    ms(row.published_at) == doc.published_at && row.expire_at.map(ms) == doc.expire_at
}

#[derive(Debug, FromQueryResult)]
struct Count {
    count: i64,
}

/// On PostgreSQL the term stands beside the tokens as well.
async fn with_other_terms(database: &Database) -> ApiResult<usize> {
    match database.reader().get_database_backend() {
        DbBackend::Postgres => {
            let differing = "SELECT COUNT(*) AS count FROM search_index i JOIN search_doc d ON d.id = i.doc_id \
                 WHERE i.published_at <> d.published_at OR i.expire_at IS DISTINCT FROM d.expire_at";
            counted(database, differing).await
        }
        _ => Ok(0),
    }
}

async fn indexed(database: &Database) -> ApiResult<usize> {
    counted(database, "SELECT COUNT(*) AS count FROM search_index").await
}

async fn counted(database: &Database, sql: &str) -> ApiResult<usize> {
    let reader = database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), sql);
    let row = Count::find_by_statement(statement).one(reader).await?;
    Ok(row.and_then(|row| usize::try_from(row.count).ok()).unwrap_or_default())
}
