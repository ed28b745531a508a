use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::clock::ClockSource;
use crate::huts::bluetooth::Meal;
use crate::huts::gateways::Envelope;
use crate::huts::registry::DeviceKind;

/// Readings of a hut, live or days later.
#[derive(ToSchema)]
#[schema(as = GatewayBatch)]
#[expect(dead_code, reason = "only its description is used; items are read one by one")]
pub(super) struct BatchDescription {
    gateway_id: Uuid,
    /// Larger than any before; drawn when the batch is sent, not when something is measured.
    #[schema(minimum = 1)]
    seq: i64,
    /// By the clock of the gateway, when the batch is sent.
    sent_at: DateTime<Utc>,
    #[schema(max_items = 500)]
    readings: Vec<GatewayReading>,
}

/// A batch whose items are not read yet, so that one that cannot be read does not spoil the others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    gateway_id: Uuid,
    seq: i64,
    pub(super) sent_at: DateTime<Utc>,
    pub(super) readings: Vec<Box<RawValue>>,
}

/// One reading: the payload of a Bluetooth characteristic, or values.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewayReading {
    /// What the gateway calls it; the answer says it again.
    #[schema(max_length = 64)]
    pub(super) uid: String,
    /// Id of the device in the registry.
    pub(super) device_id: Uuid,
    pub(super) kind: DeviceKind,
    /// Payload in hexadecimal digits: 0x2A35 for blood pressure, 0x2A9D for weight, 0x2A18 for glucose, 0x2A5E
    /// for oxygen saturation, 0x2A1C for temperature.
    #[schema(max_length = 256)]
    pub(super) raw_hex: Option<String>,
    /// Payload of 0x2A34, which tells the meal of a glucose value.
    #[schema(max_length = 256)]
    pub(super) context_hex: Option<String>,
    /// Values by name: `systolic`, `diastolic`, `pulse`; `weight`, `height`; `glucose`; `spo2`, `pulse`;
    /// `temperature`; `waist`. Heights and waists are in centimetres, pulses in beats a minute.
    #[schema(value_type = Option<BTreeMap<String, f64>>)]
    pub(super) values: Option<BTreeMap<String, Number>>,
    /// Unit of the values: `mmHg` or `kPa`; `kg`, `g`, `jin` (斤) or `lb`; `mmol/L` or `mg/dL`; `%`; `Cel` or
    /// `[degF]`; `cm`.
    #[schema(max_length = 8)]
    pub(super) unit: Option<String>,
    /// How a glucose value stands to a meal.
    pub(super) meal: Option<Meal>,
    /// When it was measured; what the payload says where it is missing.
    pub(super) taken_at: Option<DateTime<Utc>>,
    pub(super) clock: ClockSource,
    /// What the clock of the device showed when the batch was sent, where that is known.
    pub(super) device_clock: Option<DateTime<Utc>>,
    /// The session that the gateway knows it belongs to.
    pub(super) session: Option<Uuid>,
}

/// What became of each reading, in the order in which they were sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchAnswer {
    pub(super) received_at: DateTime<Utc>,
    /// How far the clock of the gateway is behind, in milliseconds.
    pub(super) clock_offset_ms: i64,
    pub(super) items: Vec<ItemAnswer>,
}

/// What became of one reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = GatewayItemAnswer)]
pub(super) struct ItemAnswer {
    /// What the gateway calls it; missing where it could not be read.
    pub(super) uid: Option<String>,
    pub(super) status: ItemStatus,
    /// Why it was refused.
    pub(super) reason: Option<Refusal>,
    /// For the slip of whoever was measured; missing where it is known whose it is.
    pub(super) claim_code: Option<String>,
    /// When the values are forgotten if nobody asks for them.
    pub(super) claim_until: Option<DateTime<Utc>>,
}

/// What became of a reading. One that was sent before gets the answer of then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GatewayItemStatus)]
#[serde(rename_all = "snake_case")]
pub(super) enum ItemStatus {
    /// It is in the record of the person.
    Recorded,
    /// Nobody knows whose it is: there is a code for the slip.
    Unclaimed,
    /// The person is asked on the phone whether it is theirs.
    Asked,
    /// Nobody asked for it in time.
    Forgotten,
    /// It is no value; see the reason. Sending it again changes nothing.
    Refused,
    /// The device is not registered in this hut: register it and send the reading again.
    UnknownDevice,
}

/// Why a reading is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = GatewayRefusal)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    /// It is not what is needed here.
    BadItem,
    /// The device measures something else.
    WrongKind,
    /// The payload is cut off or no hexadecimal digits.
    BadPayload,
    /// The device says that it could not measure.
    MeasurementFailed,
    /// The value lies where the device cannot measure.
    OutOfDeviceRange,
    /// Control solution was measured.
    ControlSolution,
    /// A value is missing, has no such name, or is no decimal number.
    BadValues,
    /// The unit is none of those for this kind.
    BadUnit,
    /// Nobody says when it was measured.
    NoTime,
    /// It was measured more than five minutes from now.
    InFuture,
    /// It was measured more than 90 days ago.
    TooOld,
    /// No body has such a value: the person should measure again.
    ImpossibleValue,
}

impl Refusal {
    /// The word that is stored.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::BadItem => "bad_item",
            Self::WrongKind => "wrong_kind",
            Self::BadPayload => "bad_payload",
            Self::MeasurementFailed => "measurement_failed",
            Self::OutOfDeviceRange => "out_of_device_range",
            Self::ControlSolution => "control_solution",
            Self::BadValues => "bad_values",
            Self::BadUnit => "bad_unit",
            Self::NoTime => "no_time",
            Self::InFuture => "in_future",
            Self::TooOld => "too_old",
            Self::ImpossibleValue => "impossible_value",
        }
    }

    /// Reads the word that is stored.
    pub(super) fn read(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }
}

impl ItemAnswer {
    pub(super) fn refused(uid: Option<String>, reason: Refusal) -> Self {
        Self { reason: Some(reason), ..Self::of(uid, ItemStatus::Refused) }
    }

    pub(super) fn of(uid: Option<String>, status: ItemStatus) -> Self {
        Self { uid, status, reason: None, claim_code: None, claim_until: None }
    }
}

impl Envelope for Batch {
    type Described = BatchDescription;

    fn gateway_id(&self) -> Uuid {
        self.gateway_id
    }

    fn seq(&self) -> i64 {
        self.seq
    }

    fn sent_at(&self) -> DateTime<Utc> {
        self.sent_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read_as_it_was_stored() {
        for reason in [
            Refusal::BadItem,
            Refusal::WrongKind,
            Refusal::BadPayload,
            Refusal::MeasurementFailed,
            Refusal::OutOfDeviceRange,
            Refusal::ControlSolution,
            Refusal::BadValues,
            Refusal::BadUnit,
            Refusal::NoTime,
            Refusal::InFuture,
            Refusal::TooOld,
            Refusal::ImpossibleValue,
        ] {
            assert_eq!(Refusal::read(reason.as_str()), Some(reason));
        }
        assert_eq!(Refusal::read("something"), None);
    }
}
