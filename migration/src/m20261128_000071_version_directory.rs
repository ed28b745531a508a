//! What else residents read can be edited: versions for `If-Match`, who may do it, and how often articles are
//! read to the end and passed on.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["service", "officer", "topic", "health_day_override"] {
            let version = integer("version").default(1).check(Expr::col("version").gte(1)).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(version).to_owned()).await?;
        }
        for count in ["finished_count", "shared_count"] {
            let column = integer(count).default(0).check(Expr::col(count).gte(0)).to_owned();
            manager.alter_table(Table::alter().table("reading_count").add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(PERMISSION).await?;
        Ok(())
    }
}

const PERMISSION: &str = "INSERT INTO role_permission (role_id, permission) SELECT id, 'directory.edit' FROM role \
     WHERE id IN ('region_admin', 'reviewer') ON CONFLICT DO NOTHING";
