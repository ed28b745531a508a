//! The values of a reading while nobody knows whose it is: sealed with the key of the installation.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::VALUES;
use super::bluetooth::{Doubt, Meal, Number, Quantity, Unit, What};
use crate::error::{ApiError, ApiResult};
use crate::vault::{CellAddress, Sealer, Vault};

/// How long values are kept for somebody to ask for them.
pub(super) const KEPT_FOR: TimeDelta = TimeDelta::hours(72);

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) quantities: Vec<Quantity>,
    pub(super) meal: Option<Meal>,
    pub(super) doubts: Vec<Doubt>,
}

/// What stands in the cell.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    values: Vec<KeptQuantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meal: Option<Meal>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<Doubt>,
    /// The code on the slip, to be told again where the answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    /// What was sent, where nothing could be made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct KeptQuantity {
    what: What,
    number: String,
    unit: Unit,
}

impl Kept {
    pub(super) fn of(values: &Values, code: Option<String>) -> Self {
        let kept = |quantity: &Quantity| KeptQuantity {
            what: quantity.what,
            number: quantity.number.to_string(),
            unit: quantity.unit,
        };
        Self {
            values: values.quantities.iter().map(kept).collect(),
            meal: values.meal,
            doubts: values.doubts.clone(),
            code,
            raw: None,
        }
    }

    /// What could not be understood, as it came.
    pub(super) fn raw(text: String) -> Self {
        Self { values: Vec::new(), meal: None, doubts: Vec::new(), code: None, raw: Some(text) }
    }

    pub(super) fn values(&self) -> ApiResult<Values> {
        let quantities = self.values.iter().map(|kept| {
            let number = kept.number.parse::<Number>().map_err(|_not_a_number| damaged())?;
            Ok(Quantity::new(kept.what, number, kept.unit))
        });
        Ok(Values {
            quantities: quantities.collect::<ApiResult<_>>()?,
            meal: self.meal,
            doubts: self.doubts.clone(),
        })
    }

    /// Seals it for a reading.
    pub(super) fn seal(&self, sealer: &Sealer, reading_id: Uuid) -> ApiResult<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(anyhow::Error::new)?;
        sealer.seal(CellAddress { column: VALUES, row: reading_id.as_bytes() }, &plain)
    }

    /// Opens the cell of a reading.
    pub(super) async fn open(
        connection: &impl ConnectionTrait,
        vault: &Vault,
        reading_id: Uuid,
        cell: &[u8],
    ) -> ApiResult<Self> {
        let address = CellAddress { column: VALUES, row: reading_id.as_bytes() };
        let plain = vault.open(connection, address, cell).await?;
        serde_json::from_slice(&plain).map_err(|_not_what_was_sealed| damaged())
    }
}

/// When values that arrived at `received_at` are forgotten.
pub(super) fn until(received_at: DateTime<Utc>) -> DateTime<Utc> {
    received_at + KEPT_FOR
}

fn damaged() -> ApiError {
    ApiError::Internal(anyhow::anyhow!("the values of a hut reading are damaged"))
}
