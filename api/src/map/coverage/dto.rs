use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::map::phone::geojson::Geometry;

/// What to compute.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CoverageParameters {
    /// Statistical code of the region.
    #[param(required, nullable = false, value_type = String, example = "440307009000")]
    pub(super) region: Option<String>,
    /// Ids of layers that count, separated by commas; all where it is missing.
    #[param(example = "park,fitness_site,sports_court")]
    pub(super) layers: Option<String>,
    /// What near enough means: `db37-straight-1000m`, `gb-network-1000m`, `sport-walk-15min`,
    /// `sport-walk-15min-elder` or `sport-bike-15min`.
    #[param(default = "gb-network-1000m")]
    pub(super) preset: Option<String>,
    /// Of so many layers one place each must be near enough.
    #[param(value_type = Option<u32>, minimum = 1, default = 1)]
    pub(super) kinds_at_least: Option<String>,
    /// Where so many further places would help most.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 10, default = 0)]
    pub(super) next_sites: Option<String>,
}

/// Coverage of a region: an estimate from the map and the numbers of people, not an indicator of a survey.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageReport {
    /// What the figure is called, by how people get to places.
    #[schema(example = "步行可达范围估算")]
    pub title: &'static str,
    /// What people should know about it, in Chinese.
    pub notices: Vec<String>,
    /// Statistical code of the region.
    pub region_code: String,
    /// Its name.
    pub region_name: String,
    /// What near enough means.
    pub preset: CoveragePreset,
    /// `network`, `straight`, or `straight_instead` where no walking network is loaded.
    #[schema(example = "network")]
    pub method: &'static str,
    /// Layers that count.
    pub layers: Vec<String>,
    /// Of so many layers one place each must be near enough.
    pub kinds_at_least: usize,
    /// What it was computed from.
    pub inputs: CoverageInputs,
    /// People; `null` where their numbers are not known.
    pub people: Option<CoveragePeople>,
    /// Land; `null` where no boundary is known.
    pub land: Option<CoverageLand>,
    /// By community.
    pub communities: Vec<CoverageCommunity>,
    /// By layer, each alone.
    pub kinds: Vec<CoverageKind>,
    /// Land near a path that is not covered, the largest first, at most 100; WGS-84.
    pub uncovered: Vec<CoverageGap>,
    /// Where further places would help, the first most; WGS-84. Each counts as one more kind.
    pub next_sites: Vec<CoverageSite>,
}

/// A preset, kept with the result.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoveragePreset {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The standard that it follows.
    pub standard: &'static str,
    /// `straight`, `walk` or `bike`.
    pub mode: &'static str,
    /// On the flat.
    pub metres_per_second: f64,
    /// How far.
    pub distance_m: u32,
    /// Effort of steps in percent of the flat.
    pub steps_percent: u32,
}

/// Editions of what the result was computed from.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageInputs {
    /// Revision of the map.
    pub map_revision: u64,
    /// SHA-256 of the streets.
    pub network_checksum: Option<String>,
    /// SHA-256 of the closures and links that held on them; `null` where none did.
    pub edits_checksum: Option<String>,
    /// SHA-256 of the residents.
    pub residents_checksum: Option<String>,
}

/// A part of a whole. Numbers of fewer than ten people are `null`, and those from which fewer than five could be
/// worked out. Numbers of people but the total of the region are told to ten, rounded down.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageShare {
    /// Covered.
    #[schema(minimum = 0)]
    pub covered: Option<f64>,
    /// Not covered; of people, the total less those covered as they are told.
    #[schema(minimum = 0)]
    pub uncovered: Option<f64>,
    /// Both.
    #[schema(minimum = 0)]
    pub total: Option<f64>,
    /// Covered of the total.
    #[schema(minimum = 0, maximum = 1)]
    pub ratio: Option<f64>,
}

/// Coverage of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoveragePeople {
    /// Persons.
    pub all: CoverageShare,
    /// By age in years; empty where ages are not known.
    pub by_age: Vec<CoverageAge>,
    /// Persons farther than 150 m from every path, to ten; they are not covered.
    pub not_snapped: Option<f64>,
    /// Mean whole minutes to enough kinds, of those who have them within three times the distance; `null` where fewer
    /// than a hundred people are covered or their number is not told.
    pub mean_minutes: Option<f64>,
    /// Whole minutes within which nine of ten have enough kinds; `null` where the mean is, and where more than one of
    /// ten are too far away to be measured.
    pub p90_minutes: Option<f64>,
}

/// Persons of an age.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageAge {
    /// Years.
    #[schema(example = "60+")]
    pub age: &'static str,
    /// Persons.
    pub people: CoverageShare,
}

/// Coverage of land.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageLand {
    /// Side of the cells that were counted.
    pub cell_m: f64,
    /// Square kilometres.
    pub km2: CoverageShare,
    /// Square kilometres farther than 150 m from every path; they are not covered.
    pub not_snapped_km2: f64,
}

/// Coverage of a community.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageCommunity {
    /// Statistical code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Persons; `null` where the boundary is not known and nobody is said to live there.
    pub people: Option<CoverageShare>,
    /// Square kilometres, where the boundary is known.
    pub land_km2: Option<CoverageShare>,
}

/// Coverage by one layer alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageKind {
    /// Id of the layer.
    pub layer: String,
    /// Places in the region and up to 5 km beyond.
    pub places: usize,
    /// Places that no path comes near.
    pub not_snapped: usize,
    /// Persons, where known.
    pub people: Option<CoverageShare>,
    /// Square kilometres, where the boundary is known.
    pub land_km2: Option<CoverageShare>,
}

/// Land that is not covered.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageGap {
    /// Square kilometres.
    pub km2: f64,
    /// Persons besides those who are far from every path, to ten, where known and not a few.
    pub persons: Option<f64>,
    /// Its outline.
    #[schema(value_type = Geometry)]
    pub geometry: Value,
}

/// Where a further place would help.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageSite {
    #[schema(minimum = -180, maximum = 180)]
    pub lon: f64,
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Persons that it would cover besides the sites before it, at least ten and to ten, or square kilometres
    /// where no numbers of people are known.
    pub gains: f64,
}
