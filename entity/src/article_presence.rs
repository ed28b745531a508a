//! Who is writing at an article.

use sea_orm::entity::prelude::*;

/// One member of staff at one article.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_presence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: Uuid,
    pub seen_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
