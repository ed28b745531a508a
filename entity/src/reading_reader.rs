//! Who was counted today.

use sea_orm::entity::prelude::*;

/// A keyed hash of reader, article and day; gone when the day is over.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reading_reader")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Blob")]
    pub reader_key: Vec<u8>,
    pub day: Date,
}

impl ActiveModelBehavior for ActiveModel {}
