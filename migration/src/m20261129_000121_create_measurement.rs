//! Readings, what was turned away, what officers are alerted to, and what their rules need to know.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, integer, integer_null, text, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(measurement(manager.get_database_backend())).await?;
        for index in measurement_indexes() {
            manager.create_index(index).await?;
        }
        for table in [measurement_quarantine(), record_alert(), record_digest()] {
            manager.create_table(table).await?;
        }
        for index in other_indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

const SOURCES: [&str; 6] = ["own", "device", "hut", "staff", "import", "wechat"];
const ENTERED_AS: [&str; 6] = ["own", "guardian", "caretaker", "proxy", "staff", "gateway"];

fn one_of(column: &'static str, words: &[&'static str]) -> Expr {
    Expr::col(column).is_in(words.iter().copied())
}

fn of_person(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-person_id"))
        .from(table, "person_id")
        .to("person", "id")
        .to_owned()
}

/// One reading. Everything that is a value stands in one sealed cell. The key keeps what is read together
/// together: one person, one metric, in the order of time. SQLite keeps the whole row there.
fn measurement(backend: DbBackend) -> TableCreateStatement {
    let mut table = Table::create()
        .table("measurement")
        .col(uuid("id"))
        .col(uuid("person_id"))
        .col(text("metric"))
        .col(big_integer("measured_at"))
        .col(integer("offset_min"))
        .col(big_integer("received_at"))
        .col(text("clock"))
        .col(text("source"))
        .col(integer_null("hut_id"))
        .col(uuid_null("device_id"))
        .col(text("entered_as"))
        .col(uuid_null("entered_by"))
        .col(uuid("uid"))
        .col(text("validity"))
        .col(uuid_null("replaced_by"))
        .col(big_integer_null("ended_at"))
        .col(blob_null("value_cell"))
        .primary_key(Index::create().col("person_id").col("metric").col("measured_at").col("id"))
        .foreign_key(&mut of_person("measurement"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-measurement-metric")
                .from("measurement", "metric")
                .to("metric", "code"),
        )
        .check(Expr::cust("offset_min BETWEEN -840 AND 840"))
        .check(one_of("clock", &["synced", "device", "corrected", "told", "unknown"]))
        .check(one_of("source", &SOURCES))
        .check(one_of("entered_as", &ENTERED_AS))
        .check(one_of("validity", &["valid", "replaced", "deleted"]))
        .check(Expr::cust("(validity = 'valid') = (ended_at IS NULL)"))
        .check(Expr::cust("(validity = 'deleted') = (value_cell IS NULL)"))
        .check(Expr::cust("validity <> 'valid' OR replaced_by IS NULL"))
        .check(Expr::cust("validity <> 'replaced' OR replaced_by IS NOT NULL"))
        .to_owned();
    if backend == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table
}

fn measurement_indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &str| Index::create().name(name).table("measurement").to_owned();
    [
        index("idx-measurement-id").col("id").unique().to_owned(),
        index("idx-measurement-uid").col("person_id").col("uid").unique().to_owned(),
        index("idx-measurement-replaced_by")
            .col("replaced_by")
            .and_where(Expr::col("replaced_by").is_not_null())
            .to_owned(),
    ]
}

/// A reading that cannot be one, with the reason, as it came.
fn measurement_quarantine() -> TableCreateStatement {
    Table::create()
        .table("measurement_quarantine")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("uid"))
        .col(big_integer("received_at"))
        .col(text("source"))
        .col(integer_null("hut_id"))
        .col(uuid_null("device_id"))
        .col(text("entered_as"))
        .col(uuid_null("entered_by"))
        .col(text("reason"))
        .col(blob("reading_cell"))
        .foreign_key(&mut of_person("measurement_quarantine"))
        .check(one_of("source", &SOURCES))
        .check(one_of("entered_as", &ENTERED_AS))
        .check(Expr::cust("length(reason) BETWEEN 1 AND 40"))
        .to_owned()
}

/// A reading that officers of the community are to see at once. What it is about is sealed.
fn record_alert() -> TableCreateStatement {
    Table::create()
        .table("record_alert")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("measurement_id"))
        .col(big_integer("measured_at"))
        .col(big_integer("raised_at"))
        .col(blob("detail_cell"))
        .col(big_integer_null("settled_at"))
        .col(uuid_null("settled_by"))
        .foreign_key(&mut of_person("record_alert"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-record_alert-measurement_id")
                .from("record_alert", "measurement_id")
                .to("measurement", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .name("fk-record_alert-settled_by")
                .from("record_alert", "settled_by")
                .to("staff", "id"),
        )
        .check(Expr::cust("(settled_at IS NULL) = (settled_by IS NULL)"))
        .to_owned()
}

/// What the rules of officers need to know of one person, so that a list of thousands need not read years.
fn record_digest() -> TableCreateStatement {
    Table::create()
        .table("record_digest")
        .col(uuid("person_id").primary_key())
        .col(big_integer("last_measured_at"))
        .col(blob("digest_cell"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut of_person("record_digest"))
        .to_owned()
}

fn other_indexes() -> [IndexCreateStatement; 4] {
    let index = |name: &str, table: &'static str| Index::create().name(name).table(table).to_owned();
    [
        index("idx-measurement_quarantine-person_id", "measurement_quarantine")
            .col("person_id")
            .col("id")
            .to_owned(),
        index("idx-measurement_quarantine-uid", "measurement_quarantine")
            .col("person_id")
            .col("uid")
            .to_owned(),
        index("idx-record_alert-measurement_id", "record_alert").col("measurement_id").unique().to_owned(),
        index("idx-record_alert-person_id", "record_alert").col("person_id").to_owned(),
    ]
}
