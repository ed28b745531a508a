//! Figures about those who share their records with health officers.

use sea_orm::entity::prelude::*;

/// One figure of one region in one month. The row without a region says that the month was counted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up_figure")]
pub struct Model {
    /// Civil month, `2026-11`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator: String,
    /// Absent where it may not be told.
    pub counted: Option<i64>,
    pub of: Option<i64>,
    pub counted_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
