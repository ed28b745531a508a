//! Pregnancies that women told.

use sea_orm::entity::prelude::*;

/// The latest pregnancy of a person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pregnancy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// Sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub pregnancy_cell: Vec<u8>,
    /// The account that told it.
    pub told_by: Uuid,
    pub told_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
