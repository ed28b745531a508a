//! Which revision of an article the public sees, and when.

use sea_orm::entity::prelude::*;

/// The publication of one article.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_publication")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    /// Number of the revision.
    pub number: i32,
    pub published_at: ChronoUnixTimestampMillis,
    pub expire_at: Option<ChronoUnixTimestampMillis>,
    pub withdrawn_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
