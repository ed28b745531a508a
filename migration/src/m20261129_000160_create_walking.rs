//! Walking networks of regions, what officers closed or added on them, who lives where, and what was computed
//! from both. Editions that a result was computed from stay, so that it can be computed again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, double, integer, json, pk_auto, text, text_null, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in
            [walking_network(), walking_edit(), walking_revision(), residents_edition(), coverage_run()]
        {
            manager.create_table(table).await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("idx-walking_edit-region_code")
                    .table("walking_edit")
                    .col("region_code")
                    .to_owned(),
            )
            .await?;
        manager
            .execute(
                Query::insert()
                    .into_table("walking_revision")
                    .columns(["id", "revision"])
                    .values_panic([1.into(), 0.into()])
                    .to_owned(),
            )
            .await
    }
}

fn of_region(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-{table}-region_code"))
        .from(table, "region_code")
        .to("region", "code")
        .to_owned()
}

/// Streets as the program's own bytes; the newest edition of a region is current.
fn walking_network() -> TableCreateStatement {
    Table::create()
        .table("walking_network")
        .col(text("region_code"))
        .col(text("checksum"))
        .col(blob("streets"))
        .col(integer("nodes"))
        .col(integer("edges"))
        .col(text("source"))
        .col(boolean("is_current"))
        .col(big_integer("loaded_at"))
        .primary_key(Index::create().col("region_code").col("checksum"))
        .foreign_key(&mut of_region("walking_network"))
        .check(Expr::cust("length(checksum) = 64"))
        .to_owned()
}

fn walking_edit() -> TableCreateStatement {
    Table::create()
        .table("walking_edit")
        .col(pk_auto("id"))
        .col(text("kind"))
        .col(text("region_code"))
        .col(blob("geometry"))
        .col(text("reason"))
        .col(big_integer_null("from_at"))
        .col(big_integer_null("until_at"))
        .col(integer("version"))
        .col(uuid("created_by"))
        .col(big_integer("created_at"))
        .foreign_key(&mut of_region("walking_edit"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-walking_edit-created_by")
                .from("walking_edit", "created_by")
                .to("staff", "id"),
        )
        .check(Expr::col("kind").is_in(["closure", "link"]))
        .check(Expr::cust("from_at IS NULL OR until_at IS NULL OR until_at > from_at"))
        .to_owned()
}

/// One row that is raised with every change of networks and edits.
fn walking_revision() -> TableCreateStatement {
    Table::create()
        .table("walking_revision")
        .col(integer("id").primary_key())
        .col(big_integer("revision"))
        .check(Expr::cust("id = 1"))
        .to_owned()
}

/// Who lives where, without names: positions with numbers of persons.
fn residents_edition() -> TableCreateStatement {
    Table::create()
        .table("residents_edition")
        .col(text("region_code"))
        .col(text("checksum"))
        .col(blob("residents"))
        .col(integer("points"))
        .col(double("persons"))
        .col(text("source"))
        .col(boolean("is_current"))
        .col(big_integer("loaded_at"))
        .primary_key(Index::create().col("region_code").col("checksum"))
        .foreign_key(&mut of_region("residents_edition"))
        .check(Expr::cust("length(checksum) = 64"))
        .to_owned()
}

fn coverage_run() -> TableCreateStatement {
    Table::create()
        .table("coverage_run")
        .col(uuid("id").primary_key())
        .col(text("region_code"))
        .col(json("question"))
        .col(text_null("network_checksum"))
        .col(text_null("residents_checksum"))
        .col(big_integer("map_revision"))
        .col(blob("inputs"))
        .col(json("result"))
        .col(big_integer("run_at"))
        .foreign_key(&mut of_region("coverage_run"))
        .to_owned()
}
