//! Subscribe messages: templates, the credits residents gave, the outbox; and the moderation of what
//! residents write and show.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob_null, boolean, integer, integer_null, json, text, text_null, uuid,
    uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [message_template(), message_credit(), message_report(), message_outbox()] {
            manager.create_table(table).await?;
        }
        for table in [moderation_item(), media_check()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn references(
    name: &str,
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(from.0, from.1).to(to.0, to.1).to_owned()
}

fn message_template() -> TableCreateStatement {
    Table::create()
        .table("message_template")
        .col(text("biz_key").primary_key())
        .col(text("template_id"))
        .col(text("title"))
        .col(text("kind"))
        .col(json("fields"))
        .col(text_null("page"))
        .col(boolean("enabled"))
        .col(text_null("disabled_reason"))
        .col(integer("version"))
        .col(big_integer("updated_at"))
        .check(Expr::cust("length(biz_key) BETWEEN 2 AND 40"))
        .check(Expr::cust("length(template_id) BETWEEN 1 AND 64"))
        .check(Expr::cust("length(title) BETWEEN 1 AND 40"))
        .check(one_of("kind", &["once", "long"]))
        .check(Expr::cust("(disabled_reason IS NULL) OR NOT enabled"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// Credits belong to WeChat's template, not to the use that is made of it: two uses may share one.
fn message_credit() -> TableCreateStatement {
    Table::create()
        .table("message_credit")
        .col(uuid("account_id"))
        .col(text("template_id"))
        .col(integer("credits"))
        .col(text("status"))
        .col(big_integer("updated_at"))
        .primary_key(Index::create().col("account_id").col("template_id"))
        .foreign_key(&mut references(
            "fk-message_credit-account_id",
            ("message_credit", "account_id"),
            ("account", "id"),
        ))
        .check(Expr::cust("credits BETWEEN 0 AND 100"))
        .check(one_of("status", &["accept", "reject"]))
        .to_owned()
}

/// Which reports of phones were counted, so that one sent twice counts once.
fn message_report() -> TableCreateStatement {
    Table::create()
        .table("message_report")
        .col(uuid("account_id"))
        .col(text("idempotency_key"))
        .col(big_integer("reported_at"))
        .primary_key(Index::create().col("account_id").col("idempotency_key"))
        .foreign_key(&mut references(
            "fk-message_report-account_id",
            ("message_report", "account_id"),
            ("account", "id"),
        ))
        .check(Expr::cust("length(idempotency_key) BETWEEN 8 AND 64"))
        .to_owned()
}

fn message_outbox() -> TableCreateStatement {
    Table::create()
        .table("message_outbox")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(text("biz_key"))
        .col(text("biz_type"))
        .col(text("biz_id"))
        .col(blob_null("payload_cell"))
        .col(text("state"))
        .col(integer("attempts"))
        .col(big_integer("next_at"))
        .col(big_integer("expires_at"))
        .col(uuid_null("claimed_by"))
        .col(big_integer_null("claimed_until"))
        .col(text_null("template_id"))
        .col(boolean("credit_taken"))
        .col(text_null("fault"))
        .col(text_null("fault_field"))
        .col(integer_null("errcode"))
        .col(text_null("message_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("sent_at"))
        .foreign_key(&mut references(
            "fk-message_outbox-account_id",
            ("message_outbox", "account_id"),
            ("account", "id"),
        ))
        .foreign_key(&mut references(
            "fk-message_outbox-biz_key",
            ("message_outbox", "biz_key"),
            ("message_template", "biz_key"),
        ))
        .check(one_of(
            "state",
            &["pending", "sending", "sent", "no_credit", "failed", "unknown", "cancelled"],
        ))
        .check(Expr::cust("(payload_cell IS NOT NULL) = (state IN ('pending', 'sending', 'unknown'))"))
        .check(Expr::cust("(state = 'sending') = (claimed_by IS NOT NULL)"))
        .check(Expr::cust("(claimed_by IS NULL) = (claimed_until IS NULL)"))
        .check(Expr::cust("(state = 'sent') = (sent_at IS NOT NULL)"))
        .check(Expr::cust("state <> 'failed' OR fault IS NOT NULL"))
        .check(Expr::cust(
            "NOT credit_taken OR (template_id IS NOT NULL AND state IN ('sending', 'unknown', 'sent'))",
        ))
        .check(Expr::col("attempts").gte(0))
        .to_owned()
}

fn moderation_item() -> TableCreateStatement {
    Table::create()
        .table("moderation_item")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(text_null("region_code"))
        .col(text("kind"))
        .col(text("purpose"))
        .col(text("subject_kind"))
        .col(text("subject_id"))
        .col(blob_null("text_cell"))
        .col(text("state"))
        .col(text_null("label"))
        .col(big_integer("created_at"))
        .col(big_integer_null("checked_at"))
        .col(uuid_null("reviewed_by"))
        .col(big_integer_null("reviewed_at"))
        .col(text_null("reason"))
        .foreign_key(&mut references(
            "fk-moderation_item-account_id",
            ("moderation_item", "account_id"),
            ("account", "id"),
        ))
        .foreign_key(&mut references(
            "fk-moderation_item-region_code",
            ("moderation_item", "region_code"),
            ("region", "code"),
        ))
        .foreign_key(&mut references(
            "fk-moderation_item-reviewed_by",
            ("moderation_item", "reviewed_by"),
            ("staff", "id"),
        ))
        .check(one_of("kind", &["text", "image"]))
        .check(one_of("state", &["checking", "pass", "pending_review", "rejected", "superseded"]))
        .check(Expr::cust("state <> 'checking' OR kind = 'image'"))
        .check(Expr::cust("(text_cell IS NOT NULL) = (kind = 'text' AND state = 'pending_review')"))
        .check(Expr::cust("(reviewed_by IS NULL) = (reviewed_at IS NULL)"))
        .check(Expr::cust("state = 'checking' OR state = 'superseded' OR checked_at IS NOT NULL"))
        .to_owned()
}

/// What WeChat calls the check of a media item and what it found; whichever of the two is known first
/// makes the row.
fn media_check() -> TableCreateStatement {
    Table::create()
        .table("media_check")
        .col(text("trace_id").primary_key())
        .col(uuid_null("item_id"))
        .col(text_null("suggestion"))
        .col(text_null("label"))
        .col(big_integer("noted_at"))
        .foreign_key(
            references("fk-media_check-item_id", ("media_check", "item_id"), ("moderation_item", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(one_of("suggestion", &["pass", "review", "risky"]))
        .check(Expr::cust("item_id IS NOT NULL OR suggestion IS NOT NULL"))
        .check(Expr::cust("length(trace_id) BETWEEN 1 AND 128"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 9] {
    let index = |name: &str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table(table).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    [
        index("idx-message_outbox-state-next_at", "message_outbox", &["state", "next_at"]),
        index("idx-message_outbox-account_id", "message_outbox", &["account_id"]),
        index("idx-message_outbox-message_id", "message_outbox", &["message_id"]),
        index("idx-message_template-template_id", "message_template", &["template_id"]),
        index("idx-moderation_item-state-created_at", "moderation_item", &["state", "created_at"]),
        index("idx-moderation_item-subject", "moderation_item", &["subject_kind", "subject_id", "purpose"]),
        index("idx-moderation_item-account_id", "moderation_item", &["account_id"]),
        index("idx-media_check-item_id", "media_check", &["item_id"]),
        index(
            "idx-message_outbox-reason",
            "message_outbox",
            &["biz_type", "biz_id", "biz_key", "account_id"],
        )
        .unique()
        .to_owned(),
    ]
}
