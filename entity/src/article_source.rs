//! What articles were imported from.

use sea_orm::entity::prelude::*;

/// How an import was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Format {
    /// Of a 公众号 article, 秀米, 135 or any other editor.
    Html,
    Docx,
    Markdown,
}

/// One import; its bytes are an object of the file store, named by the id.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The article whose first draft it became.
    pub article_id: Option<i32>,
    pub format: Format,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
    pub region_code: String,
    pub imported_by: Option<Uuid>,
    /// What was kept, simplified and removed.
    pub report: Json,
    pub created_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
