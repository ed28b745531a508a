//! Days on which slots do not play.

use sea_orm::entity::prelude::*;

/// One day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_slot_exception")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub on_date: Date,
}

impl ActiveModelBehavior for ActiveModel {}
