//! Log-ins of residents and staff.

use sea_orm::entity::prelude::*;

/// One log-in. Its refresh tokens are one family and end together.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    /// Stamp of the account when it logged in.
    pub security_stamp: Uuid,
    /// Kind of device in words the owner recognises.
    pub client: String,
    /// When the second factor was given.
    pub second_factor_at: Option<ChronoUnixTimestampMillis>,
    pub created_at: ChronoUnixTimestampMillis,
    pub last_used_at: ChronoUnixTimestampMillis,
    /// When it ends however much it is used.
    pub expires_at: ChronoUnixTimestampMillis,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    pub end_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
