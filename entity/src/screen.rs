//! Screens in lobbies.

use sea_orm::entity::prelude::*;

/// Whether a screen is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Active,
    /// It was taken down.
    Retired,
}

/// One screen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    pub name: String,
    /// Where it hangs, in words.
    pub place: Option<String>,
    pub status: Status,
    /// What plays where no slot does.
    pub default_playlist_id: Option<Uuid>,
    /// In percent.
    pub volume: i32,
    /// Minute of the civil day from which it makes no sound.
    pub quiet_from_min: Option<i32>,
    pub quiet_until_min: Option<i32>,
    /// SHA-256 of the token of its player.
    #[sea_orm(unique)]
    pub token_hash: Option<Vec<u8>>,
    pub paired_at: Option<ChronoUnixTimestampMillis>,
    /// Kind of device that was paired.
    pub paired_device: Option<String>,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
