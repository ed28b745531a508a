//! Ways to places, for what is near and for a single place.

use std::sync::Arc;

use geodata::Wgs84;
use geodata::network::{Pace, Reachable, Walker, WalkingPath};
use geodata::snapshot::Feature;

use super::published::{RegionNetwork, WalkingState};

/// Without a network a way is taken to be this much longer than the straight line.
pub const DETOUR: f64 = 1.3;
/// Nobody is told a way longer than this, metres.
pub const LONGEST_WALK_M: u32 = 6_000;
/// Decimetres of a metre.
const DM_PER_M: u32 = 10;

/// How a way was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Along streets and paths.
    Network,
    /// From the straight line, because no network is loaded there, or none of its paths is near.
    Straight,
}

/// A way to a place.
#[derive(Clone, Debug)]
pub struct Way {
    /// How it was measured.
    pub method: Method,
    /// Its length, metres; `None` where there is no way of at most 6 km.
    pub walk_m: Option<u32>,
    /// Minutes, begun ones whole.
    pub walk_minutes: Option<u32>,
    /// What it costs, decimetres of flat path.
    pub cost_dm: Option<u32>,
    /// Its line, where it was asked for and is known.
    pub line: Option<Vec<Wgs84>>,
}

/// Ways from one position.
#[derive(Debug)]
pub struct WaysFrom<'s> {
    pace: Pace,
    searched: Option<(&'s Arc<RegionNetwork>, Reachable<'s>)>,
    is_closed: bool,
}

impl<'s> WaysFrom<'s> {
    /// Searches from a position, up to a cost in decimetres.
    pub fn search(walking: &'s WalkingState, from: Wgs84, walker: Walker, budget_dm: u32) -> Self {
        let pace = walker.pace();
        let searched = walking
            .around(from)
            .map(|(network, snap)| (network, network.network.reachable(snap, pace, budget_dm)));
        let is_closed = match &searched {
            Some((_, reachable)) => reachable.is_closed_in(),
            None => walking.is_closed_at(from),
        };
        Self { pace, searched, is_closed }
    }

    /// Whether ways follow a network.
    pub fn method(&self) -> Method {
        if self.searched.is_some() || self.is_closed { Method::Network } else { Method::Straight }
    }

    /// Whether the paths near the position are closed, so that no way leads anywhere.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// What was searched.
    pub fn searched(&self) -> Option<&(&'s Arc<RegionNetwork>, Reachable<'s>)> {
        self.searched.as_ref()
    }

    /// The way to a place whose straight distance is known. Places that are on no path are measured
    /// straight, unless closures keep them from one: nothing becomes nearer because it is closed.
    pub fn to(&self, place: &Feature, distance_m: f64, with_line: bool) -> Way {
        if self.method() == Method::Network && distance_m <= 0.0 {
            // Who stands in a park is there.
            return Way {
                method: Method::Network,
                walk_m: Some(0),
                walk_minutes: Some(0),
                cost_dm: Some(0),
                line: None,
            };
        }
        let Some((network, reachable)) = &self.searched else {
            return if self.is_closed { self.along(None, with_line) } else { self.straight(distance_m) };
        };
        let accesses = network.accesses(place);
        if accesses.is_empty() {
            let is_closed_off = self.is_closed || network.is_closed_off(place);
            return if is_closed_off { self.along(None, with_line) } else { self.straight(distance_m) };
        }
        let path = reachable.cheapest(&accesses).and_then(|(access, _)| reachable.path_to(access));
        self.along(path, with_line)
    }

    /// What the way to a place costs, decimetres of flat path.
    pub fn cost_to(&self, place: &Feature, distance_m: f64) -> Option<u32> {
        if self.method() == Method::Network && distance_m <= 0.0 {
            return Some(0);
        }
        let straight = |is_closed: bool| self.straight(distance_m).cost_dm.filter(|_| !is_closed);
        let Some((network, reachable)) = &self.searched else {
            return straight(self.is_closed);
        };
        let accesses = network.accesses(place);
        if accesses.is_empty() {
            return straight(self.is_closed || network.is_closed_off(place));
        }
        reachable.cheapest(&accesses).map(|(_, cost_dm)| cost_dm)
    }

    fn along(&self, path: Option<WalkingPath>, with_line: bool) -> Way {
        let cost_dm = path.as_ref().map(|path| path.cost_dm);
        Way {
            method: Method::Network,
            walk_m: path.as_ref().map(|path| path.length_m),
            walk_minutes: cost_dm.map(|cost_dm| self.pace.minutes(cost_dm)),
            cost_dm,
            line: path.filter(|_| with_line).map(|path| path.line),
        }
    }

    fn straight(&self, distance_m: f64) -> Way {
        let cost_dm = straight_cost_dm(distance_m);
        let walkable = Some(cost_dm).filter(|cost_dm| *cost_dm <= LONGEST_WALK_M * DM_PER_M);
        Way {
            method: Method::Straight,
            walk_m: walkable.map(|cost_dm| cost_dm.div_ceil(DM_PER_M)),
            walk_minutes: walkable.map(|cost_dm| self.pace.minutes(cost_dm)),
            cost_dm: walkable,
            line: None,
        }
    }
}

/// What a straight distance costs with the detour that streets usually demand, decimetres.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub fn straight_cost_dm(distance_m: f64) -> u32 {
    (distance_m * DETOUR * f64::from(DM_PER_M)).ceil() as u32
}
