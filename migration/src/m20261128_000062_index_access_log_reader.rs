//! Finds what somebody has read, to take their name out of the logs of others when they are erased.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("idx-access_log-reader_id")
                    .table("access_log")
                    .col("reader_id")
                    .to_owned(),
            )
            .await
    }
}
