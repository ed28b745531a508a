//! The items of a batch as they are looked at: of which device, measured when, and how they are known again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::hut_device;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::clock::{ClockSource, Clocks, Impossible, Quality};
use super::decode::{self, Told};
use super::dto::{GatewayReading, ItemAnswer, ItemStatus, Refusal};
use crate::error::{ApiError, ApiResult};
use crate::huts::DIGEST_KEY;
use crate::huts::kept::Values;
use crate::state::AppState;
use crate::vault::CellAddress;

const LONGEST_UID: usize = 64;

/// The devices in use in a hut, each with the key of its digests.
pub(super) struct Devices(HashMap<Uuid, Device>);

struct Device {
    kind: hut_device::Kind,
    digest_key: Zeroizing<Vec<u8>>,
}

impl Devices {
    pub(super) async fn of(
        state: &AppState,
        connection: &impl ConnectionTrait,
        hut_id: Uuid,
    ) -> ApiResult<Self> {
        let rows = hut_device::Entity::find()
            .filter(hut_device::Column::HutId.eq(hut_id))
            .filter(hut_device::Column::Status.eq(hut_device::Status::Active))
            .all(connection)
            .await?;
        let mut devices = HashMap::with_capacity(rows.len());
        for row in rows {
            let address = CellAddress { column: DIGEST_KEY, row: row.id.as_bytes() };
            let digest_key = state.vault.open(connection, address, &row.digest_key_cell).await?;
            devices.insert(row.id, Device { kind: row.kind, digest_key });
        }
        Ok(Self(devices))
    }
}

/// An item of a device that is known: a value or the reason why it is none.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its place in the batch.
    pub(super) index: usize,
    pub(super) uid: String,
    pub(super) device_id: Uuid,
    pub(super) kind: hut_device::Kind,
    pub(super) taken_at: DateTime<Utc>,
    pub(super) measured_at: DateTime<Utc>,
    pub(super) clock: Quality,
    /// The session that the gateway named.
    pub(super) session_id: Option<Uuid>,
    pub(super) content: Result<Values, Refusal>,
    pub(super) digest: Vec<u8>,
    /// As it came.
    pub(super) raw: String,
}

impl Item {
    /// Whether its time is good enough to tell who sat there then.
    pub(super) fn is_timed(&self) -> bool {
        matches!(self.clock, Quality::Synced | Quality::Corrected)
    }
}

/// Looks at one item; what cannot be kept, because nobody knows of which device it is, is answered at once.
pub(super) fn look(
    devices: &Devices,
    clocks: Clocks,
    (index, raw): (usize, &RawValue),
) -> ApiResult<Result<Item, ItemAnswer>> {
    let Ok(reading) = serde_json::from_str::<GatewayReading>(raw.get()) else {
        return Ok(Err(ItemAnswer::refused(uid_of(raw), Refusal::BadItem)));
    };
    if reading.uid.chars().count() > LONGEST_UID {
        return Ok(Err(ItemAnswer::refused(Some(reading.uid), Refusal::BadItem)));
    }
    let Some(device) = devices.0.get(&reading.device_id) else {
        return Ok(Err(ItemAnswer::of(Some(reading.uid), ItemStatus::UnknownDevice)));
    };
    let told =
        if device.kind == reading.kind.into() { decode::told(&reading) } else { Err(Refusal::WrongKind) };
    let said_at = told.as_ref().ok().and_then(|told| told.taken_at).or(reading.taken_at);
    let source = match reading.taken_at {
        // The time of a payload is that of the device, whoever else is in step.
        None if reading.clock == ClockSource::Synced && reading.device_clock.is_none() => ClockSource::Synced,
        None => ClockSource::Device,
        Some(_) => reading.clock,
    };
    let timed = told.and_then(|Told { values, taken_at }| {
        let taken_at = taken_at.ok_or(Refusal::NoTime)?;
        let (measured_at, clock) = clocks.measured(taken_at, source, reading.device_clock).map_err(
            |impossible| match impossible {
                Impossible::InFuture => Refusal::InFuture,
                Impossible::TooOld => Refusal::TooOld,
            },
        )?;
        Ok((values, measured_at, clock))
    });
    let taken_at = said_at.unwrap_or(clocks.received_at);
    let (content, measured_at, clock) = match timed {
        Ok((values, measured_at, clock)) => (Ok(values), measured_at, clock),
        Err(refusal) => (Err(refusal), clocks.received_at, Quality::Unknown),
    };
    // Without a time, what was refused is known again by what was sent.
    let digest = digest(&device.digest_key, device.kind, said_at, content.as_ref().ok(), raw.get())?;
    Ok(Ok(Item {
        index,
        uid: reading.uid,
        device_id: reading.device_id,
        kind: device.kind,
        taken_at,
        measured_at,
        clock,
        session_id: reading.session,
        content,
        digest,
        raw: raw.get().to_owned(),
    }))
}

/// What the gateway calls an item, where at least that can be read.
fn uid_of(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        uid: String,
    }
    serde_json::from_str(raw.get()).ok().map(|Named { uid }| uid)
}

/// What a reading of a device is known again by: kind, time and values, whatever the gateway calls it.
fn digest(
    key: &[u8],
    kind: hut_device::Kind,
    taken_at: Option<DateTime<Utc>>,
    values: Option<&Values>,
    raw: &str,
) -> ApiResult<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_wrong_length| ApiError::Internal(anyhow::anyhow!("the key of a device is damaged")))?;
    let mut part = |bytes: &[u8]| {
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(bytes);
    };
    part(kind.to_value().as_bytes());
    part(&taken_at.map_or(i64::MIN, |at| at.timestamp_millis()).to_be_bytes());
    if let Some(values) = values {
        part(b"value");
        for quantity in &values.quantities {
            let whole = quantity.canonical().unwrap_or(i64::MIN);
            part(format!("{} {whole}", quantity.what.as_str()).as_bytes());
        }
    } else {
        part(b"raw");
        part(raw.as_bytes());
    }
    Ok(mac.finalize().into_bytes().to_vec())
}
