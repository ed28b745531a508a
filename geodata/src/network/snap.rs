//! The place on the network where a walk begins or ends.

use geo::Coord;

use super::graph::{Network, Piece};
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// Whoever is farther away from every path is not on the network, metres.
pub const SNAP_REACH_M: f64 = 150.0;
/// Where the search begins and how it goes on, metres: in a town the nearest path is mostly within the first,
/// and the fewer pieces are looked at, the better.
const FIRST_REACHES_M: [f64; 2] = [20.0, 50.0];
/// Metres of a degree of latitude, from below.
const LEAST_M_PER_DEGREE: f64 = 110_500.0;

/// The position on a piece of the network that is nearest to a position beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    /// Number of the piece.
    pub(super) piece: u32,
    /// From the start of the piece, decimetres.
    pub(super) along_dm: u32,
    /// From the position to the piece, decimetres, rounded up: in a straight line, or as far as it was over a
    /// closed path.
    pub(super) off_dm: u32,
    /// Whether the path that is nearest to the position is closed.
    pub(super) is_past_closure: bool,
    /// The position on the piece.
    pub(super) at: Wgs84,
    /// The position beside it.
    pub(super) asked: Wgs84,
}

impl Snap {
    /// The position on the network.
    pub fn at(&self) -> Wgs84 {
        self.at
    }

    /// How far it is from the position that was asked for, decimetres; past a closure as far as it was along the
    /// closed path.
    pub fn off_dm(&self) -> u32 {
        self.off_dm
    }
}

impl Network {
    /// The nearest place on a piece of street or path, within 150 m; `None` where there is none. A small
    /// part that is not connected with the rest counts only where nothing else is.
    ///
    /// Where the nearest path is closed it is the nearest that is open, as far away as the closed one led there:
    /// whoever lived on one bank of a river does not live on the other because the path was dug up.
    pub fn snap(&self, position: Wgs84) -> Option<Snap> {
        self.snap_within(position, SNAP_REACH_M)
    }

    pub(super) fn snap_within(&self, position: Wgs84, reach_m: f64) -> Option<Snap> {
        self.past_closures(self.nearest_path(position, reach_m)?, reach_m)
    }

    /// As [`Network::snap`], but in a straight line and also on a path that is closed.
    pub(super) fn nearest_path(&self, position: Wgs84, reach_m: f64) -> Option<Snap> {
        self.nearest_of(position, reach_m, |_any| true)
    }

    /// The nearest place on one of some pieces.
    pub(super) fn nearest_of(
        &self,
        position: Wgs84,
        reach_m: f64,
        counts: impl Fn(&Piece) -> bool,
    ) -> Option<Snap> {
        let plane = LocalPlane::new(position);
        let nearest = |reach_m: f64, is_island: bool| {
            let counts = |piece: &Piece| piece.is_island == is_island && counts(piece);
            self.nearest_within(position, &plane, reach_m, counts)
        };
        let first = FIRST_REACHES_M.into_iter().filter(|first_m| *first_m < reach_m);
        first.chain([reach_m]).find_map(|reach_m| nearest(reach_m, false)).or_else(|| nearest(reach_m, true))
    }

    /// `plane` is that of the position.
    fn nearest_within(
        &self,
        position: Wgs84,
        plane: &LocalPlane,
        reach_m: f64,
        counts: impl Fn(&Piece) -> bool,
    ) -> Option<Snap> {
        let mut best: Option<(f64, f64, u32)> = None;
        let [min, max] = around(position, reach_m);
        for number in self.pieces_in(min, max) {
            let Some(piece) = self.piece(number).filter(|piece| counts(piece)) else {
                continue;
            };
            let Some((squared, share)) = self.foot_of(plane, piece) else {
                continue;
            };
            // At the same distance the smaller number, so that the answer is the same every time.
            let is_nearer =
                best.is_none_or(|(least, _, first)| squared < least || (squared <= least && number < first));
            if squared <= reach_m * reach_m && is_nearer {
                best = Some((squared, share, number));
            }
        }
        let (squared, share, number) = best?;
        Some(Snap { asked: position, ..self.snap_at(number, share, squared.sqrt())? })
    }

    /// The place at a share of a piece, seen from so many metres away.
    pub(super) fn snap_at(&self, number: u32, share: f64, off_m: f64) -> Option<Snap> {
        let piece = self.piece(number)?;
        let [start, end] = self.ends(piece)?;
        let at = start + (end - start) * share;
        Some(Snap {
            piece: number,
            along_dm: rounded(f64::from(piece.length_dm) * share).min(piece.length_dm),
            off_dm: rounded((off_m * 10.0 - 1e-6).ceil()),
            is_past_closure: false,
            at: Wgs84 { lon: at.x, lat: at.y },
            asked: Wgs84 { lon: at.x, lat: at.y },
        })
    }

    /// Squared distance in metres from the origin of a plane to a piece, and the share of the piece at
    /// which its nearest position lies.
    pub(super) fn foot_of(&self, plane: &LocalPlane, piece: &Piece) -> Option<(f64, f64)> {
        let [start, end] = self.ends(piece)?.map(|end| plane.project(end));
        let along = end - start;
        let length = along.x * along.x + along.y * along.y;
        let share = if length > 0.0 {
            (-(start.x * along.x + start.y * along.y) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let foot = start + along * share;
        Some((foot.x * foot.x + foot.y * foot.y, share))
    }
}

/// The box of degrees that holds everything within a distance.
pub(super) fn around(position: Wgs84, reach_m: f64) -> [Coord<f64>; 2] {
    let up = reach_m / LEAST_M_PER_DEGREE;
    let across = up / position.lat.to_radians().cos().max(0.01);
    let [x, y] = [position.lon, position.lat];
    [Coord { x: x - across, y: y - up }, Coord { x: x + across, y: y + up }]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn rounded(number: f64) -> u32 {
    number.round() as u32
}
