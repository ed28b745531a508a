//! Players that wait to be paired.

use sea_orm::entity::prelude::*;

/// One player that shows a code.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_pairing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// SHA-256 of the token that the player will have.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// Kind of device, so that whoever types the code sees what they pair.
    pub device: String,
    pub created_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
