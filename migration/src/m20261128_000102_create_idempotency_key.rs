//! Answers that are given again when a phone asks again with the same key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, integer, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(idempotency_key()).await?;
        manager
            .create_index(
                Index::create()
                    .name("idx-idempotency_key-expires_at")
                    .table("idempotency_key")
                    .col("expires_at")
                    .to_owned(),
            )
            .await
    }
}

/// The row is written in the transaction of what the request did, so that a crash leaves both or neither.
fn idempotency_key() -> TableCreateStatement {
    Table::create()
        .table("idempotency_key")
        .col(uuid("id").primary_key())
        .col(text("principal"))
        .col(text("operation"))
        .col(text("key"))
        .col(blob("fingerprint"))
        .col(integer("status"))
        .col(blob("answer_cell"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .index(
            Index::create()
                .name("idx-idempotency_key-once")
                .col("principal")
                .col("operation")
                .col("key")
                .unique(),
        )
        .check(Expr::cust("length(principal) BETWEEN 1 AND 80"))
        .check(Expr::cust("length(operation) BETWEEN 1 AND 80"))
        .check(Expr::cust("length(key) BETWEEN 8 AND 128"))
        .check(Expr::cust("length(fingerprint) = 32"))
        .check(Expr::cust("status BETWEEN 200 AND 499"))
        .check(Expr::cust("created_at < expires_at"))
        .to_owned()
}
