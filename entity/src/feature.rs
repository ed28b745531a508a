//! Places and facilities on the health map.

use sea_orm::entity::prelude::*;

/// One place. Only `published` ones reach the public map.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feature")]
pub struct Model {
    /// At most nine digits: a map marker of the mini-program takes no longer number.
    #[sea_orm(primary_key)]
    pub id: i32,
    pub layer_id: String,
    pub region_code: String,
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    /// Opening hours in the syntax of OpenStreetMap.
    pub opening_hours: Option<String>,
    /// JSON array of words.
    pub facilities: Json,
    /// Geometry as WKB in WGS-84.
    #[sea_orm(column_type = "Blob", nullable)]
    pub geometry: Option<Vec<u8>>,
    /// JSON object of whatever else is known.
    pub properties: Json,
    pub status: Status,
    /// JSON array of `{code, message}`: why an officer should look before it is published.
    pub review_reasons: Json,
    /// Grows by one with every change.
    pub version: i32,
    /// Where the record comes from, for example the name of a directory.
    pub source: String,
    pub source_licence: Option<String>,
    /// Demonstration data, not a real place.
    pub demo: bool,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
    /// Who made this version; absent where an import did.
    pub changed_by: Option<Uuid>,
    /// What they said about it.
    pub change_note: Option<String>,
    #[sea_orm(belongs_to, from = "layer_id", to = "id")]
    pub layer: BelongsTo<super::layer::Entity>,
    #[sea_orm(belongs_to, from = "region_code", to = "code")]
    pub region: BelongsTo<super::region::Entity>,
    #[sea_orm(has_many)]
    pub entrances: HasMany<super::feature_entrance::Entity>,
    #[sea_orm(has_many)]
    pub sources: HasMany<super::feature_source::Entity>,
}

/// Where a place stands on its way to the public map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    Draft,
    NeedsReview,
    Published,
    Retired,
}

impl ActiveModelBehavior for ActiveModel {}
