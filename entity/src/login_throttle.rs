//! Failed log-ins of staff, counted.

use sea_orm::entity::prelude::*;

/// Failures of one user name from one address, of one address, or of one user name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_throttle")]
pub struct Model {
    /// Keyed hash of what is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_index: Vec<u8>,
    pub failures: i32,
    pub last_failed_at: ChronoUnixTimestampMillis,
    /// Until when attempts are refused unseen.
    pub blocked_until: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
