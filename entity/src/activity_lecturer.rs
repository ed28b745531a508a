//! Who speaks at an activity.

use sea_orm::entity::prelude::*;

/// One lecturer of one activity.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_lecturer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lecturer_id: i32,
    /// Display order, ascending.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
