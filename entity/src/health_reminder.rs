//! When persons are reminded to measure.

use sea_orm::entity::prelude::*;

/// One time of the day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_reminder")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// Who is told.
    pub account_id: Uuid,
    /// What is to be measured, sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub plan_cell: Vec<u8>,
    /// Minutes after midnight in China.
    pub minute_of_day: i32,
    /// Monday is 1, Tuesday 2, Sunday 64.
    pub weekdays: i32,
    pub enabled: bool,
    /// When the next message is due.
    pub next_at: ChronoUnixTimestampMillis,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
