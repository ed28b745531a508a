//! Where further places would help most: greedy maximum coverage (Nemhauser, Wolsey and Fisher 1978), which
//! covers at least 63 % of what the best choice would.
//!
//! A further place counts as one more kind, so it helps those who lack exactly one. Candidates are the
//! middles of the densest groups of such people.

use std::collections::BTreeMap;

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::compute::{Inputs, Spot};
use super::result::{CoverageMethod, Site};
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;
use crate::network::Snap;
use crate::parallel;

/// Groups that are looked at.
const MOST_CANDIDATES: usize = 400;
/// Groups for each distance, in either direction.
const GROUPS_PER_DISTANCE: f64 = 4.0;
/// Metres of a degree of latitude, from below.
const LEAST_M_PER_DEGREE: f64 = 110_500.0;
const DETOUR: f64 = 1.3;
const M2_PER_KM2: f64 = 1e6;

/// Finds sites; each gains something.
pub(super) fn find(inputs: &Inputs<'_>, method: CoverageMethod, spots: &[Spot]) -> Vec<Site> {
    if inputs.next_sites == 0 {
        return Vec::new();
    }
    let needed = inputs.kinds_at_least.clamp(1, inputs.kinds.len().max(1));
    let lacking: Vec<&Spot> =
        spots.iter().filter(|spot| spot.kinds + 1 == needed && spot.weight > 0.0).collect();
    let demand = Demand::new(inputs, method, lacking);
    let candidates = demand.candidates();
    let reached = parallel::map(candidates.clone(), |candidate| demand.reached_from(&candidate));
    let mut is_left = vec![true; demand.spots.len()];
    let mut sites = Vec::new();
    while sites.len() < inputs.next_sites {
        let gain = |reached: &Vec<u32>| -> f64 {
            let left = reached.iter().filter(|spot| is_left.get(**spot as usize) == Some(&true));
            left.filter_map(|spot| demand.spots.get(*spot as usize)).map(|spot| spot.weight).sum()
        };
        // Of equals the first, so that the answer is the same every time.
        let best = reached
            .iter()
            .zip(&candidates)
            .map(|(reached, candidate)| (gain(reached), reached, candidate))
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((gained, reached, candidate)) = best.filter(|(gained, ..)| *gained > 0.0) else {
            break;
        };
        for spot in reached {
            if let Some(left) = is_left.get_mut(*spot as usize) {
                *left = false;
            }
        }
        let scale = if inputs.residents.is_some_and(|residents| !residents.points.is_empty()) {
            1.0
        } else {
            M2_PER_KM2
        };
        sites.push(Site { at: candidate.at, gains: Some(gained / scale) });
    }
    sites
}

/// Who lacks a place.
struct Demand<'d> {
    inputs: &'d Inputs<'d>,
    method: CoverageMethod,
    spots: Vec<&'d Spot>,
    index: RTree<f64>,
}

/// Where a place could be.
#[derive(Clone, Copy)]
struct Candidate {
    at: Wgs84,
    snap: Option<Snap>,
}

impl<'d> Demand<'d> {
    fn new(inputs: &'d Inputs<'d>, method: CoverageMethod, spots: Vec<&'d Spot>) -> Self {
        let mut builder = RTreeBuilder::new(u32::try_from(spots.len()).unwrap_or(u32::MAX));
        for spot in &spots {
            builder.add(spot.at.lon, spot.at.lat, spot.at.lon, spot.at.lat);
        }
        Self { inputs, method, index: builder.finish::<HilbertSort>(), spots }
    }

    /// The middles of groups of people, the largest groups first.
    #[expect(clippy::cast_possible_truncation, reason = "degrees over a distance of metres; saturates")]
    fn candidates(&self) -> Vec<Candidate> {
        let side = f64::from(self.inputs.preset.distance_m) / GROUPS_PER_DISTANCE / LEAST_M_PER_DEGREE;
        let mut groups: BTreeMap<(i64, i64), (f64, f64, f64)> = BTreeMap::new();
        for spot in &self.spots {
            let key = ((spot.at.lon / side).floor() as i64, (spot.at.lat / side).floor() as i64);
            let group = groups.entry(key).or_default();
            group.0 += spot.weight;
            group.1 += spot.weight * spot.at.lon;
            group.2 += spot.weight * spot.at.lat;
        }
        let mut groups: Vec<(f64, f64, f64)> = groups.into_values().collect();
        groups.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
        groups.truncate(MOST_CANDIDATES);
        let placed = groups.into_iter().filter_map(|(weight, lon, lat)| {
            let at = Wgs84 { lon: lon / weight, lat: lat / weight };
            match (self.method, self.inputs.network) {
                (CoverageMethod::Network, Some(network)) => {
                    // A place stands at a path.
                    let snap = network.snap(at)?;
                    let snap = network.snap(snap.at())?;
                    Some(Candidate { at: snap.at(), snap: Some(snap) })
                }
                _ => Some(Candidate { at, snap: None }),
            }
        });
        placed.collect()
    }

    /// Numbers of those to whom a place would be near enough.
    fn reached_from(&self, candidate: &Candidate) -> Vec<u32> {
        let detour = if self.method == CoverageMethod::StraightInstead { DETOUR } else { 1.0 };
        let within_m = f64::from(self.inputs.preset.distance_m) / detour;
        let up = within_m / LEAST_M_PER_DEGREE;
        let across = up / candidate.at.lat.to_radians().cos().max(0.01);
        let Wgs84 { lon, lat } = candidate.at;
        let mut around = self.index.search(lon - across, lat - up, lon + across, lat + up);
        around.sort_unstable();
        if let (Some(snap), Some(network)) = (candidate.snap, self.inputs.network) {
            // From the place outwards: the few one-way paths are walked against their direction.
            let budget_dm = self.inputs.preset.budget_dm();
            let reachable = network.reachable(snap, self.inputs.preset.pace, budget_dm);
            let home = |spot: &u32| self.spots.get(*spot as usize).and_then(|spot| spot.snap);
            around.retain(|spot| home(spot).is_some_and(|home| reachable.cost_to(&home).is_some()));
        } else {
            let plane = LocalPlane::new(candidate.at);
            around.retain(|spot| {
                self.spots.get(*spot as usize).is_some_and(|spot| {
                    let step = plane.project(spot.at.into());
                    step.x.hypot(step.y) <= within_m
                })
            });
        }
        around
    }
}
