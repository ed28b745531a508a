//! Health huts: the places, their devices and first-aid boxes, the gateways that send readings, and the
//! readings on their way to a person.
//!
//! A hut is a place of the map that somebody keeps. What was measured stays here only until it is known whose
//! it is: the values are sealed, and after that only the digest is left by which a reading that is sent twice
//! is known again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, date_null, integer, text, text_null, uuid,
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
        for table in [
            hut(),
            hut_device(),
            hut_gateway(),
            hut_supply(),
            hut_box_check(),
            hut_session(),
            hut_person_code(),
            hut_reading(),
        ] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            let name = format!("idx-{table}-{column}");
            manager.create_index(Index::create().name(name).table(*table).col(*column).to_owned()).await?;
        }
        // One at a time sits in front of the devices of a hut.
        let open_session = Index::create()
            .name("idx-hut_session-open")
            .table("hut_session")
            .col("hut_id")
            .unique()
            .and_where(Expr::col("ended_at").is_null())
            .to_owned();
        manager.create_index(open_session).await?;
        let grant = Query::insert()
            .into_table("role_permission")
            .columns(["role_id", "permission"])
            .values_panic(["region_admin".into(), "huts.keep".into()])
            .to_owned();
        manager.execute(grant).await
    }
}

const INDEXES: &[(&str, &str)] = &[
    ("hut", "region_code"),
    ("hut_device", "hut_id"),
    ("hut_gateway", "hut_id"),
    ("hut_supply", "hut_id"),
    ("hut_box_check", "hut_id"),
    ("hut_session", "hut_id"),
    ("hut_session", "person_id"),
    ("hut_person_code", "person_id"),
    ("hut_person_code", "expires_at"),
    ("hut_reading", "hut_id"),
    ("hut_reading", "set_id"),
    ("hut_reading", "session_id"),
    ("hut_reading", "person_id"),
    ("hut_reading", "code_digest"),
    ("hut_reading", "keep_until"),
];

const KINDS: [&str; 7] = ["blood_pressure", "weight", "height", "glucose", "spo2", "temperature", "waist"];

/// A reference that keeps what it points at from being deleted.
fn reference(
    table: &str,
    column: &'static str,
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-{column}"))
        .from(Alias::new(table.to_owned()), column)
        .to(to.0, to.1)
        .to_owned()
}

