//! Pictures and papers of an activity.

use sea_orm::entity::prelude::*;

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// Shown in lists.
    Cover,
    /// Shown with the activity.
    Photo,
    /// For the office's own records (台账); staff see it.
    Evidence,
}

/// One picture or paper.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_media")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: Uuid,
    pub purpose: Purpose,
    pub caption: String,
    /// Display order, ascending.
    pub position: i32,
    pub added_by: Option<Uuid>,
    pub added_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
