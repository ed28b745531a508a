//! Series of activities.

use sea_orm::entity::prelude::*;

use super::activity::Kind;

/// What is held again and again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_series")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub title: String,
    pub kind: Kind,
    pub region_code: String,
    /// How often a year it shall be held (一年不少于 11 场).
    pub target_per_year: Option<i32>,
    pub demo: bool,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
