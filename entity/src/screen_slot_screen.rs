//! Screens for which slots are meant directly.

use sea_orm::entity::prelude::*;

/// One of them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_slot_screen")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub screen_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
