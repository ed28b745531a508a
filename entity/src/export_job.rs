//! Exports of everything that is stored about a person.

use sea_orm::entity::prelude::*;

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    Queued,
    Building,
    Ready,
    Failed,
    Expired,
}

/// One export.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who asked, and may fetch it.
    pub account_id: Uuid,
    /// Whom it is about.
    pub person_id: Uuid,
    pub state: State,
    /// How often it was begun.
    pub attempts: i32,
    /// Who builds or built it; names the file.
    pub claim_id: Option<Uuid>,
    /// Until when nobody else begins it.
    pub claimed_until: Option<ChronoUnixTimestampMillis>,
    /// Sealed key of the file.
    pub file_key_cell: Option<Vec<u8>>,
    pub size_bytes: Option<i64>,
    pub created_at: ChronoUnixTimestampMillis,
    pub ready_at: Option<ChronoUnixTimestampMillis>,
    pub expires_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
