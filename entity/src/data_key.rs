//! Keys of cells, sealed with a master key that is not in the database.

use sea_orm::entity::prelude::*;

/// One key. Erasing a person is deleting the keys of that person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Whose cells it seals; the server's own where absent.
    pub person_id: Option<Uuid>,
    /// Which master key seals it.
    pub master_key_id: String,
    /// The sealed key.
    pub wrapped: Vec<u8>,
    pub created_at: ChronoUnixTimestampMillis,
    /// Since when no new cell is sealed with it.
    pub retired_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
