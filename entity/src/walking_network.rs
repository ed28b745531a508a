//! Streets and paths of a region for walkers.

use sea_orm::entity::prelude::*;

/// One edition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "walking_network")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// SHA-256 of `streets`, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub checksum: String,
    /// As `geodata::network::Streets` writes them.
    #[sea_orm(column_type = "Blob")]
    pub streets: Vec<u8>,
    pub nodes: i32,
    pub edges: i32,
    /// Name of the file they come from.
    pub source: String,
    /// Whether walks are computed on it; one edition of a region is.
    pub is_current: bool,
    pub loaded_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
