//! Codes that residents show to a hut.

use sea_orm::entity::prelude::*;

/// One code, good once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_person_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who will measure.
    pub person_id: Uuid,
    /// Whose phone shows it.
    pub account_id: Uuid,
    /// SHA-256 of the code.
    #[sea_orm(unique)]
    pub code_hash: Vec<u8>,
    pub expires_at: ChronoUnixTimestampMillis,
    pub used_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
