//! The computation: every position is measured to the nearest place of each kind, then counted.

use std::collections::BTreeMap;

use geo::{Contains, Coord, Geometry, LineString, MultiPolygon, Point, Polygon};

use super::grid::Grid;
use super::next_sites;
use super::preset::{Mode, Preset};
use super::residents::{Resident, Residents};
use super::result::{
    AreaCoverage, Coverage, CoverageMethod, CoverageOfArea, KindCoverage, PeopleCoverage, Share,
    UncoveredPlace,
};
use super::straight::Shapes;
use crate::crs::Wgs84;
use crate::network::contour::Field;
use crate::network::{Access, Network, Snap};
use crate::parallel;

/// Without a network a way is taken to be this much longer than the straight line.
const DETOUR: f64 = 1.3;
/// Walks are followed so many times beyond the distance, to know how far people have it.
const HORIZON: u32 = 3;
/// Uncovered places that are told.
const MOST_UNCOVERED: usize = 100;
/// Uncovered places have at least so many cells.
const LEAST_CELLS: f64 = 4.0;
const M2_PER_KM2: f64 = 1e6;
/// Not within the horizon.
pub(super) const FAR: u32 = u32::MAX;

/// A place of the map.
#[derive(Debug)]
pub struct Place<'i> {
    /// Its number.
    pub id: u32,
    /// Its shape in WGS-84.
    pub shape: &'i Geometry<f64>,
    /// Where it is entered from the network.
    pub accesses: &'i [Snap],
}

/// Places of one kind.
#[derive(Debug)]
pub struct Kind<'i> {
    /// Which.
    pub id: &'i str,
    /// All of them, also those beyond the region: people cross its border.
    pub places: Vec<Place<'i>>,
}

/// A community.
#[derive(Debug)]
pub struct Area<'i> {
    /// Its code.
    pub code: &'i str,
    /// Its name.
    pub name: &'i str,
    /// Its boundary in WGS-84, where known.
    pub shape: Option<&'i Geometry<f64>>,
}

/// Everything that a result depends on.
#[derive(Debug)]
pub struct Inputs<'i> {
    /// What near enough means.
    pub preset: &'i Preset,
    /// Streets; without them a preset that follows streets is measured straight, with a detour.
    pub network: Option<&'i Network>,
    /// The kinds that count.
    pub kinds: &'i [Kind<'i>],
    /// Of so many kinds one place each must be near; at least one, at most all.
    pub kinds_at_least: usize,
    /// Who lives where.
    pub residents: Option<&'i Residents>,
    /// Boundary of the region, where known.
    pub outline: Option<&'i Geometry<f64>>,
    /// Its communities.
    pub communities: &'i [Area<'i>],
    /// How many further places are looked for.
    pub next_sites: usize,
}

/// A position that is measured: where people live, or the middle of a cell of land.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) at: Wgs84,
    pub(super) snap: Option<Snap>,
    /// Square metres or persons.
    pub(super) weight: f64,
    /// How many kinds are near enough.
    pub(super) kinds: usize,
    /// What the last of enough kinds costs, or [`FAR`].
    pub(super) cost_dm: u32,
}

/// Computes coverage.
pub fn compute(inputs: &Inputs<'_>) -> Coverage {
    let work = Work::new(inputs);
    let people = inputs.residents.map(|residents| &residents.points).map_or(&[][..], Vec::as_slice);
    let grid = work.grid();
    let cells: Vec<usize> = grid.iter().flat_map(Grid::land).collect();
    let cell_m2 = grid.as_ref().map_or(0.0, |grid| grid.cell_m * grid.cell_m);
    let homes = people.iter().map(|resident| (resident.at, resident.persons));
    let land = cells.iter().zip(grid.iter().cycle()).map(|(cell, grid)| (grid.at(*cell), cell_m2));
    let mut spots = work.spots(homes.chain(land).collect());
    let costs = work.costs(&spots);
    work.count(&mut spots, &costs);
    let (homes, land) = spots.split_at(people.len());
    let tally = Tally { work: &work, people, homes, land, cells: &cells, grid: grid.as_ref(), costs: &costs };
    Coverage {
        method: work.method,
        people: inputs.residents.map(|_| tally.people()),
        area: grid.as_ref().map(|grid| tally.area(grid)),
        communities: tally.communities(),
        kinds: tally.kinds(),
        uncovered: grid.as_ref().map(|grid| tally.uncovered(grid)).unwrap_or_default(),
        next_sites: next_sites::find(inputs, work.method, if people.is_empty() { land } else { homes }),
    }
}

