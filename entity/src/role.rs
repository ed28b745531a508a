//! Roles of staff.

use sea_orm::entity::prelude::*;

/// One role; what it permits is in `role_permission`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    /// Whether its holders need a second factor.
    pub needs_second_factor: bool,
    /// Order in lists.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
