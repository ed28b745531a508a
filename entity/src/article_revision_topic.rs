//! What a revision of an article is about.

use sea_orm::entity::prelude::*;

/// One topic of one revision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_revision_topic")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: String,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
