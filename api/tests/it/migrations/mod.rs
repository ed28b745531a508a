//! Every migration runs forward on a full database of the version before.
//!
//! `released.json` holds at least one row for each table as they were at [`RELEASED`]. When a version is
//! released, `RELEASED` becomes its last migration and the rows of its new tables are added; the test names
//! the tables that are empty. Rows are in the order in which references allow them to be written.

use std::collections::BTreeSet;

use kangtu::database::{Database, Engine};
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::world::{World, in_empty_world};

/// The last migration of the version before.
const RELEASED: &str = "m20261122_000051_create_search";
/// Columns, and tables as `*`, that a later migration meant to leave behind or to fill differently.
const LEFT_BEHIND: [(&str, &str); 1] = [("article_publication", "*")];

const ROWS: &str = include_str!("released.json");

#[test]
fn a_full_sqlite_database_of_the_version_before_is_brought_up_to_date() {
    in_empty_world(Engine::Sqlite, brought_up_to_date);
}

#[test]
fn a_full_postgres_database_of_the_version_before_is_brought_up_to_date() {
    in_empty_world(Engine::Postgres, brought_up_to_date);
}

#[derive(Debug, Deserialize)]
struct Table {
    table: String,
    rows: Vec<Map<String, Value>>,
}

async fn brought_up_to_date(world: &World) {
    let connection = world.connect().await;
    let released = Migrator::migrations().iter().position(|step| step.name() == RELEASED).unwrap() + 1;
    Migrator::up(&connection, Some(u32::try_from(released).unwrap())).await.unwrap();
    let tables: Vec<Table> = serde_json::from_str(ROWS).unwrap();
    for table in &tables {
        for row in &table.rows {
            insert(&connection, &table.table, row).await;
        }
    }
    assert_eq!(empty_tables(&connection).await, Vec::<String>::new(), "released.json leaves these empty");
    let before = table_names(&connection).await;
    connection.close().await.unwrap();

    // As the program does it when it starts.
    Database::open(&world.settings()).await.unwrap().close().await;

    let connection = world.connect().await;
    let after = table_names(&connection).await;
    let lost: Vec<_> = before.difference(&after).filter(|table| !is_left_behind(table, "*")).collect();
    assert!(lost.is_empty(), "these tables are gone: {lost:?}");
    for table in tables.iter().filter(|table| after.contains(&table.table)) {
        for row in &table.rows {
            assert_kept(&connection, &table.table, row).await;
        }
    }
    assert_eq!(broken_constraints(&connection).await, Vec::<String>::new());
    // The words that people type since then lead somewhere, too.
    for (topic, word) in
        [("salt", "食盐"), ("salt", "限盐"), ("first_aid", "晕倒"), ("first_aid", "喘不上气")]
    {
        let known =
            format!("SELECT word AS text FROM topic_synonym WHERE topic_id = '{topic}' AND word = '{word}'");
        assert_eq!(texts(&connection, &known).await, [word], "{topic}");
    }
    connection.close().await.unwrap();
}

fn is_left_behind(table: &str, column: &str) -> bool {
    LEFT_BEHIND.contains(&(table, column))
}

async fn insert(connection: &DatabaseConnection, table: &str, row: &Map<String, Value>) {
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table)).columns(row.keys().map(Alias::new));
    insert.values(row.values().map(|value| Expr::val(typed(value)))).unwrap();
    connection.execute(&insert).await.unwrap_or_else(|error| panic!("{table} refuses {row:?}: {error}"));
}

async fn assert_kept(connection: &DatabaseConnection, table: &str, row: &Map<String, Value>) {
    let mut select = Query::select();
    select.expr(Expr::val(1)).from(Alias::new(table));
    // JSON has no equality that both engines know.
    for (column, value) in row.iter().filter(|(_, value)| value.get("json").is_none()) {
        if !is_left_behind(table, column) {
            select.and_where(Expr::col(Alias::new(column)).eq(typed(value)));
        }
    }
    let kept = connection.query_all(&select).await.unwrap_or_else(|error| panic!("{table}: {error}"));
    assert_eq!(kept.len(), 1, "{table} lost or changed {row:?}");
}

/// A value as it is bound: what JSON does not know stands in an object of one member that names its type.
fn typed(value: &Value) -> sea_orm::Value {
    let tagged = value.as_object().and_then(|tagged| tagged.iter().next());
    match (value, tagged) {
        (_, Some((tag, value))) => match (tag.as_str(), value.as_str()) {
            ("uuid", Some(text)) => text.parse::<uuid::Uuid>().unwrap().into(),
            ("hex", Some(text)) => bytes(text).into(),
            ("date", Some(text)) => text.parse::<chrono::NaiveDate>().unwrap().into(),
            ("json", _) => value.clone().into(),
            other => panic!("{other:?} is no type"),
        },
        (Value::Bool(flag), _) => (*flag).into(),
        (Value::Number(number), _) => {
            number.as_i64().map_or_else(|| number.as_f64().unwrap().into(), sea_orm::Value::from)
        }
        (Value::String(text), _) => text.clone().into(),
        other => panic!("{other:?} cannot be bound"),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

async fn empty_tables(connection: &DatabaseConnection) -> Vec<String> {
    let mut empty = Vec::new();
    for table in table_names(connection).await {
        if texts(connection, &format!("SELECT 'row' AS text FROM {table} LIMIT 1")).await.is_empty() {
            empty.push(table);
        }
    }
    empty
}

/// Without the bookkeeping of migrations, and the index of the search, which is each engine's own.
async fn table_names(connection: &DatabaseConnection) -> BTreeSet<String> {
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT CAST(table_name AS text) AS text FROM information_schema.tables \
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        }
        _ => "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    };
    let names = texts(connection, sql).await.into_iter();
    names.filter(|name| name != "seaql_migrations" && !name.starts_with("search_index")).collect()
}

async fn broken_constraints(connection: &DatabaseConnection) -> Vec<String> {
    let questions: &[&str] = match connection.get_database_backend() {
        DbBackend::Postgres => &[
            "SELECT conrelid::regclass || ': ' || conname AS text FROM pg_constraint WHERE NOT convalidated",
        ],
        _ => &[
            "SELECT \"table\" || ' -> ' || parent AS text FROM pragma_foreign_key_check",
            "SELECT integrity_check AS text FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        ],
    };
    let mut broken = Vec::new();
    for sql in questions {
        broken.extend(texts(connection, sql).await);
    }
    broken
}

async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "text").unwrap()).collect()
}
