//! Pictures, videos and spoken texts.

use sea_orm::entity::prelude::*;

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Image,
    Video,
    Audio,
}

/// One medium. Its file is served as `/media/{id}/original`; its bytes never change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// UUIDv7; names the folder of its objects.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: Kind,
    /// SHA-256 of what was uploaded: the same file uploaded again is the same medium.
    #[sea_orm(unique)]
    pub source_sha256: Vec<u8>,
    /// SHA-256 of the file that is served as `original`.
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
    pub content_type: String,
    /// In pixels, as shown (after rotation); absent for sound.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// Absent for pictures.
    pub duration_ms: Option<i64>,
    /// What a picture or video shows, for those who do not see it; at most 200 characters.
    pub alt: Option<String>,
    /// What is said, or stands on the slides.
    #[sea_orm(column_type = "Text", nullable)]
    pub transcript: Option<String>,
    /// The picture shown before a video plays.
    pub poster_id: Option<Uuid>,
    /// Whose staff may change it.
    pub region_code: String,
    /// Absent for what was seeded.
    pub uploaded_by: Option<Uuid>,
    /// Raised by each change of its texts and poster.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
