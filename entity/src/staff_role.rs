//! Which roles staff hold, and where.

use sea_orm::entity::prelude::*;

/// One role of one member of staff, for a region and all below it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    pub granted_at: ChronoUnixTimestampMillis,
    /// Who granted it; absent where the command line did.
    pub granted_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
