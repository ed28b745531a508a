//! What screens played, by the hour.

use sea_orm::entity::prelude::*;

/// Plays of one item on one screen that began within one hour.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_play_hour")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub screen_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// UTC milliseconds since 1970.
    pub hour_at: i64,
    pub plays: i32,
    pub completed: i32,
    pub played_ms: i64,
}

impl ActiveModelBehavior for ActiveModel {}
