use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::indicators::Indicator;

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FigureParameters {
    /// Civil month; the last that was counted where it is missing
    #[param(example = "2026-11")]
    pub(super) month: Option<String>,
}

/// Figures of one month for the regions that one is responsible for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowUpFigures {
    /// `null` where nothing was counted yet.
    pub(super) month: Option<String>,
    pub(super) counted_at: Option<DateTime<Utc>>,
    pub(super) regions: Vec<RegionFigures>,
}

/// Figures of one region with all below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpRegionFigures)]
pub(super) struct RegionFigures {
    pub(super) region_code: String,
    pub(super) figures: Vec<Figure>,
}

/// One figure. The numbers are `null` where they are too small to be told, or would let a small one be computed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FollowUpFigure)]
pub(super) struct Figure {
    pub(super) indicator: Indicator,
    pub(super) counted: Option<i64>,
    /// Of how many.
    pub(super) of: Option<i64>,
    /// In percent, to one decimal.
    pub(super) percent: Option<f64>,
    /// Of `hut_just_below` and `typed_just_below`: how many are counted for each that is not, to two decimals. That is
    /// the number from 130 to 139 divided by the number from 140 to 149; far above 1 it is a sign of help.
    pub(super) ratio: Option<f64>,
}
