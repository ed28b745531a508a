//! What officers changed on the streets of a region.

use sea_orm::entity::prelude::*;

/// What an edit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    /// What it meets cannot be walked.
    Closure,
    /// A way that the streets lack.
    Link,
}

/// One closure or link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "walking_edit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub kind: Kind,
    pub region_code: String,
    /// WKB in WGS-84.
    #[sea_orm(column_type = "Blob")]
    pub geometry: Vec<u8>,
    pub reason: String,
    /// From when it holds; always where it is missing.
    pub from_at: Option<ChronoUnixTimestampMillis>,
    /// When it ends.
    pub until_at: Option<ChronoUnixTimestampMillis>,
    pub version: i32,
    /// Member of staff.
    pub created_by: Uuid,
    pub created_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
