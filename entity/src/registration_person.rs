//! The people of registrations.

use sea_orm::entity::prelude::*;

use super::registration::Status;

/// One person of one registration. A person is signed up for an activity at most once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration_person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub registration_id: Uuid,
    pub activity_id: i32,
    pub person_id: Uuid,
    /// 1, 2, 3, … within the registration.
    pub position: i32,
    /// That of the registration, or cancelled where only this person gave the seat back.
    pub status: Status,
    /// Answers and declarations as JSON, sealed with the person's key.
    #[sea_orm(column_type = "Blob", nullable)]
    pub answers_cell: Option<Vec<u8>>,
    /// When a worker noted that staying away was excused.
    pub excused_at: Option<ChronoUnixTimestampMillis>,
    pub excused_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
