//! What lies in the first-aid box of a hut.

use sea_orm::entity::prelude::*;

/// One kind of thing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_supply")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    /// Display order, ascending.
    pub position: i32,
    pub name: String,
    pub quantity: i32,
    pub expires_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
