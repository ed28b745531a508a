//! How often articles were read.

use sea_orm::entity::prelude::*;

/// How many people read an article on a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reading_count")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    /// Empty where the phone told none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    pub count: i32,
    /// How many of them read to the end.
    pub finished_count: i32,
    /// How many of them passed it on.
    pub shared_count: i32,
}

impl ActiveModelBehavior for ActiveModel {}
