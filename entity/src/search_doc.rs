//! What can be searched for.

use sea_orm::entity::prelude::*;

/// One thing. Its tokens are in `search_index`, under the same number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_doc")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// `article`, `service`, `officer` or `place`.
    pub kind: String,
    /// Which of its kind.
    pub reference: String,
    pub published_at: ChronoUnixTimestampMillis,
    pub expire_at: Option<ChronoUnixTimestampMillis>,
    /// SHA-256 of the tokens.
    #[sea_orm(column_type = "Blob")]
    pub fingerprint: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
