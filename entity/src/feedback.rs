//! What people who came thought of an activity.

use sea_orm::entity::prelude::*;

/// The feedback of one person, in stars from 1 to 5.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feedback")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub registration_person_id: Uuid,
    pub activity_id: i32,
    pub overall: i32,
    pub content: Option<i32>,
    pub lecturer: Option<i32>,
    pub venue: Option<i32>,
    /// Sealed with the person's key.
    #[sea_orm(column_type = "Blob", nullable)]
    pub comment_cell: Option<Vec<u8>>,
    pub given_at: ChronoUnixTimestampMillis,
    /// May be changed for some days.
    pub changed_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
