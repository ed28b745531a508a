use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which regions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RegionParameters {
    /// Only those directly below this region; all where it is missing.
    #[param(example = "440307009000")]
    pub(super) parent: Option<String>,
}

/// Regions by code, which puts each before those below it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegionList {
    pub(super) items: Vec<Region>,
    /// Always `null`: all regions come at once.
    pub(super) next: Option<String>,
}

/// One region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Region {
    /// Statistical code of 12 digits.
    #[schema(example = "440307009000")]
    pub(super) code: String,
    #[schema(example = "葵涌街道")]
    pub(super) name: String,
    /// Name without the kind of region.
    #[schema(example = "葵涌")]
    pub(super) short_name: String,
    /// `province`, `city`, `district`, `street` or `community`.
    pub(super) level: &'static str,
    /// The region above; `null` at the top.
    pub(super) parent_code: Option<String>,
    /// Inhabitants, where a figure was published.
    #[schema(minimum = 0)]
    pub(super) population: Option<i64>,
}
