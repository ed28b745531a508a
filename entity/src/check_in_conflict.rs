//! Scans made without a network that did not fit.

use sea_orm::entity::prelude::*;

/// What did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Reason {
    UnknownTicket,
    Already,
    Cancelled,
    Waiting,
    OutOfTime,
}

/// One scan that staff have to look at.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in_conflict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub activity_id: i32,
    pub registration_person_id: Option<Uuid>,
    #[sea_orm(unique)]
    pub nonce: String,
    pub reason: Reason,
    /// Who scanned.
    pub staff_id: Uuid,
    pub device: Option<String>,
    pub scanned_at: ChronoUnixTimestampMillis,
    pub uploaded_at: ChronoUnixTimestampMillis,
    pub settled_at: Option<ChronoUnixTimestampMillis>,
    pub settled_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
