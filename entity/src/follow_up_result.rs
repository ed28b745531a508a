//! Calls of officers.

use sea_orm::entity::prelude::*;

use super::follow_up::Outcome;

/// One call; never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up_result")]
pub struct Model {
    /// Made by whoever notes it, so that the same call sent twice is one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub staff_id: Uuid,
    pub outcome: Outcome,
    pub called_at: ChronoUnixTimestampMillis,
    pub next_on: Date,
    /// Reasons and note, sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub detail_cell: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
