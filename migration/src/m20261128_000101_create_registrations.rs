//! Who is signed up, and who waits.
//!
//! A registration is one call: one or several people who are signed up together, all or none. A person is
//! signed up for an activity at most once, and each place in the line is given once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob_null, integer, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [registration(), registration_person(), no_show_strike()] {
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

fn registration() -> TableCreateStatement {
    Table::create()
        .table("registration")
        .col(uuid("id").primary_key())
        .col(integer("activity_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("staff_id"))
        .col(text("channel"))
        .col(text_null("consent_kind"))
        .col(blob_null("consent_note_cell"))
        .col(blob_null("contact_phone_cell"))
        .col(text("status"))
        .col(integer("seats"))
        .col(big_integer_null("wait_number"))
        .col(big_integer_null("offer_expires_at"))
        .col(big_integer_null("confirmed_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("registration", "activity_id", "activity", "id"))
        .foreign_key(&mut reference("registration", "account_id", "account", "id"))
        .foreign_key(&mut reference("registration", "staff_id", "staff", "id"))
        .index(Index::create().name("idx-registration-of_activity").col("id").col("activity_id").unique())
        .check(one_of("channel", &["own", "staff", "walk_in"]))
        .check(Expr::cust("(channel = 'own') = (staff_id IS NULL)"))
        .check(Expr::cust("channel <> 'own' OR account_id IS NOT NULL"))
        .check(one_of("consent_kind", &["in_person", "by_phone", "written"]))
        .check(Expr::cust("(channel = 'own') = (consent_kind IS NULL)"))
        .check(one_of("status", &["confirmed", "waiting", "offered", "cancelled"]))
        .check(Expr::cust("seats BETWEEN 1 AND 20"))
        .check(Expr::cust("status NOT IN ('waiting', 'offered') OR wait_number IS NOT NULL"))
        .check(Expr::cust("(status = 'offered') = (offer_expires_at IS NOT NULL)"))
        .check(Expr::cust("status <> 'confirmed' OR confirmed_at IS NOT NULL"))
        .check(Expr::cust("(status = 'cancelled') = (ended_at IS NOT NULL)"))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(one_of(
            "end_reason",
            &["by_resident", "by_staff", "offer_expired", "activity_cancelled", "erased"],
        ))
        .check(Expr::cust("wait_number IS NULL OR wait_number >= 1"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// The pair of registration and activity refers to both columns, so that a person's row cannot stand under
/// another activity than its registration.
fn registration_person() -> TableCreateStatement {
    Table::create()
        .table("registration_person")
        .col(uuid("id").primary_key())
        .col(uuid("registration_id"))
        .col(integer("activity_id"))
        .col(uuid("person_id"))
        .col(integer("position"))
        .col(text("status"))
        .col(blob_null("answers_cell"))
        .col(big_integer_null("excused_at"))
        .col(uuid_null("excused_by"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-registration_person-registration_id")
                .from("registration_person", ("registration_id", "activity_id"))
                .to("registration", ("id", "activity_id")),
        )
        .foreign_key(&mut reference("registration_person", "person_id", "person", "id"))
        .foreign_key(&mut reference("registration_person", "excused_by", "staff", "id"))
        .check(one_of("status", &["confirmed", "waiting", "offered", "cancelled"]))
        .check(Expr::cust("(excused_at IS NULL) = (excused_by IS NULL)"))
        .check(Expr::cust("position BETWEEN 1 AND 20"))
        .to_owned()
}

/// Somebody had a seat, did not come and had not been excused.
fn no_show_strike() -> TableCreateStatement {
    Table::create()
        .table("no_show_strike")
        .col(uuid("id").primary_key())
        .col(uuid("registration_person_id"))
        .col(uuid("person_id"))
        .col(integer("activity_id"))
        .col(big_integer("struck_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("forgiven_at"))
        .col(uuid_null("forgiven_by"))
        .col(text_null("forgive_reason"))
        .foreign_key(
            reference("no_show_strike", "registration_person_id", "registration_person", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(&mut reference("no_show_strike", "person_id", "person", "id"))
        .foreign_key(&mut reference("no_show_strike", "activity_id", "activity", "id"))
        .foreign_key(&mut reference("no_show_strike", "forgiven_by", "staff", "id"))
        .check(Expr::cust("struck_at < expires_at"))
        .check(Expr::cust("(forgiven_at IS NULL) = (forgive_reason IS NULL)"))
        .check(one_of("forgive_reason", &["excused", "came", "mistake"]))
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
        index("idx-registration-place_in_line", "registration", &["activity_id", "wait_number"])
            .unique()
            .and_where(Expr::col("wait_number").is_not_null())
            .to_owned(),
        index("idx-registration-in_line", "registration", &["activity_id", "status", "wait_number"]),
        index("idx-registration-account_id", "registration", &["account_id"]),
        index("idx-registration-offer_expires_at", "registration", &["offer_expires_at"])
            .and_where(Expr::col("offer_expires_at").is_not_null())
            .to_owned(),
        index("idx-registration_person-once", "registration_person", &["activity_id", "person_id"])
            .unique()
            .and_where(Expr::col("status").ne("cancelled"))
            .to_owned(),
        index("idx-registration_person-registration_id", "registration_person", &["registration_id"]),
        index("idx-registration_person-person_id", "registration_person", &["person_id"]),
        index("idx-no_show_strike-person_id", "no_show_strike", &["person_id"]),
        index("idx-no_show_strike-once", "no_show_strike", &["registration_person_id"]).unique().to_owned(),
    ]
}
