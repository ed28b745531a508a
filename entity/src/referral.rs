//! Persons who were sent to a doctor.

use sea_orm::entity::prelude::*;

/// One referral with the slip that comes back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "referral")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub region_code: String,
    pub referred_by: Uuid,
    pub referred_at: ChronoUnixTimestampMillis,
    /// Where to and why, sealed with the person's key.
    #[sea_orm(column_type = "Blob")]
    pub slip_cell: Vec<u8>,
    pub returned_at: Option<ChronoUnixTimestampMillis>,
    pub returned_by: Option<Uuid>,
    /// What the doctor did, sealed with the person's key.
    #[sea_orm(column_type = "Blob", nullable)]
    pub return_cell: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
