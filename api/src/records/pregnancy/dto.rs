use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A pregnancy. One of the two days is enough.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPregnancy {
    /// First day of the last period.
    pub(super) last_period_on: Option<NaiveDate>,
    /// The day for which the birth is expected, as the hospital tells it.
    pub(super) due_on: Option<NaiveDate>,
    /// Weight before the pregnancy, kg.
    #[schema(value_type = Option<f64>, example = 54.5)]
    pub(super) weight_before_kg: Option<serde_json::Number>,
    /// Height, cm.
    #[schema(value_type = Option<f64>, example = 162)]
    pub(super) height_cm: Option<serde_json::Number>,
    /// Whether more than one child is expected; the limits for gaining weight hold for one only.
    #[serde(default)]
    pub(super) several_children: bool,
    /// The day it ended, by a birth or otherwise. From the day after, the usual limits hold again.
    pub(super) ended_on: Option<NaiveDate>,
}

/// A pregnancy as it was told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PregnancyView {
    /// First day of the last period; weeks count from it.
    pub(super) last_period_on: NaiveDate,
    /// 280 days later.
    pub(super) due_on: NaiveDate,
    pub(super) weight_before_kg: Option<f64>,
    pub(super) height_cm: Option<f64>,
    pub(super) several_children: bool,
    pub(super) ended_on: Option<NaiveDate>,
    /// Full weeks today; absent after the end.
    #[schema(example = 21)]
    pub(super) full_weeks: Option<i64>,
    pub(super) told_at: DateTime<Utc>,
}
