//! What a health day is about.

use sea_orm::entity::prelude::*;

/// One topic of one health day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_day_topic")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub health_day_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: String,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
