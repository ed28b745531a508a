//! Readings that officers are to see at once.

use sea_orm::entity::prelude::*;

/// One alert about one reading.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_alert")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    #[sea_orm(unique)]
    pub measurement_id: Uuid,
    pub measured_at: ChronoUnixTimestampMillis,
    pub raised_at: ChronoUnixTimestampMillis,
    /// What it is about, sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub detail_cell: Vec<u8>,
    pub settled_at: Option<ChronoUnixTimestampMillis>,
    pub settled_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
