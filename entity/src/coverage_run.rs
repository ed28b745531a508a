//! Coverage as it was computed, with what it was computed from.

use sea_orm::entity::prelude::*;

/// One computation.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// Preset with its mode, speed and distance, layers, and what else was asked for.
    pub question: Json,
    /// Edition of `walking_network`.
    pub network_checksum: Option<String>,
    /// Edition of `residents_edition`.
    pub residents_checksum: Option<String>,
    pub map_revision: i64,
    /// Places, closures and links as JSON, compressed.
    #[sea_orm(column_type = "Blob")]
    pub inputs: Vec<u8>,
    pub result: Json,
    pub run_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
