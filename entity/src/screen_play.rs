//! What screens played.

use sea_orm::entity::prelude::*;

/// One play, as a player reported it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_play")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub screen_id: Uuid,
    /// Chosen by the player.
    #[sea_orm(primary_key, auto_increment = false)]
    pub play_uuid: Uuid,
    /// Key of the item, as in the manifest.
    pub asset: String,
    pub slot_id: Option<Uuid>,
    pub started_at: ChronoUnixTimestampMillis,
    pub ended_at: ChronoUnixTimestampMillis,
    pub completed: bool,
    pub received_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
