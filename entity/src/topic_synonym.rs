//! Words that people type when they mean a topic.

use sea_orm::entity::prelude::*;

/// One word of one topic.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topic_synonym")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: String,
}

impl ActiveModelBehavior for ActiveModel {}
