//! Addresses from which members of staff have logged in.

use sea_orm::entity::prelude::*;

/// An address that has proved to be somebody's own: guesses from elsewhere do not lock it out.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_known_address")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: Uuid,
    /// Keyed hash of the address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub address_index: Vec<u8>,
    pub last_seen_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
