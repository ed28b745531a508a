//! Addresses of residents' own calendars.

use sea_orm::entity::prelude::*;

/// One address; whoever knows its secret sees the resident's activities until it is revoked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// SHA-256 of the secret.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    pub created_at: ChronoUnixTimestampMillis,
    pub revoked_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
