//! Topics that residents browse, as a tree.

use sea_orm::entity::prelude::*;

/// One topic.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topic")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub parent_id: Option<String>,
    pub title: String,
    /// One plain sentence.
    pub description: String,
    /// Display order, ascending.
    pub position: i32,
    /// Grows by one with every change.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
