//! That workers were told of a screen that is silent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(screen_alarm()).await
    }
}

/// A screen has at most one alarm, which goes when the screen is heard of again.
fn screen_alarm() -> TableCreateStatement {
    Table::create()
        .table("screen_alarm")
        .col(uuid("screen_id").primary_key())
        .col(big_integer("silent_since"))
        .col(big_integer("told_at"))
        .check(Expr::cust("silent_since <= told_at"))
        .foreign_key(
            ForeignKey::create()
                .name("fk-screen_alarm-screen_id")
                .from("screen_alarm", "screen_id")
                .to("screen", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
