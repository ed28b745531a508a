//! Who came.

use sea_orm::entity::prelude::*;

/// How an arrival was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Source {
    /// Staff scanned a ticket.
    Scan,
    /// Staff picked the person from the list.
    List,
    /// The resident did it at the venue.
    Own,
    /// Staff scanned without a network and uploaded it later.
    Offline,
    /// The person came without having signed up.
    WalkIn,
}

/// One arrival. One that was undone stays as evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub registration_person_id: Uuid,
    pub activity_id: i32,
    /// Made by the device; the same scan sent twice is one. A scan lets a whole family in.
    pub nonce: String,
    pub source: Source,
    pub staff_id: Option<Uuid>,
    /// What the device calls itself.
    pub device: Option<String>,
    /// When it happened.
    pub checked_in_at: ChronoUnixTimestampMillis,
    /// When the server learned of it.
    pub recorded_at: ChronoUnixTimestampMillis,
    pub reverted_at: Option<ChronoUnixTimestampMillis>,
    pub reverted_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
