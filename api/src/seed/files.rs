//! The seed files and their form.

use entity::region;
use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) const REGIONS: &str = include_str!("../../../seeds/regions.geojson");
pub(super) const LAYERS: &str = include_str!("../../../seeds/layers.json");

/// Layer and places; the parks without a position are a file of their own.
pub(super) const FEATURES: [(&str, &str); 13] = [
    ("greenway", include_str!("../../../seeds/features/greenway.geojson")),
    ("trail", include_str!("../../../seeds/features/trail.geojson")),
    ("park", include_str!("../../../seeds/features/park.geojson")),
    ("park", include_str!("../../../seeds/features/park_unplaced.geojson")),
    ("sports_court", include_str!("../../../seeds/features/sports_court.geojson")),
    ("fitness_site", include_str!("../../../seeds/features/fitness_site.geojson")),
    ("activity_point", include_str!("../../../seeds/features/activity_point.geojson")),
    ("health_hut", include_str!("../../../seeds/features/health_hut.geojson")),
    ("clinic", include_str!("../../../seeds/features/clinic.geojson")),
    ("health_base", include_str!("../../../seeds/features/health_base.geojson")),
    ("demonstration_unit", include_str!("../../../seeds/features/demonstration_unit.geojson")),
    ("smoke_free_place", include_str!("../../../seeds/features/smoke_free_place.geojson")),
    ("peak", include_str!("../../../seeds/features/peak.geojson")),
];

#[derive(Debug, Deserialize)]
pub(super) struct Collection<P> {
    pub(super) features: Vec<Place<P>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Place<P> {
    pub(super) properties: P,
    pub(super) geometry: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RegionProperties {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) short_name: String,
    pub(super) level: Level,
    pub(super) parent_code: Option<String>,
    pub(super) population: Option<i64>,
    pub(super) population_year: Option<i32>,
    pub(super) population_source: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Province,
    City,
    District,
    Street,
    Community,
}

impl From<Level> for region::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Province => Self::Province,
            Level::City => Self::City,
            Level::District => Self::District,
            Level::Street => Self::Street,
            Level::Community => Self::Community,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct LayerEntry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) description: String,
    pub(super) icon: String,
    pub(super) min_zoom: i32,
    pub(super) max_zoom: i32,
    pub(super) geometry_kinds: Vec<String>,
    pub(super) sort: i32,
}

#[derive(Debug, Deserialize)]
pub(super) struct FeatureProperties {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) region_code: String,
    pub(super) address: Option<String>,
    pub(super) opening_hours: Option<String>,
    pub(super) phone: Option<String>,
    #[serde(default)]
    pub(super) facilities: Vec<String>,
    pub(super) source: String,
    pub(super) source_licence: Option<String>,
    pub(super) demo: bool,
    #[serde(default)]
    pub(super) entrances: Vec<SeedEntrance>,
    #[serde(flatten)]
    pub(super) others: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SeedEntrance {
    pub(super) name: Option<String>,
    pub(super) kind: String,
    pub(super) lon: f64,
    pub(super) lat: f64,
}
