//! When playlists play.

use sea_orm::entity::prelude::*;

/// What statutory holidays mean to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Holidays {
    /// Nothing.
    Any,
    /// It does not play on them.
    Except,
    /// It plays on no other day.
    Only,
}

/// One slot: a playlist with days and times, in the civil time of its region.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_slot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    pub name: String,
    pub playlist_id: Uuid,
    /// Bit 0 is Monday.
    pub weekdays: i32,
    /// Minutes of the civil day.
    pub begins_min: i32,
    /// No later than the beginning: on the next day.
    pub ends_min: i32,
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
    pub holidays: Holidays,
    /// The higher one plays.
    pub priority: i32,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
