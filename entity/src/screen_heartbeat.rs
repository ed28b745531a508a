//! What screens said last.

use sea_orm::entity::prelude::*;

/// What a screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Showing {
    /// Nothing yet.
    Starting,
    /// What the schedule says.
    Schedule,
    /// Its default playlist.
    Fallback,
    /// The slide that every player has.
    BuiltIn,
    /// An emergency message.
    Emergency,
}

/// The last sign of life of one screen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_heartbeat")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub screen_id: Uuid,
    pub seen_at: ChronoUnixTimestampMillis,
    pub player_version: String,
    pub showing: Showing,
    /// What it was playing.
    pub item: Option<String>,
    /// Whether it can go on without the network.
    pub offline_ready: bool,
    /// Whether a newer programme waits for its files.
    pub waits_for_files: bool,
    /// How far the clock of the device is behind that of the server.
    pub clock_offset_ms: Option<i64>,
    pub free_bytes: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
