//! Scans made without a network that did not fit.

use sea_orm::entity::prelude::*;

/// What did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Reason {
    /// This installation did not make the code.
    Forged,
    /// The code was too old when it was scanned.
    Stale,
    /// No such registration.
    UnknownTicket,
    /// The registration is for something else.
    WrongActivity,
    /// The activity was called off.
    ActivityCancelled,
    /// The registration was cancelled.
    Cancelled,
    /// The registration has no seat yet.
    Waiting,
    /// Another scan had let these people in.
    Already,
    /// Scanned outside the hours of check-in.
    OutOfTime,
}

/// How it was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Decision {
    /// They were there and are checked in.
    Admitted,
    /// Nothing follows from it.
    Dismissed,
}

/// One scan that staff have to look at.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in_conflict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub activity_id: i32,
    pub registration_id: Option<Uuid>,
    /// JSON array of rows of `registration_person`, empty where everybody was meant.
    pub people: Json,
    pub nonce: String,
    pub reason: Reason,
    /// Who scanned.
    pub staff_id: Uuid,
    pub device: Option<String>,
    pub scanned_at: ChronoUnixTimestampMillis,
    pub uploaded_at: ChronoUnixTimestampMillis,
    pub settled_at: Option<ChronoUnixTimestampMillis>,
    pub settled_by: Option<Uuid>,
    pub decision: Option<Decision>,
}

impl ActiveModelBehavior for ActiveModel {}
