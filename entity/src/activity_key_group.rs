//! Whom an activity is for.

use sea_orm::entity::prelude::*;

/// One of the groups whose members may come.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_key_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_group_id: String,
}

impl ActiveModelBehavior for ActiveModel {}
