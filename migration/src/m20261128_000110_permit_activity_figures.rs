//! Who may read the numbers of activities: those who hold them, and those who supervise.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const READERS: [&str; 4] = ["region_admin", "activity_host", "indicator_clerk", "supervisor"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let roles = Query::select()
            .column("id")
            .expr(Expr::value("activities.figures"))
            .from("role")
            .and_where(Expr::col("id").is_in(READERS))
            .to_owned();
        let mut permit = Query::insert();
        permit.into_table("role_permission").columns(["role_id", "permission"]);
        permit.select_from(roles).map_err(|error| DbErr::Custom(error.to_string()))?;
        manager.execute(permit).await
    }
}
