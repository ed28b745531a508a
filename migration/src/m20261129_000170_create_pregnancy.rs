//! Pregnancies that women told, because other limits hold in them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(pregnancy()).await
    }
}

fn reference(column: &'static str, to: (&'static str, &'static str)) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk-pregnancy-{column}"))
        .from("pregnancy", column)
        .to(to.0, to.1)
        .to_owned()
}

/// The latest one of a person. Everything about it is sealed; that there is a row tells enough as it is.
fn pregnancy() -> TableCreateStatement {
    Table::create()
        .table("pregnancy")
        .col(uuid("person_id").primary_key())
        .col(blob("pregnancy_cell"))
        .col(uuid("told_by"))
        .col(big_integer("told_at"))
        .foreign_key(&mut reference("person_id", ("person", "id")))
        .foreign_key(&mut reference("told_by", ("account", "id")))
        .to_owned()
}
