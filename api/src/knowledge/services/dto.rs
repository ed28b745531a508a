use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::knowledge::dto::TopicName;
use crate::opening::Opening;

/// Which services to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ServicesParameters {
    /// Id of a topic: services that help with it, with one above or with one below it.
    #[param(example = "mental")]
    pub(super) topic: Option<String>,
    /// What it is.
    #[param(pattern = "^(hotline|clinic|app_link)$")]
    pub(super) kind: Option<String>,
    /// Region of the resident: services for it, for those above and below it, and for everywhere.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// Services, the most urgent first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceList {
    pub(super) items: Vec<ServiceItem>,
    /// Always `null`: all services come at once.
    pub(super) next: Option<String>,
}

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::knowledge) enum ServiceKind {
    Hotline,
    Clinic,
    AppLink,
}

/// A hotline, a clinic or a door to another app.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::knowledge) struct ServiceItem {
    /// Stable id.
    pub(super) id: String,
    pub(super) kind: ServiceKind,
    pub(super) title: String,
    /// What it helps with, in plain words.
    pub(super) description: String,
    /// Number to dial; `null` where the office has not filled it in.
    pub(super) phone: Option<String>,
    /// Opening hours in the syntax of OpenStreetMap.
    pub(super) opening_hours: Option<String>,
    /// Whether somebody is there now; `null` for what has no hours.
    pub(super) opening: Option<Opening>,
    pub(super) topics: Vec<TopicName>,
    /// Whom it is for, such as `everyone` or `women`.
    pub(super) audiences: Vec<String>,
    /// Where it is for; `null` is everywhere.
    pub(super) region_code: Option<String>,
    /// Number of its place on the map.
    pub(super) place_id: Option<i32>,
    /// Where a door to another app leads.
    pub(super) link: Option<AppLink>,
    pub(super) source: String,
    /// Whether this is demonstration data and not a real service.
    pub(super) demo: bool,
}

/// Where a door to another app leads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppLink {
    /// `app` or `mini_program`.
    pub(super) platform: Option<String>,
    pub(super) appid: Option<String>,
    pub(super) path: Option<String>,
}
