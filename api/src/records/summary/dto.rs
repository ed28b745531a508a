use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::map::nearby::NearPlace;
use crate::records::goals::GoalView;
use crate::records::readings::MeasurementView;
use crate::records::trends::HomeWeek;

/// Where the person is, if help nearby is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SummaryParameters {
    /// Longitude in degrees. With a position the answer tells which hut and which clinic are nearest; that needs
    /// the caller's consent to `location`, and the position is not kept.
    #[param(value_type = Option<f64>, minimum = -180, maximum = 180)]
    pub(super) lon: Option<String>,
    /// Latitude in degrees.
    #[param(value_type = Option<f64>, minimum = -90, maximum = 90)]
    pub(super) lat: Option<String>,
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
}

/// A person's record at one glance.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordSummary {
    pub(super) person_id: Uuid,
    /// The newest of each metric that was measured, in the order of the catalogue.
    pub(super) latest: Vec<LatestMeasurement>,
    /// Seven days at home, where blood pressure was measured in them: the newest that were finished within the last
    /// seven days, else those up to today.
    pub(super) home_week: Option<HomeWeek>,
    /// Where help is near; only with a position.
    pub(super) nearby: Option<HelpNearby>,
    /// What is to be done now, where the newest blood pressure calls for it.
    pub(super) advice: Option<&'static str>,
}

/// The newest of one metric.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LatestMeasurement {
    pub(super) measurement: MeasurementView,
    /// How far the numbers are from those before, by code of the component; absent where there are none.
    #[schema(value_type = Option<BTreeMap<String, f64>>)]
    pub(super) change: Option<BTreeMap<String, f64>>,
    /// What the person aims at, and whether this is it.
    pub(super) goal: Option<GoalView>,
}

/// Where help is near.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HelpNearby {
    pub(super) health_hut: Option<NearbyHelp>,
    pub(super) clinic: Option<NearbyHelp>,
}

/// A place of the map.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearbyHelp {
    /// For `/map/features/{id}`, which knows hours and phone.
    id: u32,
    #[schema(example = "葵涌社区健康小屋")]
    name: String,
    /// As the crow flies.
    distance_m: f64,
    lon: f64,
    lat: f64,
}

impl From<NearPlace> for NearbyHelp {
    fn from(place: NearPlace) -> Self {
        let NearPlace { id, name, distance_m, lon, lat } = place;
        Self { id, name, distance_m, lon, lat }
    }
}
