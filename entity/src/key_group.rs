//! Key groups (重点人群) that an activity can be for.

use sea_orm::entity::prelude::*;

/// One group: by age and sex, or as people say of themselves.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    /// Whether people must say that they belong to it; else age and sex tell.
    pub declared: bool,
    /// Whether saying so tells of one's health, which needs consent.
    pub about_health: bool,
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    pub sex: Option<super::person::Sex>,
    /// Display order, ascending.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
