//! Where the audit log ends and begins.

use sea_orm::entity::prelude::*;

/// The one row that is locked while the log grows, so that its numbers have no gaps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Number of the last row; 0 before the first.
    pub seq: i64,
    /// Hash of the last row.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
    /// Number of the last row that was purged; 0 when none was.
    pub anchor_seq: i64,
    /// Hash of that row, which the first kept row continues.
    #[sea_orm(column_type = "Blob")]
    pub anchor_hash: Vec<u8>,
    /// When that row happened.
    pub anchor_at: Option<ChronoUnixTimestampMillis>,
    /// Signature of the server over the anchor.
    #[sea_orm(column_type = "Blob", nullable)]
    pub anchor_signature: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
