//! What closures keep from being walked.

use geo::{BoundingRect, Geometry};

use super::graph::{Network, Piece};
use super::pace::Pace;
use super::snap::{SNAP_REACH_M, Snap, around};
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// How far the nearest path may lie from a closed position, metres.
pub(super) const CLOSURE_REACH_M: f64 = 30.0;
/// How far the next open path may have been along a closed one, decimetres: first where it mostly is, then as far as
/// an adult walks in 15 minutes and somewhat more.
const PAST_CLOSURE_DM: [u32; 2] = [3_000, 15_000];

impl Network {
    /// Whether a closure closes anything: a position lies at most 30 m beside a path, a line or an area meets one.
    /// Paths that are closed already count.
    pub fn takes_closure(&self, closure: &Geometry<f64>) -> bool {
        if let Geometry::Point(point) = closure {
            return self.has_near(Wgs84 { lon: point.x(), lat: point.y() }, CLOSURE_REACH_M, |_any| true);
        }
        let Some(bounds) = closure.bounding_rect() else {
            return false;
        };
        self.pieces_in(bounds.min(), bounds.max()).any(|number| self.meets(number, closure))
    }

    /// Whether a closed piece is as near to a position as whoever is on the network may be to a path.
    pub fn is_closed_at(&self, position: Wgs84) -> bool {
        self.has_closures() && self.has_near(position, SNAP_REACH_M, |piece| piece.is_closed)
    }

    /// Where whoever stands at the nearest path walks: there, or, if that is closed, on the nearest open one within
    /// reach. That is as far away as it was along the closed path, in the worse of both directions and at the pace
    /// that steps slow down most, so that no walk over it is shorter than it was: closing brings nothing nearer.
    pub(super) fn past_closures(&self, nearest: Snap, reach_m: f64) -> Option<Snap> {
        if !self.piece(nearest.piece)?.is_closed {
            return Some(nearest);
        }
        let open = self.nearest_of(nearest.asked, reach_m, |piece| !piece.is_closed)?;
        let [closed, end] = [nearest, open].map(|snap| Snap { off_dm: 0, ..snap });
        let past_dm = self.unclosed_dm(closed, end)?.max(self.unclosed_dm(end, closed)?);
        Some(Snap { off_dm: nearest.off_dm.saturating_add(past_dm), is_past_closure: true, ..open })
    }

    /// What the walk cost before anything was closed; `None` where it was too far.
    fn unclosed_dm(&self, from: Snap, to: Snap) -> Option<u32> {
        let pace = Pace::slowest_on_steps();
        let search = |budget_dm| self.reachable_by(self.ways_unclosed(), from, pace, budget_dm).cost_to(&to);
        PAST_CLOSURE_DM.into_iter().find_map(search)
    }

    fn has_near(&self, position: Wgs84, reach_m: f64, counts: impl Fn(&Piece) -> bool) -> bool {
        let plane = LocalPlane::new(position);
        let [min, max] = around(position, reach_m);
        let pieces = self.pieces_in(min, max).filter_map(|number| self.piece(number));
        pieces.filter(|piece| counts(piece)).any(|piece| {
            self.foot_of(&plane, piece).is_some_and(|(squared, _share)| squared <= reach_m * reach_m)
        })
    }
}
