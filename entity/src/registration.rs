//! Who is signed up, and who waits.

use sea_orm::entity::prelude::*;

/// How it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Channel {
    /// A resident signed up.
    Own,
    /// A worker signed somebody up beforehand.
    #[sea_orm(string_value = "staff")]
    Staff,
    /// Somebody came without having signed up.
    #[sea_orm(string_value = "walk_in")]
    WalkIn,
}

/// How somebody whom a worker signed up agreed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ConsentKind {
    InPerson,
    ByPhone,
    Written,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// Holds seats.
    Confirmed,
    /// In line.
    Waiting,
    /// Holds seats until the offer is accepted or expires.
    Offered,
    /// Over.
    Cancelled,
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum EndReason {
    ByResident,
    ByStaff,
    OfferExpired,
    ActivityCancelled,
    Erased,
}

/// People who are signed up together, in one call.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub activity_id: i32,
    /// Whose registration it is and who is told; absent for people without an account.
    pub account_id: Option<Uuid>,
    /// The worker who signed them up.
    pub staff_id: Option<Uuid>,
    pub channel: Channel,
    pub consent_kind: Option<ConsentKind>,
    /// What the worker noted about the consent, sealed with the key of the first person.
    #[sea_orm(column_type = "Blob", nullable)]
    pub consent_note_cell: Option<Vec<u8>>,
    /// Number to call, told to a worker; sealed with the key of the first person.
    #[sea_orm(column_type = "Blob", nullable)]
    pub contact_phone_cell: Option<Vec<u8>>,
    pub status: Status,
    /// How many people are signed up or were, at the end.
    pub seats: i32,
    /// Place in line that was given to it; kept when it gets its seats.
    pub wait_number: Option<i64>,
    pub offer_expires_at: Option<ChronoUnixTimestampMillis>,
    /// When it got its seats.
    pub confirmed_at: Option<ChronoUnixTimestampMillis>,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    pub end_reason: Option<EndReason>,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
