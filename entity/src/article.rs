//! Articles, videos and notices.

use sea_orm::entity::prelude::*;

/// One article; what it says is in its revisions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub kind: Kind,
    /// Where it is for, with all below; absent is everywhere.
    pub region_code: Option<String>,
    pub created_at: ChronoUnixTimestampMillis,
    /// Grows by one with everything that is done to it beside writing: review, publishing, the bin.
    pub version: i32,
    /// In the recycle bin since.
    pub binned_at: Option<ChronoUnixTimestampMillis>,
    /// State of what residents read in which this article changed last.
    pub changed_revision: i64,
}

/// What an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Article,
    Video,
    Notice,
}

impl ActiveModelBehavior for ActiveModel {}
