//! Health days of the year, as rules.

use sea_orm::entity::prelude::*;

/// One health day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "health_day")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    /// Exactly one rule, such as `{"fixed": "03-20"}`.
    pub rule: Json,
    pub note: Option<String>,
    /// Whether the rule was checked.
    pub certain: bool,
    /// Display order within a date, ascending.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
