//! Asking the index.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::expression::Expression;
use super::index::{DocKind, engine_of, places};
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
    /// What it is.
    pub kind: DocKind,
    /// Which of its kind.
    pub reference: String,
    /// Whether its title or its topics match, and not only its text.
    pub by_title: bool,
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

#[derive(Debug)]
struct Row {
    id: i32,
    kind: String,
    reference: String,
}

impl Row {
    /// Reads a line with the three, a tab between them. No reference holds a tab.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        Some(Self { id: parts.next()?.parse().ok()?, kind: parts.next()?, reference: parts.next()? })
    }
}

/// Finds what is public at `now`: what was asked for, or else what comes close.
///
/// # Errors
/// When the database fails.
pub async fn find(
    database: &Database,
    question: &Question,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Finding> {
    let tries =
        [(Some(&question.exact), false), (question.alike.as_ref(), true), (question.partly.as_ref(), true)];
    for (expression, similar) in tries {
        let Some(expression) = expression else { continue };
        let found = matching(database, expression, kind, now).await?;
        if !found.is_empty() {
            return Ok(Finding { found, similar });
        }
    }
    Ok(Finding::default())
}

async fn matching(
    database: &Database,
    expression: &Expression,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Found>> {
    // Side by side, since both are asked for nearly always and each takes as long as the other.
    let (everywhere, titled) = tokio::try_join!(
        rows(database, expression, false, kind, now),
        rows(database, expression, true, kind, now)
    )?;
    let title_ids: BTreeSet<i32> = titled.iter().map(|row| row.id).collect();
    let mut ids = BTreeSet::new();
    let mut found: Vec<Found> = titled
        .into_iter()
        .chain(everywhere)
        .filter(|row| ids.insert(row.id))
        .filter_map(|row| {
            let by_title = title_ids.contains(&row.id);
            Some(Found { kind: DocKind::of(&row.kind)?, reference: row.reference, by_title, id: row.id })
        })
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.id));
    Ok(found)
}

async fn rows(
    database: &Database,
    expression: &Expression,
    in_title: bool,
    kind: Option<DocKind>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Row>> {
    let backend = database.reader().get_database_backend();
    // The functions and the CROSS JOIN have the index asked first; SQLite then walks it from its end.
    let (matching, key, asked) = match (backend, in_title) {
        (DbBackend::Postgres, true) => (
            "search_in_title(CAST(CAST($1 AS text) AS tsquery)) AS matching",
            "matching",
            expression.for_tsquery(),
        ),
        (DbBackend::Postgres, false) => (
            "search_in_everything(CAST(CAST($1 AS text) AS tsquery)) AS matching",
            "matching",
            expression.for_tsquery(),
        ),
        (_, true) => {
            ("search_index(?)", "search_index.rowid", format!("{{title}} : ({})", expression.for_fts5()))
        }
        (_, false) => ("search_index(?)", "search_index.rowid", expression.for_fts5()),
    };
    let mut values: Vec<Value> =
        vec![asked.into(), now.timestamp_millis().into(), now.timestamp_millis().into()];
    values.extend(kind.map(|kind| Value::from(kind.as_str())));
    let mut rest = places(backend, values.len() - 1, 1).into_iter();
    let mut place = || rest.next().unwrap_or_default();
    let (published, expired) = (place(), place());
    let of_kind = kind.map(|_| format!("AND d.kind = {}", place())).unwrap_or_default();
    let limit = if in_title { MOST_BY_TITLE } else { MOST_FOUND };
    let (all_in_one, tab, line_end) = match backend {
        DbBackend::Postgres => ("string_agg", "chr(9)", "chr(10)"),
        _ => ("group_concat", "char(9)", "char(10)"),
    };
    // One row with all of them, because handing over five hundred takes longer than finding them.
    let sql = format!(
        "SELECT {all_in_one}(id || {tab} || kind || {tab} || reference, {line_end}) AS found FROM (\
           SELECT d.id AS id, d.kind AS kind, d.reference AS reference \
           FROM {matching} CROSS JOIN search_doc d \
           WHERE d.id = {key} AND d.published_at <= {published} \
           AND (d.expire_at IS NULL OR d.expire_at > {expired}) {of_kind} \
           ORDER BY {key} DESC LIMIT {limit}) newest"
    );
    let row = database.reader().query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let found: Option<String> = row.map(|row| row.try_get("", "found")).transpose()?.flatten();
    Ok(found.unwrap_or_default().lines().filter_map(Row::read).collect())
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
