//! Events that WeChat pushed, until they have been acted on.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob_null, integer, text, text_uniq, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(wechat_event()).await?;
        for (name, column) in [
            ("idx-wechat_event-available_at", "available_at"),
            ("idx-wechat_event-finished_at", "finished_at"),
        ] {
            let index = Index::create().name(name).table("wechat_event").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn wechat_event() -> TableCreateStatement {
    Table::create()
        .table("wechat_event")
        .col(uuid("id").primary_key())
        .col(text("kind"))
        .col(text_uniq("delivery_key"))
        .col(text_uniq("message_key"))
        .col(blob_null("payload_cell"))
        .col(text("status"))
        .col(integer("attempts"))
        .col(big_integer("available_at"))
        .col(uuid_null("claim_id"))
        .col(big_integer("received_at"))
        .col(big_integer_null("finished_at"))
        .check(one_of(
            "kind",
            &["subscribe_popup", "subscribe_change", "subscribe_sent", "media_checked", "other"],
        ))
        .check(one_of("status", &["open", "done", "failed"]))
        .check(Expr::cust("length(delivery_key) = 64 AND length(message_key) = 64"))
        .check(Expr::cust("(status = 'open') = (finished_at IS NULL)"))
        .check(Expr::cust("(status = 'done') = (payload_cell IS NULL)"))
        .check(Expr::cust("attempts >= 0"))
        .to_owned()
}
