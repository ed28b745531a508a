//! Families, proxies, consents, and what a person may demand: who read, an export, erasure.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, integer, json, text, text_null, uuid, uuid_null,
};

use crate::first_consent_texts::CONSENT_TEXTS;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [family_member(), hand_over(), proxy(), consent_text(), consent()] {
            manager.create_table(table).await?;
        }
        for table in [access_log(), export_job(), erasure()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        for (purpose, title, body) in CONSENT_TEXTS {
            manager.execute(insert_text(purpose, title, body)).await?;
        }
        Ok(())
    }
}

const PURPOSES: [&str; 6] = ["records", "steps", "location", "phone", "sharing", "messages"];
/// As whom somebody acts for a person.
const CAPACITIES: [&str; 3] = ["own", "guardian", "caretaker"];

fn insert_text(purpose: &str, title: &str, body: &str) -> InsertStatement {
    Query::insert()
        .into_table("consent_text")
        .columns(["purpose", "version", "title", "body", "effective_at"])
        .values_panic([purpose.into(), 1.into(), title.into(), body.into(), 0_i64.into()])
        .to_owned()
}

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn references(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{}-{}", from.0, from.1))
        .from(from.0, from.1)
        .to(to, "id")
        .to_owned()
}

/// Whose record an account keeps besides that of its own person.
fn family_member() -> TableCreateStatement {
    Table::create()
        .table("family_member")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(uuid("person_id"))
        .col(text("kinship"))
        .col(text("capacity"))
        .col(big_integer("added_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .foreign_key(&mut references(("family_member", "account_id"), "account"))
        .foreign_key(&mut references(("family_member", "person_id"), "person"))
        .check(one_of(
            "kinship",
            &["child", "grandchild", "parent", "grandparent", "spouse", "sibling", "other"],
        ))
        .check(one_of("capacity", &["guardian", "caretaker"]))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(one_of("end_reason", &["removed", "handed_over", "erased"]))
        .to_owned()
}

/// Codes with which a person's own account takes over the record.
fn hand_over() -> TableCreateStatement {
    Table::create()
        .table("hand_over")
        .col(blob("code_hash").primary_key())
        .col(uuid("person_id"))
        .col(uuid("given_by"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut references(("hand_over", "person_id"), "person"))
        .foreign_key(&mut references(("hand_over", "given_by"), "account"))
        .check(Expr::cust("length(code_hash) = 32"))
        .check(Expr::cust("expires_at > created_at"))
        .to_owned()
}

/// Somebody else who may act for a person, first as an invitation.
fn proxy() -> TableCreateStatement {
    Table::create()
        .table("proxy")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("granted_by"))
        .col(text("granted_as"))
        .col(uuid_null("holder_account_id"))
        .col(blob("invite_hash"))
        .col(big_integer("invite_expires_at"))
        .col(json("scopes"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("accepted_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .foreign_key(&mut references(("proxy", "person_id"), "person"))
        .foreign_key(&mut references(("proxy", "granted_by"), "account"))
        .foreign_key(&mut references(("proxy", "holder_account_id"), "account"))
        .check(one_of("granted_as", &CAPACITIES))
        .check(Expr::cust("length(invite_hash) = 32"))
        .check(Expr::cust("expires_at > created_at"))
        .check(Expr::cust("(holder_account_id IS NULL) = (accepted_at IS NULL)"))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(one_of("end_reason", &["revoked", "given_up", "handed_over", "removed", "erased"]))
        .to_owned()
}

fn consent_text() -> TableCreateStatement {
    Table::create()
        .table("consent_text")
        .col(text("purpose"))
        .col(integer("version"))
        .col(text("title"))
        .col(text("body"))
        .col(big_integer("effective_at"))
        .primary_key(Index::create().col("purpose").col("version"))
        .check(one_of("purpose", &PURPOSES))
        .check(Expr::col("version").gte(1))
        .check(Expr::cust("length(title) > 0 AND length(body) > 0"))
        .to_owned()
}

/// Every consent that was ever given; one that ended stays as evidence.
fn consent() -> TableCreateStatement {
    Table::create()
        .table("consent")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(text("purpose"))
        .col(integer("text_version"))
        .col(uuid("given_by_account_id"))
        .col(text("given_as"))
        .col(big_integer("granted_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .foreign_key(&mut references(("consent", "person_id"), "person"))
        .foreign_key(&mut references(("consent", "given_by_account_id"), "account"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-consent-text")
                .from("consent", ("purpose", "text_version"))
                .to("consent_text", ("purpose", "version")),
        )
        .check(one_of("given_as", &CAPACITIES))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(one_of("end_reason", &["withdrawn", "renewed", "handed_over", "removed", "erased"]))
        .to_owned()
}

/// Who read what of a person, for the person.
fn access_log() -> TableCreateStatement {
    Table::create()
        .table("access_log")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(text("reader_kind"))
        .col(uuid("reader_id"))
        .col(blob("reader_label_cell"))
        .col(text("what"))
        .col(text("why"))
        .col(big_integer("at"))
        .foreign_key(&mut references(("access_log", "person_id"), "person"))
        .check(one_of("reader_kind", &["staff", "guardian", "caretaker", "proxy"]))
        .check(Expr::cust("length(what) > 0 AND length(why) > 0"))
        .to_owned()
}

/// An export is built by whoever holds the claim; the file is named anew with each claim.
fn export_job() -> TableCreateStatement {
    Table::create()
        .table("export_job")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(uuid("person_id"))
        .col(text("state"))
        .col(integer("attempts"))
        .col(uuid_null("claim_id"))
        .col(big_integer_null("claimed_until"))
        .col(blob_null("file_key_cell"))
        .col(big_integer_null("size_bytes"))
        .col(big_integer("created_at"))
        .col(big_integer_null("ready_at"))
        .col(big_integer_null("expires_at"))
        .foreign_key(&mut references(("export_job", "account_id"), "account"))
        .foreign_key(&mut references(("export_job", "person_id"), "person"))
        .check(one_of("state", &["queued", "building", "ready", "failed", "expired"]))
        .check(Expr::cust("(state = 'building') = (claimed_until IS NOT NULL)"))
        .check(Expr::cust(
            "state <> 'ready' OR (claim_id IS NOT NULL AND file_key_cell IS NOT NULL AND \
             size_bytes IS NOT NULL AND ready_at IS NOT NULL AND expires_at IS NOT NULL)",
        ))
        .check(Expr::cust("state NOT IN ('failed', 'expired') OR file_key_cell IS NULL"))
        .check(Expr::col("attempts").gte(0))
        .to_owned()
}

fn erasure() -> TableCreateStatement {
    Table::create()
        .table("erasure")
        .col(text("receipt").primary_key())
        .col(uuid("account_id"))
        .col(text("state"))
        .col(big_integer("requested_at"))
        .col(big_integer("due_at"))
        .col(big_integer_null("finished_at"))
        .foreign_key(&mut references(("erasure", "account_id"), "account"))
        .check(one_of("state", &["pending", "cancelled", "done"]))
        .check(Expr::cust("(state = 'pending') = (finished_at IS NULL)"))
        .check(Expr::cust("length(receipt) = 43"))
        .to_owned()
}

fn plain(name: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

fn indexes() -> [IndexCreateStatement; 12] {
    [
        // One account keeps the record of a person, and one consent counts for a purpose.
        plain("idx-family_member-kept", "family_member", &["person_id"])
            .unique()
            .and_where(Expr::col("ended_at").is_null())
            .to_owned(),
        plain("idx-consent-given", "consent", &["person_id", "purpose"])
            .unique()
            .and_where(Expr::col("ended_at").is_null())
            .to_owned(),
        plain("idx-erasure-pending", "erasure", &["account_id"])
            .unique()
            .and_where(Expr::col("state").eq("pending"))
            .to_owned(),
        plain("idx-proxy-invite_hash", "proxy", &["invite_hash"]).unique().to_owned(),
        plain("idx-family_member-account_id", "family_member", &["account_id"]),
        plain("idx-hand_over-person_id", "hand_over", &["person_id"]),
        plain("idx-proxy-person_id", "proxy", &["person_id"]),
        plain("idx-proxy-holder_account_id", "proxy", &["holder_account_id"]),
        plain("idx-access_log-person_id", "access_log", &["person_id", "id"]),
        plain("idx-export_job-account_id", "export_job", &["account_id"]),
        plain("idx-export_job-person_id", "export_job", &["person_id"]),
        plain("idx-export_job-state", "export_job", &["state"]),
    ]
}
