//! Links with which a doctor sees a person's record, and the access log that tells of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, date, integer, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(record_share()).await?;
        for index in share_indexes() {
            manager.create_index(index).await?;
        }
        let_links_into_access_log(manager).await
    }
}

fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("fk-{table}-{column}")).from(table, column).to(to, "id").to_owned()
}

/// Only the hash of a link's secret is known here. A view is taken while there is one left.
fn record_share() -> TableCreateStatement {
    Table::create()
        .table("record_share")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(uuid("created_by"))
        .col(blob("token_hash"))
        .col(blob("label_cell"))
        .col(date("first_day"))
        .col(date("last_day"))
        .col(integer("most_views"))
        .col(integer("views"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("viewed_at"))
        .col(big_integer_null("revoked_at"))
        .foreign_key(&mut reference("record_share", "person_id", "person"))
        .foreign_key(&mut reference("record_share", "created_by", "account"))
        .check(Expr::cust("length(token_hash) = 32"))
        .check(Expr::cust("first_day <= last_day"))
        .check(Expr::cust("most_views BETWEEN 1 AND 50 AND views BETWEEN 0 AND most_views"))
        .check(Expr::cust("created_at < expires_at"))
        .check(Expr::cust("(views = 0) = (viewed_at IS NULL)"))
        .to_owned()
}

fn share_indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &str, column: &'static str| {
        Index::create().name(name).table("record_share").col(column).to_owned()
    };
    [
        index("idx-record_share-token_hash", "token_hash").unique().to_owned(),
        index("idx-record_share-person_id", "person_id").col("id").to_owned(),
        index("idx-record_share-created_by", "created_by"),
    ]
}

/// SQLite changes no constraint, so the table is made anew; readers may be links from now on.
async fn let_links_into_access_log(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    manager.create_table(access_log()).await?;
    let columns = "id, person_id, reader_kind, reader_id, reader_label_cell, what, why, at";
    let copy = format!("INSERT INTO access_log_next ({columns}) SELECT {columns} FROM access_log");
    connection.execute_unprepared(&copy).await?;
    manager.drop_table(Table::drop().table("access_log").to_owned()).await?;
    manager.rename_table(Table::rename().table("access_log_next", "access_log").to_owned()).await?;
    let index = |name: &str| Index::create().name(name).table("access_log").to_owned();
    manager.create_index(index("idx-access_log-person_id").col("person_id").col("id").to_owned()).await?;
    manager.create_index(index("idx-access_log-reader_id").col("reader_id").to_owned()).await
}

fn access_log() -> TableCreateStatement {
    Table::create()
        .table("access_log_next")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(text("reader_kind"))
        .col(uuid("reader_id"))
        .col(blob("reader_label_cell"))
        .col(text("what"))
        .col(text("why"))
        .col(big_integer("at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-access_log-person_id")
                .from("access_log_next", "person_id")
                .to("person", "id"),
        )
        .check(Expr::col("reader_kind").is_in(["staff", "guardian", "caretaker", "proxy", "link"]))
        .check(Expr::cust("length(what) > 0 AND length(why) > 0"))
        .to_owned()
}
