//! When first-aid boxes were looked through.

use sea_orm::entity::prelude::*;

/// One check; never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_box_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    pub checked_by: Uuid,
    pub checked_at: ChronoUnixTimestampMillis,
    /// Whether nothing was missing or out of date.
    pub complete: bool,
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
