//! Readings of huts on their way to a person.

use sea_orm::entity::prelude::*;

use super::hut_device::Kind;

/// How far the time of a reading can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Clock {
    /// The clock was right.
    Synced,
    /// It was wrong, and is known by how much.
    Corrected,
    /// The device says so.
    Device,
    /// Nobody knows.
    Unknown,
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    /// It is in somebody's record.
    Recorded,
    /// Nobody knows whose it is.
    Unclaimed,
    /// It does not look like this person's, who is asked.
    Doubted,
    /// It is no value; kept for a while to find out why.
    Refused,
    /// Nobody asked for it in time.
    Forgotten,
}

/// One reading.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_reading")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    pub device_id: Uuid,
    pub gateway_id: Uuid,
    /// What was measured together.
    pub set_id: Uuid,
    pub kind: Kind,
    /// When it was measured, as the hut said.
    pub taken_at: ChronoUnixTimestampMillis,
    /// The same with what is known of the clocks.
    pub measured_at: ChronoUnixTimestampMillis,
    pub received_at: ChronoUnixTimestampMillis,
    pub clock: Clock,
    /// HMAC by which it is known again when it is sent twice.
    pub digest: Vec<u8>,
    pub state: State,
    /// Why it was refused.
    pub reason: Option<String>,
    pub session_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    /// HMAC of the code on the slip.
    pub code_digest: Option<Vec<u8>>,
    /// Sealed values, until they are in a record or forgotten.
    pub values_cell: Option<Vec<u8>>,
    /// When the values are forgotten.
    pub keep_until: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
