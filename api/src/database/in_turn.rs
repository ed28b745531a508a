//! Several statements with one turn to the database.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, Values,
};

/// Writes these one after the other; the first that fails ends it.
///
/// On SQLite they travel together: handing a statement to the thread that holds the file takes longer than a small
/// INSERT itself, and whoever is in line waits for both.
///
/// # Errors
/// When the database refuses one of them.
pub async fn write_in_turn(
    transaction: &DatabaseTransaction,
    statements: Vec<Statement>,
) -> Result<(), DbErr> {
    let backend = transaction.get_database_backend();
    if backend != DbBackend::Sqlite {
        for statement in statements {
            transaction.execute_raw(statement).await?;
        }
        return Ok(());
    }
    if statements.is_empty() {
        return Ok(());
    }
    transaction.execute_raw(together(statements)).await.map(drop)
}

/// As [`write_in_turn`], and asks afterwards for what `question` answers with one row.
///
/// # Errors
/// As [`write_in_turn`], and when there is no row.
pub async fn write_in_turn_and_ask(
    transaction: &DatabaseTransaction,
    mut statements: Vec<Statement>,
    question: Statement,
) -> Result<QueryResult, DbErr> {
    let row = if transaction.get_database_backend() == DbBackend::Sqlite {
        statements.push(question);
        transaction.query_one_raw(together(statements)).await?
    } else {
        write_in_turn(transaction, statements).await?;
        transaction.query_one_raw(question).await?
    };
    row.ok_or_else(|| DbErr::Query(RuntimeErr::Internal("a question has no answer".into())))
}

fn together(statements: Vec<Statement>) -> Statement {
    let mut sql_of_all = String::new();
    let mut values_of_all = Vec::new();
    for Statement { sql, values, .. } in statements {
        sql_of_all.push_str(&sql);
        sql_of_all.push_str(";\n");
        values_of_all.extend(values.into_iter().flat_map(|Values(values)| values));
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, sql_of_all, values_of_all)
}
