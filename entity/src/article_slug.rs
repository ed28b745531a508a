//! Every slug an article ever had.

use sea_orm::entity::prelude::*;

/// One slug; the one that is not retired is in use.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_slug")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub article_id: i32,
    pub retired_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
