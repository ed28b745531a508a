use chrono::{DateTime, NaiveDate, Utc};
use entity::{hut, hut_box_check, hut_device, hut_gateway, hut_supply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::standing::Attention;
use crate::http::patch::Patch;
use crate::opening::Opening;

/// A hut in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hut)]
pub(super) struct HutView {
    pub(super) id: Uuid,
    /// The place on the map.
    pub(super) feature_id: i32,
    pub(super) region_code: String,
    pub(super) name: String,
    pub(super) address: Option<String>,
    /// Whether it is open now, by the hours of the place.
    pub(super) opening: Opening,
    pub(super) keeper: Option<HutKeeper>,
    pub(super) note: Option<String>,
    pub(super) status: HutStatus,
    /// What needs somebody.
    pub(super) attention: Vec<Attention>,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Who looks after a hut.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutKeeper {
    pub(super) staff_id: Uuid,
    pub(super) display_name: String,
}

/// Whether people can measure themselves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HutStatus {
    Open,
    /// It was given up.
    Closed,
}

/// Huts, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutList {
    pub(super) items: Vec<HutView>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A hut with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutDetail {
    #[serde(flatten)]
    pub(super) hut: HutView,
    pub(super) devices: Vec<HutDevice>,
    pub(super) gateways: Vec<HutGatewayState>,
    pub(super) first_aid_box: FirstAidBox,
}

/// What a device measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::huts) enum DeviceKind {
    /// Blood pressure, mostly with the pulse.
    BloodPressure,
    /// Weight, with some scales also height.
    Weight,
    Height,
    /// Glucose in capillary blood.
    Glucose,
    /// Oxygen saturation at the finger, mostly with the pulse.
    Spo2,
    Temperature,
    Waist,
}

/// A device of a hut.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutDevice {
    pub(super) id: Uuid,
    pub(super) kind: DeviceKind,
    pub(super) name: String,
    pub(super) serial: Option<String>,
    /// When it must have been calibrated.
    pub(super) calibration_due: Option<NaiveDate>,
    pub(super) status: HutDeviceStatus,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
}

/// Whether a device is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HutDeviceStatus {
    Active,
    /// It was taken away; what it still sends is refused.
    Retired,
}

/// A gateway of a hut, without its key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutGatewayState {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// Whether it was revoked.
    pub(super) revoked: bool,
    pub(super) key_issued_at: Option<DateTime<Utc>>,
    /// Until when the key before the last rotation counts.
    pub(super) former_key_until: Option<DateTime<Utc>>,
    pub(super) seen_at: Option<DateTime<Utc>>,
    /// How far its clock was behind when it was last heard of.
    pub(super) clock_offset_ms: Option<i64>,
}

/// The first-aid box of a hut.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FirstAidBox {
    pub(super) supplies: Vec<FirstAidSupply>,
    pub(super) last_check: Option<FirstAidCheck>,
}

/// One kind of thing in a first-aid box.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstAidSupply {
    #[schema(min_length = 1, max_length = 40, example = "创可贴")]
    pub(super) name: String,
    #[schema(minimum = 0, maximum = 9999)]
    pub(super) quantity: i32,
    pub(super) expires_on: Option<NaiveDate>,
}

/// What lies in a first-aid box, in the order of the list that hangs in it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstAidContent {
    #[schema(max_items = 100)]
    pub(super) supplies: Vec<FirstAidSupply>,
}

/// A look through a first-aid box.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FirstAidCheck {
    pub(super) id: Uuid,
    pub(super) checked_by: Uuid,
    pub(super) checked_at: DateTime<Utc>,
    /// Whether nothing was missing or out of date.
    pub(super) complete: bool,
    pub(super) note: Option<String>,
}

/// Looks through first-aid boxes, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FirstAidCheckList {
    pub(super) items: Vec<FirstAidCheck>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// What a look through a first-aid box showed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFirstAidCheck {
    pub(super) complete: bool,
    #[schema(max_length = 200)]
    pub(super) note: Option<String>,
}

