//! The app's own list of what a resident is told; it needs nobody's credits.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, text_null, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(notice()).await?;
        manager
            .create_index(
                Index::create()
                    .name("idx-notice-once")
                    .table("notice")
                    .col("account_id")
                    .col("kind")
                    .col("subject_kind")
                    .col("subject_id")
                    .col("occasion")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx-notice-visible_at")
                    .table("notice")
                    .col("account_id")
                    .col("visible_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx-notice-subject")
                    .table("notice")
                    .col("subject_kind")
                    .col("subject_id")
                    .to_owned(),
            )
            .await
    }
}

/// The same kind, subject and occasion make one notice, however often it is asked for. One that is not
/// visible yet can be withdrawn; then nobody ever sees it.
fn notice() -> TableCreateStatement {
    Table::create()
        .table("notice")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(text("kind"))
        .col(text("subject_kind"))
        .col(text("subject_id"))
        .col(text("occasion"))
        .col(text("title"))
        .col(blob("body_cell"))
        .col(text_null("page_query"))
        .col(big_integer("created_at"))
        .col(big_integer("visible_at"))
        .col(big_integer_null("read_at"))
        .col(big_integer_null("withdrawn_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-notice-account_id")
                .from("notice", "account_id")
                .to("account", "id"),
        )
        .check(Expr::cust("length(kind) BETWEEN 1 AND 40"))
        .check(Expr::cust("length(subject_kind) BETWEEN 1 AND 40 AND length(subject_id) BETWEEN 1 AND 80"))
        .check(Expr::cust("length(occasion) <= 80"))
        .check(Expr::cust("length(title) BETWEEN 1 AND 60"))
        .check(Expr::cust("created_at <= visible_at"))
        .to_owned()
}
