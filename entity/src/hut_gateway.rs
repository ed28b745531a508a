//! Gateways: the boxes that send what the devices of a hut measured.

use sea_orm::entity::prelude::*;

/// Whether a gateway is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Active,
    /// Its key was taken away.
    Revoked,
}

/// One gateway.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_gateway")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    pub name: String,
    pub status: Status,
    /// Sealed key that it signs with.
    pub key_cell: Option<Vec<u8>>,
    pub key_issued_at: Option<ChronoUnixTimestampMillis>,
    /// Sealed key before the last rotation, while it still counts.
    pub former_key_cell: Option<Vec<u8>>,
    pub former_key_until: Option<ChronoUnixTimestampMillis>,
    /// Largest sequence number that was used.
    pub last_seq: i64,
    /// Bit n: whether `last_seq - n` was used.
    pub seen_seqs: i64,
    pub seen_at: Option<ChronoUnixTimestampMillis>,
    /// How far its clock was behind when it was last heard of.
    pub clock_offset_ms: Option<i64>,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
