//! What a reviewer has to have looked at.

use sea_orm::entity::prelude::*;

/// One line of the checklist.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    /// Display order, ascending.
    pub position: i32,
    pub enabled: bool,
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
