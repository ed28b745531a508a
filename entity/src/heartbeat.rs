//! The row that readiness probes write to, to know that writes reach the disk.

use sea_orm::entity::prelude::*;

/// When a probe last wrote.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "heartbeat")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub beat: i64,
}

impl ActiveModelBehavior for ActiveModel {}
