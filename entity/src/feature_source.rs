//! Which records of which sources a place was made from.

use sea_orm::entity::prelude::*;

/// One record of a source that went into a place. It is how the next edition of the same source finds
/// the place again, and how the same edition changes nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_source")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub feature_id: i32,
    pub layer_id: String,
    /// Name of the source, for example a directory with its year.
    pub source: String,
    /// Identity of the record within its source.
    pub source_key: String,
    /// Fingerprint of the record as the source gave it; equal means nothing new.
    pub source_hash: String,
    pub imported_at: ChronoUnixTimestampMillis,
    #[sea_orm(belongs_to, from = "feature_id", to = "id")]
    pub feature: BelongsTo<super::feature::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
