//! Which key the indexes of an account are made with, so that the key can change while the server runs.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What there was before is made with the first key.
        let mut index_key = ColumnDef::new("index_key");
        index_key.integer().not_null().default(1).check(Expr::col("index_key").gte(1));
        manager.alter_table(Table::alter().table("account").add_column(index_key).to_owned()).await?;
        manager
            .create_index(
                Index::create().name("idx-account-index_key").table("account").col("index_key").to_owned(),
            )
            .await
    }
}