struct Work<'i> {
    inputs: &'i Inputs<'i>,
    method: CoverageMethod,
    budget_dm: u32,
    needed: usize,
}

impl<'i> Work<'i> {
    fn new(inputs: &'i Inputs<'i>) -> Self {
        let method = match (inputs.preset.mode, inputs.network) {
            (Mode::Straight, _) => CoverageMethod::Straight,
            (Mode::Walk | Mode::Bike, Some(_)) => CoverageMethod::Network,
            (Mode::Walk | Mode::Bike, None) => CoverageMethod::StraightInstead,
        };
        let needed = inputs.kinds_at_least.clamp(1, inputs.kinds.len().max(1));
        Self { inputs, method, budget_dm: inputs.preset.budget_dm(), needed }
    }

    fn network(&self) -> Option<&'i Network> {
        self.inputs.network.filter(|_| self.method == CoverageMethod::Network)
    }

    /// The land of all communities, then what else the region has.
    fn grid(&self) -> Option<Grid> {
        let nowhere = Geometry::GeometryCollection(geo::GeometryCollection(Vec::new()));
        // Communities without a boundary keep their number.
        let shapes = self.inputs.communities.iter().map(|area| area.shape.unwrap_or(&nowhere));
        let areas: Vec<&Geometry<f64>> = shapes.chain(self.inputs.outline).collect();
        Grid::over(&areas)
    }

    fn spots(&self, weighted: Vec<(Wgs84, f64)>) -> Vec<Spot> {
        let network = self.network();
        parallel::map(weighted, |(at, weight)| {
            let snap = network.and_then(|network| network.snap(at));
            Spot { at, snap, weight, kinds: 0, cost_dm: FAR }
        })
    }

    /// What the nearest place of each kind costs each position.
    fn costs(&self, spots: &[Spot]) -> Vec<Vec<u32>> {
        let kinds = self.inputs.kinds;
        match self.network() {
            // A search cannot be shared out, so each core takes some kinds.
            Some(network) => {
                parallel::map(kinds.iter().collect(), |kind| self.walking_costs(network, kind, spots))
            }
            None => kinds.iter().map(|kind| self.straight_costs(kind, spots)).collect(),
        }
    }

    fn walking_costs(&self, network: &Network, kind: &Kind<'_>, spots: &[Spot]) -> Vec<u32> {
        let accesses: Vec<Access> = kind
            .places
            .iter()
            .flat_map(|place| place.accesses.iter().map(|snap| Access { facility: place.id, snap: *snap }))
            .collect();
        let horizon_dm = self.budget_dm.saturating_mul(HORIZON);
        let nearest = network.nearest_places(&accesses, 1, self.inputs.preset.pace, horizon_dm);
        let cost = |spot: &Spot| spot.snap.and_then(|snap| nearest.cost_at(&snap)).unwrap_or(FAR);
        spots.iter().map(cost).collect()
    }

    fn straight_costs(&self, kind: &Kind<'_>, spots: &[Spot]) -> Vec<u32> {
        let shapes = Shapes::new(kind.places.iter().map(|place| place.shape));
        let detour = if self.method == CoverageMethod::StraightInstead { DETOUR } else { 1.0 };
        let within_m = f64::from(self.inputs.preset.distance_m) / detour;
        let positions: Vec<Wgs84> = spots.iter().map(|spot| spot.at).collect();
        parallel::map(positions, |at| {
            let nearest_dm = shapes.nearest_dm(at, within_m);
            nearest_dm.map_or(FAR, |distance_dm| scaled(distance_dm, detour))
        })
    }

    fn count(&self, spots: &mut [Spot], costs: &[Vec<u32>]) {
        let mut of_spot = Vec::with_capacity(costs.len());
        for (number, spot) in spots.iter_mut().enumerate() {
            of_spot.clear();
            of_spot.extend(costs.iter().filter_map(|kind| kind.get(number).copied()));
            of_spot.sort_unstable();
            spot.kinds = of_spot.partition_point(|cost_dm| *cost_dm <= self.budget_dm);
            spot.cost_dm = of_spot.get(self.needed - 1).copied().unwrap_or(FAR);
        }
    }

    fn is_covered(&self, spot: &Spot) -> bool {
        spot.cost_dm <= self.budget_dm
    }

    fn is_snapped(&self, spot: &Spot) -> bool {
        self.method != CoverageMethod::Network || spot.snap.is_some()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn scaled(distance_dm: u32, by: f64) -> u32 {
    (f64::from(distance_dm) * by).ceil() as u32
}

/// Puts what was measured together.
struct Tally<'t, 'i> {
    work: &'t Work<'i>,
    people: &'t [Resident],
    homes: &'t [Spot],
    land: &'t [Spot],
    /// Cells of the land, in its order.
    cells: &'t [usize],
    grid: Option<&'t Grid>,
    costs: &'t [Vec<u32>],
}

impl Tally<'_, '_> {
    fn people(&self) -> PeopleCoverage {
        let weights = || self.homes.iter().map(|home| (home, home.weight));
        let has_ages =
            !self.people.is_empty() && self.people.iter().all(|resident| resident.by_age.is_some());
        let band = |band: usize| {
            let weight = |resident: &Resident| resident.by_age.and_then(|ages| ages.get(band).copied());
            let of_band = self.people.iter().map(move |resident| weight(resident).unwrap_or(0.0));
            self.share(self.homes.iter().zip(of_band))
        };
        let mut timed: Vec<(u32, f64)> = self.homes.iter().map(|home| (home.cost_dm, home.weight)).collect();
        timed.sort_by_key(|(cost_dm, _)| *cost_dm);
        let near = timed.iter().filter(|(cost_dm, _)| *cost_dm != FAR);
        let minutes = |cost_dm: u32| self.work.inputs.preset.pace.exact_minutes(cost_dm);
        let (sum, persons) = near.fold((0.0, 0.0), |(sum, persons), (cost_dm, weight)| {
            (sum + minutes(*cost_dm) * weight, persons + weight)
        });
        let total: f64 = timed.iter().map(|(_, weight)| weight).sum();
        let mut counted = 0.0;
        let ninth_tenth = timed.iter().find(|(_, weight)| {
            counted += weight;
            counted >= 0.9 * total
        });
        PeopleCoverage {
            all: self.share(weights()),
            by_age: has_ages.then(|| [band(0), band(1), band(2)]),
            not_snapped: Some(sum_of(weights().filter(|(home, _)| !self.work.is_snapped(home)))),
            mean_minutes: (persons > 0.0).then(|| tenths(sum / persons)),
            p90_minutes: ninth_tenth
                .filter(|(cost_dm, _)| *cost_dm != FAR && total > 0.0)
                .map(|(cost, _)| tenths(minutes(*cost))),
        }
    }

    fn area(&self, grid: &Grid) -> AreaCoverage {
        let land = || self.land.iter().map(|spot| (spot, spot.weight / M2_PER_KM2));
        AreaCoverage {
            cell_m: grid.cell_m,
            land_km2: self.share(land()),
            not_snapped_km2: sum_of(land().filter(|(spot, _)| !self.work.is_snapped(spot))),
        }
    }

    fn share<'s>(&self, weighted: impl Iterator<Item = (&'s Spot, f64)>) -> Share {
        let (mut covered, mut total) = (0.0, 0.0);
        for (spot, weight) in weighted {
            total += weight;
            if self.work.is_covered(spot) {
                covered += weight;
            }
        }
        Share::of(covered, total)
    }

    fn communities(&self) -> Vec<CoverageOfArea> {
        let communities = self.work.inputs.communities;
        let numbers: BTreeMap<&str, usize> = communities
            .iter()
            .zip(0..)
            .flat_map(|(area, number)| [(area.code, number), (area.name, number)])
            .collect();
        let owner_of = |cell: usize| {
            let owner = self.grid.and_then(|grid| grid.owners.get(cell)).copied().unwrap_or(0);
            (owner as usize).checked_sub(1).filter(|number| *number < communities.len())
        };
        let home_of = |resident: &Resident| {
            let named = resident.community.as_deref().and_then(|name| numbers.get(name).copied());
            let cell = || self.grid.and_then(|grid| grid.cell_of(resident.at));
            named.or_else(|| cell().and_then(owner_of))
        };
        let homes: Vec<Option<usize>> = self.people.iter().map(home_of).collect();
        let lands: Vec<Option<usize>> = self.cells.iter().map(|cell| owner_of(*cell)).collect();
        let of = |spots: &[Spot], owners: &[Option<usize>], number: usize, scale: f64| {
            let own = spots.iter().zip(owners).filter(|(_, owner)| **owner == Some(number));
            self.share(own.map(|(spot, _)| (spot, spot.weight / scale)))
        };
        // Of a community without a boundary nothing is known while nobody is said to live there and people live
        // in no community: they may be its own.
        let is_known = |area: &Area<'_>, number: usize| {
            area.shape.is_some() || homes.contains(&Some(number)) || !homes.contains(&None)
        };
        let told = communities.iter().zip(0..).map(|(area, number)| CoverageOfArea {
            code: area.code.to_owned(),
            name: area.name.to_owned(),
            people: self
                .work
                .inputs
                .residents
                .filter(|_| is_known(area, number))
                .map(|_| of(self.homes, &homes, number, 1.0)),
            land_km2: area.shape.map(|_| of(self.land, &lands, number, M2_PER_KM2)),
        });
        told.collect()
    }

    fn kinds(&self) -> Vec<KindCoverage> {
        let inputs = self.work.inputs;
        let told = inputs.kinds.iter().zip(self.costs).map(|(kind, costs)| {
            let (homes, land) = costs.split_at(self.homes.len().min(costs.len()));
            let alone = |spots: &[Spot], costs: &[u32], scale: f64| {
                let total: f64 = spots.iter().map(|spot| spot.weight / scale).sum();
                let near = spots.iter().zip(costs).filter(|(_, cost_dm)| **cost_dm <= self.work.budget_dm);
                Share::of(near.map(|(spot, _)| spot.weight / scale).sum(), total)
            };
            let is_lost = |place: &&Place<'_>| self.work.network().is_some() && place.accesses.is_empty();
            KindCoverage {
                kind: kind.id.to_owned(),
                places: kind.places.len(),
                not_snapped: kind.places.iter().filter(is_lost).count(),
                people: inputs.residents.map(|_| alone(self.homes, homes, 1.0)),
                land_km2: self.grid.map(|_| alone(self.land, land, M2_PER_KM2)),
            }
        });
        told.collect()
    }

    /// Land near a path that is not covered, as outlines.
    fn uncovered(&self, grid: &Grid) -> Vec<UncoveredPlace> {
        let mut heights = vec![-1.0; grid.owners.len()];
        for (cell, spot) in self.cells.iter().zip(self.land) {
            if !self.work.is_covered(spot)
                && self.work.is_snapped(spot)
                && let Some(height) = heights.get_mut(*cell)
            {
                *height = 1.0;
            }
        }
        let field = Field { columns: grid.columns, heights };
        let mut areas = field.areas(LEAST_CELLS, 0.0);
        areas.truncate(MOST_UNCOVERED);
        // Those on no path are counted for themselves.
        let is_lonely = |home: &&Spot| !self.work.is_covered(home) && self.work.is_snapped(home);
        let lonely: Vec<&Spot> = self.homes.iter().filter(is_lonely).collect();
        let told = areas.iter().map(|area| {
            let ring = |ring: &LineString<f64>| LineString(ring.0.iter().map(|at| grid.place(*at)).collect());
            let drawn = Polygon::new(ring(area.exterior()), area.interiors().iter().map(ring).collect());
            let persons = self.work.inputs.residents.map(|_| persons_in(&drawn, &lonely));
            let km2 = geo::Area::unsigned_area(area) * grid.cell_m * grid.cell_m / M2_PER_KM2;
            UncoveredPlace { area: MultiPolygon::new(vec![drawn]), km2, persons }
        });
        told.collect()
    }
}

fn persons_in(area: &Polygon<f64>, homes: &[&Spot]) -> f64 {
    let Some(bounds) = geo::BoundingRect::bounding_rect(area) else {
        return 0.0;
    };
    let is_in = |home: &&&Spot| {
        let at = Point::from(Coord::from(home.at));
        bounds.contains(&at) && area.contains(&at)
    };
    sum_of(homes.iter().filter(is_in).map(|home| (*home, home.weight)))
}

fn sum_of<'s>(weighted: impl Iterator<Item = (&'s Spot, f64)>) -> f64 {
    // The sum of nothing would be a negative zero.
    weighted.fold(0.0, |sum, (_, weight)| sum + weight)
}

fn tenths(minutes: f64) -> f64 {
    (minutes * 10.0).round() / 10.0
}
