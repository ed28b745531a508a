//! Asking the index.

use std::cmp::Reverse;

use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::doc::DocKind;
use super::expression::Expression;
use super::index::engine_of;
use super::names::{DocNames, Thing};
use super::question::Question;
use crate::database::Database;
use crate::error::ApiResult;

/// Results that are looked at, the newest: nobody reads on, and ranking takes time.
pub const MOST_FOUND: usize = 500;
/// Among them for the title, so that old ones with the right title are not left out.
const MOST_BY_TITLE: usize = 100;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which thing it is.
    pub thing: Thing,
    /// Whether its title or its topics match, and not only its text.
    pub by_title: bool,
    /// Whether it is only about a topic of which a longer word holds what was typed.
    pub loosely: bool,
    /// Grows with what was indexed later.
    pub id: i32,
}

/// What was found, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Each thing once.
    pub found: Vec<Found>,
    /// Nothing matched, and these come close: by sound, or in part.
    pub similar: bool,
}

/// Finds what is public at `now`: what was asked for, or else what comes close.
///
/// # Errors
/// When the database fails.
pub async fn find(
    (database, names): (&Database, &DocNames),
    question: &Question,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Finding> {
    let place = (database, names);
    let exact = matching(place, &question.exact, kind, now);
    let found = match &question.wider {
        Some(wider) => {
            let (exact, wider) = tokio::try_join!(exact, matching(place, wider, kind, now))?;
            with_wider(exact, wider)
        }
        None => exact.await?,
    };
    if !found.is_empty() {
        return Ok(Finding { found, similar: false });
    }
    for expression in [&question.alike, &question.partly].into_iter().flatten() {
        let found = matching(place, expression, kind, now).await?;
        if !found.is_empty() {
            return Ok(Finding { found, similar: true });
        }
    }
    Ok(Finding::default())
}

async fn matching(
    (database, names): (&Database, &DocNames),
    expression: &Expression,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Found>> {
    let matching = match database.reader().get_database_backend() {
        DbBackend::Postgres => Matching::on_postgres(database, expression, now).await?,
        _ => Matching::on_sqlite(database, expression, kind, now).await?,
    };
    matching.named(database, names, kind).await
}

/// What was asked for, and what was only found by asking more widely.
fn with_wider(mut found: Vec<Found>, wider: Vec<Found>) -> Vec<Found> {
    let exact = found.len();
    for one in wider {
        let known = found.get(..exact).unwrap_or_default();
        if known.binary_search_by_key(&Reverse(one.id), |found| Reverse(found.id)).is_err() {
            found.push(Found { loosely: true, ..one });
        }
    }
    found.sort_unstable_by_key(|found| Reverse(found.id));
    found
}

/// Numbers of what is public and matches, the newest first.
struct Matching {
    by_title: Vec<i32>,
    anywhere: Vec<i32>,
}

impl Matching {
    /// One statement for both, and everything that matches: sorting there takes longer than telling it, since the
    /// oldest comes first and every one that follows would have to be sorted in.
    async fn on_postgres(
        database: &Database,
        expression: &Expression,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let asked = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT by_title, anywhere FROM search_matching($1, $2)",
            [expression.for_tsquery().into(), now.timestamp_millis().into()],
        );
        let row = database.reader().query_one_raw(asked).await?.context("a function answers with a row")?;
        let numbers = |column: &str| -> ApiResult<Vec<i32>> {
            let bytes: Option<Vec<u8>> = row.try_get("", column)?;
            let bytes = bytes.unwrap_or_default();
            let mut numbers: Vec<i32> =
                bytes.as_chunks::<4>().0.iter().map(|number| i32::from_be_bytes(*number)).collect();
            numbers.sort_unstable_by_key(|number| Reverse(*number));
            Ok(numbers)
        };
        Ok(Self { by_title: numbers("by_title")?, anywhere: numbers("anywhere")? })
    }

    /// FTS5 walks its rows from the last one on and stops when there are enough.
    async fn on_sqlite(
        database: &Database,
        expression: &Expression,
        kind: Option<DocKind>,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let anywhere = expression.for_fts5();
        let in_title = format!("{{title}} : ({anywhere})");
        // Side by side, since both are asked for nearly always and each takes as long as the other.
        let (anywhere, by_title) = tokio::try_join!(
            newest_on_sqlite(database, anywhere, MOST_FOUND, kind, now),
            newest_on_sqlite(database, in_title, MOST_BY_TITLE, kind, now)
        )?;
        Ok(Self { by_title, anywhere })
    }

    /// The newest of them with what they stand for.
    async fn named(
        self,
        database: &Database,
        names: &DocNames,
        kind: Option<DocKind>,
    ) -> ApiResult<Vec<Found>> {
        let mut found: Vec<Found> = Vec::new();
        for (ids, most, by_title) in
            [(self.by_title, MOST_BY_TITLE, true), (self.anywhere, MOST_FOUND, false)]
        {
            let titled = found.len();
            let mut taken = 0;
            // Of one kind there may be few among many.
            for ids in ids.chunks(most) {
                let named = ids.iter().zip(names.of(database, ids).await?);
                let of_kind = named
                    .filter_map(|(id, thing)| Some((*id, thing?)))
                    .filter(|(_, thing)| kind.is_none_or(|kind| kind == thing.kind()));
                for (id, thing) in of_kind.take(most - taken) {
                    taken += 1;
                    // Those found by their title come first, the newest first.
                    let known = found.get(..titled).unwrap_or_default();
                    if known.binary_search_by_key(&Reverse(id), |found| Reverse(found.id)).is_err() {
                        found.push(Found { thing, by_title, loosely: false, id });
                    }
                }
                if taken == most {
                    break;
                }
            }
        }
        found.sort_unstable_by_key(|found| Reverse(found.id));
        Ok(found)
    }
}

async fn newest_on_sqlite(
    database: &Database,
    asked: String,
    most: usize,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<i32>> {
    // The CROSS JOIN has the index asked first. One row with all of them, because handing over five hundred takes
    // longer than finding them.
    let of_kind = if kind.is_some() { "AND d.kind = ?4" } else { "" };
    let sql = format!(
        "SELECT group_concat(id, ' ') AS found FROM (\
           SELECT d.id AS id FROM search_index(?1) CROSS JOIN search_doc d \
           WHERE d.id = search_index.rowid AND d.published_at <= ?2 \
           AND (d.expire_at IS NULL OR d.expire_at > ?2) {of_kind} \
           ORDER BY search_index.rowid DESC LIMIT ?3) newest"
    );
    let most = i64::try_from(most).context("a limit is a small number")?;
    let mut values: Vec<Value> = vec![asked.into(), now.timestamp_millis().into(), most.into()];
    values.extend(kind.map(|kind| Value::from(kind.as_str())));
    let asked = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    let row = database.reader().query_one_raw(asked).await?;
    let found: Option<String> = row.map(|row| row.try_get("", "found")).transpose()?.flatten();
    Ok(found.unwrap_or_default().split(' ').filter_map(|id| id.parse().ok()).collect())
}

/// Whether the index holds this for one thing.
pub(super) async fn holds(database: &Database, id: i32, expression: &Expression) -> ApiResult<bool> {
    let (backend, key) = engine_of(database.reader());
    let (condition, number, asked) = match backend {
        DbBackend::Postgres => {
            ("everything @@ CAST(CAST($1 AS text) AS tsquery)", "$2", expression.for_tsquery())
        }
        _ => ("search_index MATCH ?", "?", expression.for_fts5()),
    };
    let sql = format!("SELECT {key} AS id FROM search_index WHERE {condition} AND {key} = {number}");
    let statement = Statement::from_sql_and_values(backend, sql, [asked.into(), Value::from(id)]);
    Ok(database.reader().query_one_raw(statement).await?.is_some())
}
