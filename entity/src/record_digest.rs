//! What the rules of officers need to know of a person.

use sea_orm::entity::prelude::*;

/// The digest of one person's readings.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_digest")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// When the newest reading that counts was measured.
    pub last_measured_at: ChronoUnixTimestampMillis,
    /// Sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub digest_cell: Vec<u8>,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
