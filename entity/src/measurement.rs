//! Readings of persons.

use sea_orm::entity::prelude::*;

/// How well the instant of a reading is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Clock {
    /// By a clock that is set from the network.
    Synced,
    /// By the clock of a device.
    Device,
    /// By the clock of a device whose error was known and taken out.
    Corrected,
    /// Somebody said when.
    Told,
    /// Nobody knows how well.
    Unknown,
}

/// Where a reading comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Source {
    /// Typed by the person or somebody who acts for them.
    #[sea_orm(string_value = "own")]
    Own,
    /// A device at home.
    #[sea_orm(string_value = "device")]
    Device,
    /// A health hut.
    #[sea_orm(string_value = "hut")]
    Hut,
    /// Typed by a member of staff.
    #[sea_orm(string_value = "staff")]
    Staff,
    /// Brought from another system.
    #[sea_orm(string_value = "import")]
    Import,
    /// Counted by WeChat.
    #[sea_orm(string_value = "wechat")]
    Wechat,
}

/// As whom somebody entered a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum EnteredAs {
    /// The person.
    Own,
    /// The guardian of a minor.
    Guardian,
    /// Keeps the record of an adult without an account.
    Caretaker,
    /// Holds a proxy.
    Proxy,
    /// A member of staff.
    Staff,
    /// A gateway of a hut, without a person.
    Gateway,
}

/// Whether a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Validity {
    /// It counts.
    Valid,
    /// A corrected one took its place.
    Replaced,
    /// The owner deleted it; nothing of its value is left.
    Deleted,
}

/// One reading. Nothing of a value stands outside of the cell.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "measurement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub metric: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// UTC milliseconds since 1970; a plain number, because it is part of the key.
    pub measured_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Minutes east of UTC where it was measured.
    pub offset_min: i32,
    pub received_at: ChronoUnixTimestampMillis,
    pub clock: Clock,
    pub source: Source,
    pub hut_id: Option<i32>,
    pub device_id: Option<Uuid>,
    pub entered_as: EnteredAs,
    /// The account or the member of staff; none for a gateway.
    pub entered_by: Option<Uuid>,
    /// The name its sender gave it; the same one is the same reading.
    pub uid: Uuid,
    pub validity: Validity,
    /// The reading that took its place.
    pub replaced_by: Option<Uuid>,
    /// When it stopped to count.
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    /// Sealed with the person's key.
    #[sea_orm(column_type = "Blob", nullable)]
    pub value_cell: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
