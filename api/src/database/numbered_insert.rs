//! INSERTs of several rows whose numbers the database gives.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, Iterable,
    PrimaryKeyToColumn, QueryTrait, RuntimeErr, Statement,
};

/// Some rows of one table, ready to be written. Making the statement takes longer than many a database to run it, so it
/// can be done elsewhere.
#[derive(Debug)]
pub struct NumberedInsert {
    statement: Statement,
    rows: i32,
}

impl NumberedInsert {
    /// Of rows whose key is one number and not set.
    pub fn of<A: ActiveModelTrait>(backend: DbBackend, rows: Vec<A>) -> Self {
        let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
        let mut insert = A::Entity::insert_many(rows).into_query();
        if backend != DbBackend::Sqlite {
            for key in <A::Entity as EntityTrait>::PrimaryKey::iter() {
                insert.returning_col(key.into_column());
            }
        }
        Self { statement: backend.build(&insert), rows: count }
    }

    /// Writes the rows and returns their numbers, in their order.
    ///
    /// SQLite counts up row by row and nobody writes in between (`AUTOINCREMENT`: "the rowid chosen is one larger than
    /// the largest that has ever existed"), so the last number tells all. Handing over a row for each would take as
    /// long as the INSERT.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(self, transaction: &DatabaseTransaction) -> Result<Vec<i32>, DbErr> {
        if transaction.get_database_backend() != DbBackend::Sqlite {
            let rows = transaction.query_all_raw(self.statement).await?;
            return rows.iter().map(|row| row.try_get_by_index(0)).collect();
        }
        let written = transaction.execute_raw(self.statement).await?;
        let last = i32::try_from(written.last_insert_id()).map_err(|_| out_of_numbers())?;
        let first = last.checked_sub(self.rows).ok_or_else(out_of_numbers)?;
        Ok((first + 1..=last).collect())
    }
}

fn out_of_numbers() -> DbErr {
    DbErr::Query(RuntimeErr::Internal("a table has no numbers left".into()))
}
