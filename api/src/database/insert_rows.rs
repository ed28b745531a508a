//! INSERTs of many rows at once. A file of a city holds hundreds of thousands.
//!
//! Making a statement takes longer than SQLite takes to run it, so it can be made on another thread beforehand; and most
//! columns of such rows say the same in all of them, so SQLite is handed those once and not with every row.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityName, EntityTrait,
    IdenStatic, Iterable, PrimaryKeyToColumn, QueryTrait, RuntimeErr, Statement, Value,
};

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// Some rows of one table, ready to be written.
#[derive(Debug)]
pub struct InsertRows(Statement);

impl InsertRows {
    /// Of one row or more, all of which set the same columns.
    pub fn of<A: ActiveModelTrait>(backend: DbBackend, rows: Vec<A>) -> Self {
        let statement = if backend == DbBackend::Sqlite {
            on_sqlite(rows, "")
        } else {
            backend.build(&A::Entity::insert_many(rows).into_query())
        };
        Self(statement)
    }

    /// The same; a row that is there already under this key takes over the changed columns.
    pub fn replacing<A: ActiveModelTrait>(
        backend: DbBackend,
        rows: Vec<A>,
        key: &[ColumnOf<A>],
        changed: &[ColumnOf<A>],
    ) -> Self {
        if backend != DbBackend::Sqlite {
            let known =
                OnConflict::columns(key.iter().copied()).update_columns(changed.iter().copied()).to_owned();
            return Self(backend.build(A::Entity::insert_many(rows).into_query().on_conflict(known)));
        }
        let takes_over = |column: &ColumnOf<A>| {
            let name = quoted(column.as_str());
            format!("{name} = excluded.{name}")
        };
        let key = listed(key.iter().map(|column| quoted(column.as_str())));
        let changed = listed(changed.iter().map(takes_over));
        // Without the WHERE the words would be those of a JOIN (lang_upsert.html, "parsing ambiguity").
        Self(on_sqlite(rows, &format!(" WHERE true ON CONFLICT ({key}) DO UPDATE SET {changed}")))
    }

    /// Writes the rows, all or none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        transaction.execute_raw(self.0).await.map(drop)
    }
}

/// Some rows of one table that gives them numbers, ready to be written.
#[derive(Debug)]
pub struct InsertNumberedRows {
    statement: Statement,
    rows: usize,
}

impl InsertNumberedRows {
    /// Of one row or more, whose key is one number and not set.
    pub fn of<A: ActiveModelTrait>(backend: DbBackend, rows: Vec<A>) -> Self {
        let count = rows.len();
        if backend == DbBackend::Sqlite {
            return Self { statement: on_sqlite(rows, ""), rows: count };
        }
        let mut insert = A::Entity::insert_many(rows).into_query();
        for key in <A::Entity as EntityTrait>::PrimaryKey::iter() {
            insert.returning_col(key.into_column());
        }
        Self { statement: backend.build(&insert), rows: count }
    }

    /// Writes the rows and returns their numbers, in their order.
    ///
    /// SQLite numbers each row one above the largest number there has ever been (autoinc.html) and nobody writes in
    /// between, so the last number tells all. To be told each would take as long as the INSERT.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(self, transaction: &DatabaseTransaction) -> Result<Vec<i32>, DbErr> {
        if transaction.get_database_backend() != DbBackend::Sqlite {
            let rows = transaction.query_all_raw(self.statement).await?;
            return rows.iter().map(|row| row.try_get_by_index(0)).collect();
        }
        let written = transaction.execute_raw(self.statement).await?;
        let last = i32::try_from(written.last_insert_id()).ok();
        let before = last.zip(i32::try_from(self.rows).ok()).and_then(|(last, rows)| last.checked_sub(rows));
        match (before, last) {
            (Some(before), Some(last)) => Ok((before + 1..=last).collect()),
            _ => Err(DbErr::Query(RuntimeErr::Internal("a table has no numbers left".into()))),
        }
    }
}

/// `INSERT INTO t (each, …, same, …) SELECT *, ?, … FROM (VALUES (?, …), …)`.
fn on_sqlite<A: ActiveModelTrait>(mut rows: Vec<A>, ending: &str) -> Statement {
    let mut columns = Columns { each: Vec::new(), same: Vec::new() };
    for column in ColumnOf::<A>::iter() {
        let values: Vec<Value> = rows.iter_mut().filter_map(|row| row.take(column).into_value()).collect();
        match values.split_first() {
            Some((first, others)) if !rows.is_empty() && others.iter().all(|value| value == first) => {
                columns.same.push((column.as_str(), first.clone()));
            }
            Some(_) => columns.each.push((column.as_str(), values.into_iter())),
            None => {}
        }
    }
    // There must be something to make rows of.
    if columns.each.is_empty()
        && let Some((name, value)) = columns.same.pop()
    {
        columns.each.push((name, vec![value; rows.len()].into_iter()));
    }
    columns.into_statement(A::Entity::default().table_name(), rows.len(), ending)
}

/// What is written into a table, by column.
struct Columns {
    /// A value for each row.
    each: Vec<(&'static str, std::vec::IntoIter<Value>)>,
    /// One value for all rows.
    same: Vec<(&'static str, Value)>,
}

impl Columns {
    fn into_statement(self, table: &str, rows: usize, ending: &str) -> Statement {
        let names = self.each.iter().map(|(name, _)| *name).chain(self.same.iter().map(|(name, _)| *name));
        let row = format!("({})", listed(vec!["?"; self.each.len()]));
        let sql = format!(
            "INSERT INTO {} ({}) SELECT *{} FROM (VALUES {}){ending}",
            quoted(table),
            listed(names.map(quoted)),
            ", ?".repeat(self.same.len()),
            listed(vec![row; rows]),
        );
        let mut values: Vec<Value> = self.same.into_iter().map(|(_, value)| value).collect();
        let mut each: Vec<_> = self.each.into_iter().map(|(_, values)| values).collect();
        values.reserve(rows * each.len());
        for _row in 0..rows {
            values.extend(each.iter_mut().filter_map(Iterator::next));
        }
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn listed(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut list = String::new();
    for part in parts {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(part.as_ref());
    }
    list
}
