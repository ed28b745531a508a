use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::knowledge::dto::TopicName;

/// Which year to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HealthDaysParameters {
    /// Year from 2000 to 2100; the present one where it is missing.
    #[param(value_type = Option<u32>, minimum = 2000, maximum = 2100, example = 2026)]
    pub(super) year: Option<String>,
}

/// The health days of a year by date.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthDayList {
    pub(super) items: Vec<HealthDayItem>,
    /// Always `null`: a year comes at once.
    pub(super) next: Option<String>,
    /// The year.
    pub(super) year: i32,
}

/// A health day, week or month in one year.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::knowledge) struct HealthDayItem {
    /// Stable id.
    #[schema(example = "sleep_day")]
    pub(super) id: String,
    pub(super) title: String,
    /// The first day.
    pub(in crate::knowledge) starts_on: NaiveDate,
    /// The last day itself.
    pub(in crate::knowledge) ends_on: NaiveDate,
    /// The theme of the year, where one is known.
    pub(super) theme: Option<String>,
    /// What to know about the date.
    pub(super) note: Option<String>,
    /// Whether the date is certain; otherwise the notice of the year decides.
    pub(super) certain: bool,
    pub(super) topics: Vec<TopicName>,
}
