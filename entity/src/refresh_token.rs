//! Refresh tokens, hashed.

use sea_orm::entity::prelude::*;

/// One refresh token of one session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub session_id: Uuid,
    pub issued_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
    /// When it was exchanged for its successor.
    pub used_at: Option<ChronoUnixTimestampMillis>,
    /// The successor, sealed with a key that only the holder of this token can derive: a repeated
    /// exchange within the grace period gets the same successor.
    pub successor_cell: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
