//! What places were before they became what they are.

use sea_orm::entity::prelude::*;

/// A version of a place that was replaced. The newest version stands in `feature`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_revision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub feature_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub layer_id: String,
    pub region_code: String,
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub opening_hours: Option<String>,
    /// JSON array of words.
    pub facilities: Json,
    /// JSON array of `{name, kind, lon, lat}`.
    pub entrances: Json,
    /// Geometry as WKB in WGS-84.
    #[sea_orm(column_type = "Blob", nullable)]
    pub geometry: Option<Vec<u8>>,
    /// JSON object of whatever else was known.
    pub properties: Json,
    pub status: super::feature::Status,
    pub source: String,
    pub source_licence: Option<String>,
    pub demo: bool,
    /// Who made this version; absent where an import did.
    pub changed_by: Option<Uuid>,
    /// What they said about it.
    pub change_note: Option<String>,
    /// When this version was made.
    pub changed_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
