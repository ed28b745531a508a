//! What an editor knows better about a health day in one year.

use sea_orm::entity::prelude::*;

/// One year of one health day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_day_override")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub health_day_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    pub theme: Option<String>,
    pub starts_on: Option<Date>,
    /// The last day itself.
    pub ends_on: Option<Date>,
    /// Grows by one with every change.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
