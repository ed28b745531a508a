use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::opening::Opening;

/// Which officers to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfficersParameters {
    /// Officers of this region and of those below it.
    #[param(example = "440307009000")]
    pub(super) region: Option<String>,
}

/// Health officers in display order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfficerList {
    pub(super) items: Vec<OfficerItem>,
    /// Always `null`: all officers come at once.
    pub(super) next: Option<String>,
}

/// A post of a health officer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::knowledge) struct OfficerItem {
    /// Stable id.
    pub(super) id: String,
    pub(super) region_code: String,
    /// Where the post is.
    pub(super) unit: String,
    /// What the post is called.
    #[schema(example = "健康专干")]
    pub(super) role: String,
    /// `null` where the community has not filled it in.
    pub(super) name: Option<String>,
    /// `null` where the community has not filled it in.
    pub(super) phone: Option<String>,
    /// What the officer does.
    pub(super) duties: Vec<String>,
    pub(super) description: String,
    /// Hours in the syntax of OpenStreetMap.
    pub(super) opening_hours: Option<String>,
    /// Whether somebody is there now.
    pub(super) opening: Opening,
    pub(super) source: String,
    /// Whether this is demonstration data.
    pub(super) demo: bool,
}
