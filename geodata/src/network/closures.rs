//! What closures keep from being walked.

use geo::{BoundingRect, Geometry};

use super::graph::{Network, Piece};
use super::snap::{SNAP_REACH_M, around};
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// How far the nearest path may lie from a closed position, metres.
pub(super) const CLOSURE_REACH_M: f64 = 30.0;

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
        self.all_pieces_in(bounds.min(), bounds.max()).any(|number| self.meets(number, closure))
    }

    /// Whether a closed piece is as near to a position as whoever is on the network may be to a path.
    pub fn is_closed_at(&self, position: Wgs84) -> bool {
        self.has_closures() && self.has_near(position, SNAP_REACH_M, |piece| piece.is_closed)
    }

    fn has_near(&self, position: Wgs84, reach_m: f64, counts: impl Fn(&Piece) -> bool) -> bool {
        let plane = LocalPlane::new(position);
        let [min, max] = around(position, reach_m);
        let pieces = self.all_pieces_in(min, max).filter_map(|number| self.piece(number));
        pieces.filter(|piece| counts(piece)).any(|piece| {
            self.foot_of(&plane, piece).is_some_and(|(squared, _share)| squared <= reach_m * reach_m)
        })
    }
}
