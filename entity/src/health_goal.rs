//! What persons aim at.

use sea_orm::entity::prelude::*;

/// One goal.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_goal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub metric: String,
    /// Sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub goal_cell: Vec<u8>,
    /// The account that set it.
    pub set_by: Uuid,
    pub set_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
