//! Devices in health huts.

use sea_orm::entity::prelude::*;

/// What a device measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// Blood pressure, mostly with the pulse.
    #[sea_orm(string_value = "blood_pressure")]
    BloodPressure,
    /// Weight, with some scales also height.
    #[sea_orm(string_value = "weight")]
    Weight,
    /// Height.
    #[sea_orm(string_value = "height")]
    Height,
    /// Glucose in capillary blood.
    #[sea_orm(string_value = "glucose")]
    Glucose,
    /// Oxygen saturation at the finger, mostly with the pulse.
    #[sea_orm(string_value = "spo2")]
    Spo2,
    /// Body temperature.
    #[sea_orm(string_value = "temperature")]
    Temperature,
    /// Waist.
    #[sea_orm(string_value = "waist")]
    Waist,
}

/// Whether a device is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Active,
    /// It was taken away.
    Retired,
}

/// One device.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_device")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    pub kind: Kind,
    pub name: String,
    pub serial: Option<String>,
    /// When it must have been calibrated.
    pub calibration_due: Option<Date>,
    /// Sealed key of the digests by which its readings are known again.
    pub digest_key_cell: Vec<u8>,
    pub status: Status,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
