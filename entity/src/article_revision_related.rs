//! What else to read.

use sea_orm::entity::prelude::*;

/// One article that a revision points to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_revision_related")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
