//! What stands sealed in the cell of a reading.

use serde::{Deserialize, Serialize};

use super::context::Context;
use crate::assessment::Finding;
use crate::error::{ApiError, ApiResult};
use crate::vault::Column;

/// Where the values of readings stand sealed.
pub const VALUE: Column = Column { table: "measurement", column: "value_cell" };
/// Where readings that were turned away stand sealed.
pub const QUARANTINED: Column = Column { table: "measurement_quarantine", column: "reading_cell" };

/// Everything about a reading that is a value. Names are short: there are millions of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// One for each number, in the order of the catalogue.
    #[serde(rename = "v")]
    pub parts: Vec<Part>,
    /// How it was measured.
    #[serde(rename = "c", skip_serializing_if = "Context::is_empty", default)]
    pub context: Context,
    /// Why it was asked again before it was taken, as a stable word.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    pub doubt: Option<String>,
    /// What it was found to be on the day it came, by the standards of the day it was measured.
    #[serde(rename = "f", skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// One number: component, canonical steps, and value and unit as they were told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part(pub String, pub i64, pub String, pub String);

impl Content {
    /// Canonical steps of a component.
    pub fn steps(&self, component: &str) -> Option<i64> {
        self.parts.iter().find(|part| part.0 == component).map(|part| part.1)
    }

    pub(super) fn to_bytes(&self) -> ApiResult<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| ApiError::Internal(error.into()))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> ApiResult<Self> {
        // The error of serde would tell what stands there.
        serde_json::from_slice(bytes)
            .map_err(|_cause| ApiError::Internal(anyhow::anyhow!("a cell of a reading is damaged")))
    }
}
