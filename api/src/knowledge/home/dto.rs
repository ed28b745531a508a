use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::knowledge::articles::dto::ArticleSummary;
use crate::knowledge::dto::TopicName;
use crate::knowledge::health_days::dto::HealthDayItem;
use crate::knowledge::officers::dto::OfficerItem;
use crate::knowledge::services::dto::ServiceItem;

/// Whose first screen.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HomeParameters {
    /// Region that the resident has chosen.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// Everything the first screen shows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Home {
    /// The chosen region.
    pub(super) region: Option<HomeRegion>,
    /// The civil day there.
    pub(super) date: NaiveDate,
    /// Health days, weeks and months of today; the shortest first.
    pub(super) health_days: Vec<HealthDayItem>,
    /// The next ones.
    pub(super) next_health_days: Vec<HealthDayItem>,
    /// What fits the health days of today, then the newest.
    pub(super) articles: Vec<ArticleSummary>,
    /// Notices of the office, the newest first.
    pub(super) notices: Vec<ArticleSummary>,
    /// Hotlines, the most urgent first.
    pub(super) hotlines: Vec<ServiceItem>,
    /// Doors to other apps.
    pub(super) app_links: Vec<ServiceItem>,
    /// Health officers of the region; empty where none was chosen.
    pub(super) officers: Vec<OfficerItem>,
    /// The topics at the top of the tree.
    pub(super) topics: Vec<TopicName>,
}

/// The chosen region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HomeRegion {
    pub(super) code: String,
    pub(super) name: Option<String>,
}
