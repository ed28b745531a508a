//! What a computation found.

use geo::MultiPolygon;

use crate::crs::Wgs84;

/// How distances were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverageMethod {
    /// Along streets and paths.
    Network,
    /// As the crow flies, as the preset demands.
    Straight,
    /// The straight line times 1.3, because there is no walking network.
    StraightInstead,
}

/// A part of a whole; `None` where the number would tell of a few people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Covered.
    pub covered: Option<f64>,
    /// Not covered, those that are on no path among them.
    pub uncovered: Option<f64>,
    /// Both; `None` where the whole is a few people.
    pub total: Option<f64>,
}

impl Share {
    pub(super) fn of(covered: f64, total: f64) -> Self {
        // Sums in another order may differ by a hair; nothing added to nothing is a negative zero.
        let [covered, uncovered, total] =
            [covered, total - covered, total].map(|number| number.max(0.0) + 0.0);
        Self { covered: Some(covered), uncovered: Some(uncovered), total: Some(total) }
    }

    /// Of one, with four decimals; `None` where one of both is not told, or there is nothing.
    pub fn ratio(&self) -> Option<f64> {
        let (covered, total) = (self.covered?, self.total?);
        (total > 0.0).then(|| (covered / total * 1e4).round() / 1e4)
    }
}

/// Coverage of people.
#[derive(Debug, Clone, PartialEq)]
pub struct PeopleCoverage {
    /// All of them.
    pub all: Share,
    /// By [`AGE_BANDS`](super::AGE_BANDS), where all ages are known.
    pub by_age: Option<[Share; 3]>,
    /// Who lives farther than 150 m from every path; not covered.
    pub not_snapped: Option<f64>,
    /// Mean minutes to enough kinds, of those that have them within three times the distance.
    pub mean_minutes: Option<f64>,
    /// Minutes within which nine of ten people have enough kinds; `None` where it is beyond three times the
    /// distance.
    pub p90_minutes: Option<f64>,
}

/// Coverage of land.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaCoverage {
    /// Side of the cells that were counted, metres.
    pub cell_m: f64,
    /// Square kilometres.
    pub land_km2: Share,
    /// Farther than 150 m from every path; not covered.
    pub not_snapped_km2: f64,
}

/// Coverage of a community.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageOfArea {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its people, where known: by its boundary, or because people are said to live there.
    pub people: Option<Share>,
    /// Its land in square kilometres, where its boundary is known.
    pub land_km2: Option<Share>,
}

/// Coverage by one kind of place alone.
#[derive(Debug, Clone, PartialEq)]
pub struct KindCoverage {
    /// Which.
    pub kind: String,
    /// How many places there are.
    pub places: usize,
    /// Places that are on no path and could not be counted.
    pub not_snapped: usize,
    /// People, where known.
    pub people: Option<Share>,
    /// Land in square kilometres, where the boundary is known.
    pub land_km2: Option<Share>,
}

/// Land near a path from which too few kinds are near.
#[derive(Debug, Clone, PartialEq)]
pub struct UncoveredPlace {
    /// Where.
    pub area: MultiPolygon<f64>,
    /// Square kilometres.
    pub km2: f64,
    /// Who lives there, besides those on no path, where known.
    pub persons: Option<f64>,
}

/// Where a further place would help.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// Where.
    pub at: Wgs84,
    /// People, or square kilometres where no people are known, that it would cover besides those before it.
    pub gains: Option<f64>,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// How distances were measured.
    pub method: CoverageMethod,
    /// People, where known.
    pub people: Option<PeopleCoverage>,
    /// Land, where a boundary is known.
    pub area: Option<AreaCoverage>,
    /// By community.
    pub communities: Vec<CoverageOfArea>,
    /// By kind, each alone.
    pub kinds: Vec<KindCoverage>,
    /// Largest first.
    pub uncovered: Vec<UncoveredPlace>,
    /// The first helps most.
    pub next_sites: Vec<Site>,
}