/// A new hut.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHut {
    /// A published place of the layer `health_hut`.
    pub(super) feature_id: i32,
    pub(super) keeper_id: Option<Uuid>,
    #[schema(max_length = 200)]
    pub(super) note: Option<String>,
}

/// What is to be changed; what is missing stays, `null` removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutChange {
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(super) keeper_id: Patch<Uuid>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub(super) note: Patch<String>,
    pub(super) status: Option<HutStatus>,
}

/// A new device.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHutDevice {
    pub(super) kind: DeviceKind,
    #[schema(min_length = 1, max_length = 40, example = "全自动臂筒式血压计")]
    pub(super) name: String,
    #[schema(max_length = 60)]
    pub(super) serial: Option<String>,
    pub(super) calibration_due: Option<NaiveDate>,
}

/// What is to be changed; what is missing stays, `null` removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutDeviceChange {
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 60)]
    pub(super) serial: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub(super) calibration_due: Patch<NaiveDate>,
    pub(super) status: Option<HutDeviceStatus>,
}

impl From<hut::Status> for HutStatus {
    fn from(status: hut::Status) -> Self {
        match status {
            hut::Status::Open => Self::Open,
            hut::Status::Closed => Self::Closed,
        }
    }
}

impl From<HutStatus> for hut::Status {
    fn from(status: HutStatus) -> Self {
        match status {
            HutStatus::Open => Self::Open,
            HutStatus::Closed => Self::Closed,
        }
    }
}

impl From<hut_device::Kind> for DeviceKind {
    fn from(kind: hut_device::Kind) -> Self {
        match kind {
            hut_device::Kind::BloodPressure => Self::BloodPressure,
            hut_device::Kind::Weight => Self::Weight,
            hut_device::Kind::Height => Self::Height,
            hut_device::Kind::Glucose => Self::Glucose,
            hut_device::Kind::Spo2 => Self::Spo2,
            hut_device::Kind::Temperature => Self::Temperature,
            hut_device::Kind::Waist => Self::Waist,
        }
    }
}

impl From<DeviceKind> for hut_device::Kind {
    fn from(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::BloodPressure => Self::BloodPressure,
            DeviceKind::Weight => Self::Weight,
            DeviceKind::Height => Self::Height,
            DeviceKind::Glucose => Self::Glucose,
            DeviceKind::Spo2 => Self::Spo2,
            DeviceKind::Temperature => Self::Temperature,
            DeviceKind::Waist => Self::Waist,
        }
    }
}

impl From<hut_device::Model> for HutDevice {
    fn from(row: hut_device::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.into(),
            name: row.name,
            serial: row.serial,
            calibration_due: row.calibration_due,
            status: match row.status {
                hut_device::Status::Active => HutDeviceStatus::Active,
                hut_device::Status::Retired => HutDeviceStatus::Retired,
            },
            version: row.version,
        }
    }
}

impl From<HutDeviceStatus> for hut_device::Status {
    fn from(status: HutDeviceStatus) -> Self {
        match status {
            HutDeviceStatus::Active => Self::Active,
            HutDeviceStatus::Retired => Self::Retired,
        }
    }
}

impl From<hut_gateway::Model> for HutGatewayState {
    fn from(row: hut_gateway::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            revoked: row.status == hut_gateway::Status::Revoked,
            key_issued_at: row.key_issued_at.map(|at| *at),
            former_key_until: row.former_key_until.map(|at| *at),
            seen_at: row.seen_at.map(|at| *at),
            clock_offset_ms: row.clock_offset_ms,
        }
    }
}

impl From<hut_supply::Model> for FirstAidSupply {
    fn from(row: hut_supply::Model) -> Self {
        Self { name: row.name, quantity: row.quantity, expires_on: row.expires_on }
    }
}

impl From<hut_box_check::Model> for FirstAidCheck {
    fn from(row: hut_box_check::Model) -> Self {
        Self {
            id: row.id,
            checked_by: row.checked_by,
            checked_at: *row.checked_at,
            complete: row.complete,
            note: row.note,
        }
    }
}
