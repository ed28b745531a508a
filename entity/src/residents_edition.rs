//! Who lives where, as numbers without names.

use sea_orm::entity::prelude::*;

/// One edition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "residents_edition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// SHA-256 of `residents`, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub checksum: String,
    /// CSV as `geodata::coverage::Residents` writes them.
    #[sea_orm(column_type = "Blob")]
    pub residents: Vec<u8>,
    pub points: i32,
    pub persons: f64,
    /// Name of the file they come from.
    pub source: String,
    /// Whether coverage is computed with it; one edition of a region is.
    pub is_current: bool,
    pub loaded_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
