//! Photos of places.

use sea_orm::entity::prelude::*;

/// One picture of one place.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_photo")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub feature_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: Uuid,
    /// Display order, ascending from 1.
    pub position: i32,
    pub caption: String,
    /// Who took it.
    pub credit: String,
    pub added_by: Option<Uuid>,
    pub added_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