/// Huts are closed and devices retired, never deleted: a reading says where it came from.
fn hut() -> TableCreateStatement {
    Table::create()
        .table("hut")
        .col(uuid("id").primary_key())
        .col(integer("feature_id").unique_key())
        .col(text("region_code"))
        .col(uuid_null("keeper_id"))
        .col(text_null("note"))
        .col(text("status"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("hut", "feature_id", ("feature", "id")))
        .foreign_key(&mut reference("hut", "region_code", ("region", "code")))
        .foreign_key(&mut reference("hut", "keeper_id", ("staff", "id")))
        .check(Expr::cust("note IS NULL OR length(note) BETWEEN 1 AND 200"))
        .check(Expr::col("status").is_in(["open", "closed"]))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn hut_device() -> TableCreateStatement {
    Table::create()
        .table("hut_device")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(text("kind"))
        .col(text("name"))
        .col(text_null("serial"))
        .col(date_null("calibration_due"))
        .col(blob("digest_key_cell"))
        .col(text("status"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("hut_device", "hut_id", ("hut", "id")))
        .check(Expr::col("kind").is_in(KINDS))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::cust("serial IS NULL OR length(serial) BETWEEN 1 AND 60"))
        .check(Expr::col("status").is_in(["active", "retired"]))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

/// `seen_seqs` is the window of RFC 4303, appendix A2: bit n says whether `last_seq - n` was used.
fn hut_gateway() -> TableCreateStatement {
    Table::create()
        .table("hut_gateway")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(text("name"))
        .col(text("status"))
        .col(blob_null("key_cell"))
        .col(big_integer_null("key_issued_at"))
        .col(blob_null("former_key_cell"))
        .col(big_integer_null("former_key_until"))
        .col(big_integer("last_seq"))
        .col(big_integer("seen_seqs"))
        .col(big_integer_null("seen_at"))
        .col(big_integer_null("clock_offset_ms"))
        .col(integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut reference("hut_gateway", "hut_id", ("hut", "id")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::col("status").is_in(["active", "revoked"]))
        .check(Expr::cust("(status = 'active') = (key_cell IS NOT NULL)"))
        .check(Expr::cust("(key_cell IS NULL) = (key_issued_at IS NULL)"))
        .check(Expr::cust("(former_key_cell IS NULL) = (former_key_until IS NULL)"))
        .check(Expr::cust("status = 'active' OR former_key_cell IS NULL"))
        .check(Expr::cust("last_seq >= 0"))
        .check(Expr::col("version").gte(1))
        .to_owned()
}

fn hut_supply() -> TableCreateStatement {
    Table::create()
        .table("hut_supply")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(integer("position"))
        .col(text("name"))
        .col(integer("quantity"))
        .col(date_null("expires_on"))
        .foreign_key(&mut reference("hut_supply", "hut_id", ("hut", "id")))
        .check(Expr::cust("length(name) BETWEEN 1 AND 40"))
        .check(Expr::cust("quantity BETWEEN 0 AND 9999"))
        .check(Expr::cust("position >= 0"))
        .to_owned()
}

fn hut_box_check() -> TableCreateStatement {
    Table::create()
        .table("hut_box_check")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(uuid("checked_by"))
        .col(big_integer("checked_at"))
        .col(boolean("complete"))
        .col(text_null("note"))
        .foreign_key(&mut reference("hut_box_check", "hut_id", ("hut", "id")))
        .foreign_key(&mut reference("hut_box_check", "checked_by", ("staff", "id")))
        .check(Expr::cust("note IS NULL OR length(note) BETWEEN 1 AND 200"))
        .to_owned()
}

fn hut_session() -> TableCreateStatement {
    Table::create()
        .table("hut_session")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(uuid("person_id"))
        .col(text("way"))
        .col(uuid("opened_by"))
        .col(big_integer("opened_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .col(uuid_null("set_id"))
        .foreign_key(&mut reference("hut_session", "hut_id", ("hut", "id")))
        .foreign_key(&mut reference("hut_session", "person_id", ("person", "id")))
        .check(Expr::col("way").is_in(["hut_code", "person_code", "staff"]))
        .check(Expr::cust("expires_at > opened_at"))
        .check(Expr::cust("(ended_at IS NULL) = (end_reason IS NULL)"))
        .check(Expr::cust("end_reason IS NULL OR end_reason IN ('measured', 'expired', 'left', 'closed')"))
        // A set that arrives days later still finds the session in which it was measured.
        .check(Expr::cust("set_id IS NULL OR end_reason IS NOT NULL"))
        .to_owned()
}

fn hut_person_code() -> TableCreateStatement {
    Table::create()
        .table("hut_person_code")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("account_id"))
        .col(blob("code_hash").unique_key())
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut reference("hut_person_code", "person_id", ("person", "id")))
        .foreign_key(&mut reference("hut_person_code", "account_id", ("account", "id")))
        .check(Expr::cust("length(code_hash) = 32"))
        .to_owned()
}

fn hut_reading() -> TableCreateStatement {
    Table::create()
        .table("hut_reading")
        .col(uuid("id").primary_key())
        .col(uuid("hut_id"))
        .col(uuid("device_id"))
        .col(uuid("gateway_id"))
        .col(uuid("set_id"))
        .col(text("kind"))
        .col(big_integer("taken_at"))
        .col(big_integer("measured_at"))
        .col(big_integer("received_at"))
        .col(text("clock"))
        .col(blob("digest"))
        .col(text("state"))
        .col(text_null("reason"))
        .col(uuid_null("session_id"))
        .col(uuid_null("person_id"))
        .col(blob_null("code_digest"))
        .col(blob_null("values_cell"))
        .col(big_integer_null("keep_until"))
        .foreign_key(&mut reference("hut_reading", "hut_id", ("hut", "id")))
        .foreign_key(&mut reference("hut_reading", "device_id", ("hut_device", "id")))
        .foreign_key(&mut reference("hut_reading", "gateway_id", ("hut_gateway", "id")))
        .foreign_key(&mut reference("hut_reading", "session_id", ("hut_session", "id")))
        .foreign_key(&mut reference("hut_reading", "person_id", ("person", "id")))
        .index(Index::create().name("uq-hut_reading-digest").col("device_id").col("digest").unique())
        .check(Expr::col("kind").is_in(KINDS))
        .check(Expr::col("clock").is_in(["synced", "corrected", "device", "unknown"]))
        .check(Expr::cust("length(digest) = 32"))
        .check(Expr::col("state").is_in(["recorded", "unclaimed", "doubted", "refused", "forgotten"]))
        .check(Expr::cust("(state = 'refused') = (reason IS NOT NULL)"))
        // Whose it is, is known exactly when it is in the record; the values are here exactly as long as not.
        .check(Expr::cust("state <> 'recorded' OR person_id IS NOT NULL"))
        .check(Expr::cust("state IN ('recorded', 'doubted') OR person_id IS NULL"))
        .check(Expr::cust("(state IN ('unclaimed', 'doubted', 'refused')) = (values_cell IS NOT NULL)"))
        .check(Expr::cust("(values_cell IS NULL) = (keep_until IS NULL)"))
        .check(Expr::cust(
            "code_digest IS NULL OR (state IN ('unclaimed', 'recorded') AND length(code_digest) = 32)",
        ))
        .to_owned()
}
