//! Who came, what they thought of it, and the addresses of personal calendars.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, integer, integer_null, json, text, text_null, uuid,
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
        for table in [check_in(), check_in_conflict(), feedback(), calendar_token()] {
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

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
    to_column: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk-{table}-{column}")).from(table, column).to(to, to_column).to_owned()
}

/// One arrival. One that was undone stays as evidence.
fn check_in() -> TableCreateStatement {
    Table::create()
        .table("check_in")
        .col(uuid("id").primary_key())
        .col(uuid("registration_person_id"))
        .col(integer("activity_id"))
        .col(text("nonce"))
        .col(text("source"))
        .col(uuid_null("staff_id"))
        .col(text_null("device"))
        .col(big_integer("checked_in_at"))
        .col(big_integer("recorded_at"))
        .col(big_integer_null("reverted_at"))
        .col(uuid_null("reverted_by"))
        .foreign_key(
            reference("check_in", "registration_person_id", "registration_person", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut reference("check_in", "activity_id", "activity", "id"))
        .foreign_key(&mut reference("check_in", "staff_id", "staff", "id"))
        .foreign_key(&mut reference("check_in", "reverted_by", "staff", "id"))
        .check(one_of("source", &["scan", "list", "own", "offline", "walk_in"]))
        .check(Expr::cust("(source = 'own') = (staff_id IS NULL)"))
        .check(Expr::cust("length(nonce) BETWEEN 8 AND 64"))
        .check(Expr::cust("device IS NULL OR length(device) BETWEEN 1 AND 64"))
        .check(Expr::cust("checked_in_at <= recorded_at"))
        .check(Expr::cust("(reverted_at IS NULL) = (reverted_by IS NULL)"))
        .to_owned()
}

/// A scan made without a network that did not fit what was known when it was uploaded. Staff look at it.
/// `people` are rows of `registration_person`, empty where everybody was meant.
fn check_in_conflict() -> TableCreateStatement {
    Table::create()
        .table("check_in_conflict")
        .col(uuid("id").primary_key())
        .col(integer("activity_id"))
        .col(uuid_null("registration_id"))
        .col(json("people"))
        .col(text("nonce"))
        .col(text("reason"))
        .col(uuid("staff_id"))
        .col(text_null("device"))
        .col(big_integer("scanned_at"))
        .col(big_integer("uploaded_at"))
        .col(big_integer_null("settled_at"))
        .col(uuid_null("settled_by"))
        .col(text_null("decision"))
        .foreign_key(&mut reference("check_in_conflict", "activity_id", "activity", "id"))
        .foreign_key(
            reference("check_in_conflict", "registration_id", "registration", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut reference("check_in_conflict", "staff_id", "staff", "id"))
        .foreign_key(&mut reference("check_in_conflict", "settled_by", "staff", "id"))
        .check(Expr::cust("length(nonce) BETWEEN 8 AND 64"))
        .check(one_of(
            "reason",
            &[
                "forged",
                "stale",
                "unknown_ticket",
                "wrong_activity",
                "activity_cancelled",
                "cancelled",
                "waiting",
                "already",
                "out_of_time",
            ],
        ))
        .check(one_of("decision", &["admitted", "dismissed"]))
        .check(Expr::cust("(settled_at IS NULL) = (settled_by IS NULL)"))
        .check(Expr::cust("(settled_at IS NULL) = (decision IS NULL)"))
        .to_owned()
}

/// What somebody who came thought of it, in stars from 1 to 5.
fn feedback() -> TableCreateStatement {
    Table::create()
        .table("feedback")
        .col(uuid("id").primary_key())
        .col(uuid("registration_person_id"))
        .col(integer("activity_id"))
        .col(integer("overall"))
        .col(integer_null("content"))
        .col(integer_null("lecturer"))
        .col(integer_null("venue"))
        .col(blob_null("comment_cell"))
        .col(big_integer("given_at"))
        .col(big_integer("changed_at"))
        .foreign_key(
            reference("feedback", "registration_person_id", "registration_person", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut reference("feedback", "activity_id", "activity", "id"))
        .check(Expr::cust("overall BETWEEN 1 AND 5"))
        .check(Expr::cust("content IS NULL OR content BETWEEN 1 AND 5"))
        .check(Expr::cust("lecturer IS NULL OR lecturer BETWEEN 1 AND 5"))
        .check(Expr::cust("venue IS NULL OR venue BETWEEN 1 AND 5"))
        .check(Expr::cust("given_at <= changed_at"))
        .to_owned()
}

/// The address of a resident's own calendar; only the hash of its secret is known here.
fn calendar_token() -> TableCreateStatement {
    Table::create()
        .table("calendar_token")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(blob("token_hash"))
        .col(big_integer("created_at"))
        .col(big_integer_null("revoked_at"))
        .foreign_key(&mut reference("calendar_token", "account_id", "account", "id"))
        .check(Expr::cust("length(token_hash) = 32"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 9] {
    let index = |name: &str, table: &'static str, column: &'static str| {
        Index::create().name(name).table(table).col(column).to_owned()
    };
    [
        index("idx-check_in-once", "check_in", "registration_person_id")
            .unique()
            .and_where(Expr::col("reverted_at").is_null())
            .to_owned(),
        // One scan lets a whole family in: its nonce stands at each of them.
        index("idx-check_in-nonce", "check_in", "nonce").col("registration_person_id").unique().to_owned(),
        index("idx-check_in-activity_id", "check_in", "activity_id"),
        index("idx-check_in_conflict-nonce", "check_in_conflict", "nonce")
            .col("activity_id")
            .unique()
            .to_owned(),
        index("idx-check_in_conflict-activity_id", "check_in_conflict", "activity_id"),
        index("idx-feedback-once", "feedback", "registration_person_id").unique().to_owned(),
        index("idx-feedback-activity_id", "feedback", "activity_id"),
        index("idx-calendar_token-token_hash", "calendar_token", "token_hash").unique().to_owned(),
        index("idx-calendar_token-account_id", "calendar_token", "account_id"),
    ]
}
