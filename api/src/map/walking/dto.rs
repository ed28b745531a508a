use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::ways::Method;
use crate::map::phone::geojson::Geometry;

/// Where somebody stands and how long they walk.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReachParameters {
    /// Longitude in degrees.
    #[param(required, nullable = false, value_type = f64, minimum = -180, maximum = 180, example = 114.4185)]
    pub(super) lon: Option<String>,
    /// Latitude in degrees.
    #[param(required, nullable = false, value_type = f64, minimum = -90, maximum = 90, example = 22.6271)]
    pub(super) lat: Option<String>,
    /// Minutes of walking; areas come for every five minutes up to these.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 30, default = 15)]
    pub(super) minutes: Option<String>,
    /// Who walks: `adult` (1.2 m/s), `elder` (0.8 m/s), `child` (0.9 m/s, also with a stroller).
    #[param(default = "adult", pattern = "^(adult|elder|child)$")]
    pub(super) speed: Option<String>,
    /// Ids of layers, separated by commas; all where it is missing.
    #[param(example = "park,health_hut")]
    pub(super) layers: Option<String>,
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
}

/// How ways were measured.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = WalkMethod)]
#[serde(rename_all = "snake_case")]
pub(in crate::map) enum WalkMethod {
    /// Along streets and paths.
    Network,
    /// The straight line times 1.3, because no walking network is known there, or none of its paths is near.
    Straight,
}

impl From<Method> for WalkMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Network => Self::Network,
            Method::Straight => Self::Straight,
        }
    }
}

/// What can be reached on foot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapReach {
    pub(super) method: WalkMethod,
    /// Who walks.
    #[schema(example = "adult")]
    pub(super) speed: &'static str,
    /// On the flat.
    #[schema(example = 1.2)]
    pub(super) metres_per_second: f64,
    pub(super) minutes: u32,
    /// The areas, the smallest first: for every five minutes, and for all of them.
    pub(super) areas: Vec<ReachArea>,
    /// What the largest holds, by layer in display order; layers without a place are left out.
    pub(super) layers: Vec<ReachLayer>,
    /// What people should know about the answer, in Chinese.
    pub(super) notice: Option<&'static str>,
}

/// The area of some minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReachArea {
    pub(super) minutes: u32,
    /// Size in square metres.
    #[schema(minimum = 0)]
    pub(super) area_m2: f64,
    /// A multi-polygon; without members where not even the nearest path is reached, or all paths near are closed.
    #[schema(value_type = Geometry)]
    pub(super) geometry: Box<RawValue>,
}

/// The reached places of a layer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReachLayer {
    #[schema(example = "park")]
    pub(super) layer: String,
    /// Chinese title.
    pub(super) title: String,
    /// How many there are.
    pub(super) count: usize,
    /// The nearest of them, at most 50.
    pub(super) places: Vec<ReachPlace>,
}

/// A reached place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReachPlace {
    #[schema(maximum = 999_999_999)]
    pub(super) id: u32,
    pub(super) name: String,
    /// Begun minutes count whole.
    pub(super) walk_minutes: u32,
    /// Whether this is demonstration data and not a real place.
    pub(super) demo: bool,
}

/// Which closures or links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EditListParameters {
    /// Region whose network they are drawn on, with all below it.
    #[param(example = "440307009000")]
    pub(super) region: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Closures or links, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WalkingEditList {
    pub(super) items: Vec<WalkingEdit>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A closure or an extra link of a walking network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WalkingEdit {
    pub(super) id: i32,
    /// Region whose network it is drawn on.
    pub(super) region_code: String,
    /// WGS-84.
    #[schema(value_type = Geometry)]
    pub(super) geometry: Box<RawValue>,
    /// Why, for colleagues.
    pub(super) reason: String,
    /// From when it holds; `null` for always.
    pub(super) from_at: Option<DateTime<Utc>>,
    /// When it ends; `null` for never.
    pub(super) until_at: Option<DateTime<Utc>>,
    /// For `If-Match`.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
}

/// A closure or link as it is to be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWalkingEdit {
    /// Region whose network it is drawn on: the one a network was loaded for.
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
    /// GeoJSON in WGS-84. A closure is a line across what is closed, an area around it, or a position on it; a
    /// link is a line whose two ends lie within 30 m of a path.
    #[schema(value_type = Geometry)]
    pub(super) geometry: Map<String, Value>,
    /// Why, for colleagues; 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "河滨栈道维修")]
    pub(super) reason: String,
    /// From when it holds; from now on where it is missing.
    #[serde(default)]
    pub(super) from_at: Option<DateTime<Utc>>,
    /// When it ends; never where it is missing.
    #[serde(default)]
    pub(super) until_at: Option<DateTime<Utc>>,
}
