use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person aims at.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGoal {
    /// Limits by code of the component; at least one.
    #[schema(example = json!({"systolic": {"to": 135}, "diastolic": {"to": 85}}))]
    pub(super) limits: BTreeMap<String, NewGoalLimits>,
    /// Code of the unit; the first of the catalogue where it is missing.
    pub(super) unit: Option<String>,
}

/// From and to, both included; at least one of them.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGoalLimits {
    #[schema(value_type = Option<f64>)]
    pub(super) from: Option<serde_json::Number>,
    #[schema(value_type = Option<f64>)]
    pub(super) to: Option<serde_json::Number>,
}

/// Every goal of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GoalList {
    pub(super) items: Vec<GoalView>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// A goal.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::records) struct GoalView {
    pub(super) metric: String,
    #[schema(example = "血压")]
    pub(super) name: String,
    /// Limits by code of the component, in the units of the catalogue.
    pub(super) limits: BTreeMap<String, GoalLimits>,
    pub(super) set_at: DateTime<Utc>,
    /// Whether the newest reading keeps within them; absent where there is none.
    pub(super) reached: Option<bool>,
}

/// From and to, both included.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GoalLimits {
    pub(super) from: Option<f64>,
    pub(super) to: Option<f64>,
}
