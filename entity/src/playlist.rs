//! What plays one after the other.

use sea_orm::entity::prelude::*;

/// One playlist.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playlist")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose staff may change it.
    pub region_code: String,
    pub name: String,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
