//! Pictures in other sizes.

use sea_orm::entity::prelude::*;

/// One size of a picture, served as `/media/{media_id}/{name}`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_variant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: Uuid,
    /// `320`, `750`, `1125` (widths in pixels) or `cover` (5:4).
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
    pub content_type: String,
    pub width: i32,
    pub height: i32,
}

impl ActiveModelBehavior for ActiveModel {}
