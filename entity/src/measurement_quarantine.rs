//! Readings that cannot be any.

use sea_orm::entity::prelude::*;

use super::measurement::{EnteredAs, Source};

/// One reading that was turned away, as it came.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "measurement_quarantine")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// The name its sender gave it.
    pub uid: Uuid,
    pub received_at: ChronoUnixTimestampMillis,
    pub source: Source,
    pub hut_id: Option<i32>,
    pub device_id: Option<Uuid>,
    pub entered_as: EnteredAs,
    pub entered_by: Option<Uuid>,
    /// Why, as a stable word.
    pub reason: String,
    /// All of it, sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub reading_cell: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
