//! Which media articles show.

use sea_orm::entity::prelude::*;

/// A medium that some revision of an article shows.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_media")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
