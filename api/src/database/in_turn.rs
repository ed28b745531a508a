//! Several statements with one turn to the database.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, Values};

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
    let mut together = String::new();
    let mut values = Vec::new();
    for Statement { sql, values: of_statement, .. } in statements {
        together.push_str(&sql);
        together.push_str(";\n");
        values.extend(of_statement.into_iter().flat_map(|Values(values)| values));
    }
    if together.is_empty() {
        return Ok(());
    }
    transaction.execute_raw(Statement::from_sql_and_values(backend, together, values)).await.map(drop)
}
