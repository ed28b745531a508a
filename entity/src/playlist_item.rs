//! What playlists consist of.

use sea_orm::entity::prelude::*;

/// A medium or the card of an article.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "playlist_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub playlist_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub media_id: Option<Uuid>,
    pub article_id: Option<i32>,
    /// Absent where a video takes as long as it takes, and where the usual time will do.
    pub duration_ms: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
