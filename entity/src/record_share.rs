//! Links with which a doctor sees a person's record.

use sea_orm::entity::prelude::*;

/// One link.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_share")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// Account.
    pub created_by: Uuid,
    /// SHA-256 of the secret in its address.
    pub token_hash: Vec<u8>,
    /// Whom it is for, sealed with the person's key.
    pub label_cell: Vec<u8>,
    /// First day that it shows.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    pub most_views: i32,
    pub views: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
    /// The last view.
    pub viewed_at: Option<ChronoUnixTimestampMillis>,
    pub revoked_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
