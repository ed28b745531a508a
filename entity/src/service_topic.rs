//! What a service helps with.

use sea_orm::entity::prelude::*;

/// One topic of one service.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_topic")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: String,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
