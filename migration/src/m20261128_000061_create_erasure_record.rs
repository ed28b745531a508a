//! What was erased of whom, by ids that lead to nobody. A file outside the database mirrors it, so that a
//! restored backup is erased again (see `privacy/erasure/journal.rs`).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text_null, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(erasure_record()).await?;
        manager
            .create_index(
                Index::create()
                    .name("idx-erasure_record-erased_at")
                    .table("erasure_record")
                    .col("erased_at")
                    .to_owned(),
            )
            .await
    }
}

/// Without references: a restored database may never have known whom a record is about.
fn erasure_record() -> TableCreateStatement {
    Table::create()
        .table("erasure_record")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid_null("account_id"))
        .col(text_null("purpose"))
        .col(text_null("receipt"))
        .col(big_integer_null("requested_at"))
        .col(big_integer("erased_at"))
        .check(Expr::cust("purpose IS NULL OR receipt IS NULL"))
        .check(Expr::cust("(receipt IS NULL) = (requested_at IS NULL)"))
        .check(Expr::cust("receipt IS NULL OR account_id IS NOT NULL"))
        .to_owned()
}
