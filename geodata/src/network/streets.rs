//! The walkable streets and paths of a region as straight pieces between positions: what is stored.

use geo::Coord;

use crate::bbox::Bbox;
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// Units of a position per degree.
const E7: f64 = 1e7;
/// Longer pieces do not exist in the world; their length would not fit.
const MOST_LENGTH_DM: u32 = (1 << 28) - 1;

/// A position in units of 1e-7 degrees, about a centimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Longitude.
    pub lon_e7: i32,
    /// Latitude.
    pub lat_e7: i32,
}

/// A straight piece of street or path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Number of the node where it begins.
    pub from: u32,
    /// Number of the node where it ends.
    pub to: u32,
    /// Whether it is steps.
    pub steps: bool,
    /// Whether it may only be walked from `from` to `to`.
    pub one_way: bool,
}

/// The streets and paths of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Streets {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

impl Node {
    /// The stored position nearest to a position.
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 1e7 are below the bound; saturates")]
    pub fn at(position: Wgs84) -> Self {
        Self { lon_e7: (position.lon * E7).round() as i32, lat_e7: (position.lat * E7).round() as i32 }
    }

    /// In degrees.
    pub fn position(self) -> Wgs84 {
        Wgs84 { lon: f64::from(self.lon_e7) / E7, lat: f64::from(self.lat_e7) / E7 }
    }

    pub(super) fn coord(self) -> Coord<f64> {
        self.position().into()
    }
}

impl Streets {
    /// Makes streets of nodes and the pieces between them. Pieces whose ends are not among the nodes or are
    /// one, and repeated pieces, are left out, nodes without a piece too; what is left is put in an order
    /// that depends on nothing else, so that the same streets are the same bytes.
    pub fn new(nodes: &[Node], edges: impl IntoIterator<Item = Edge>) -> Self {
        let count = nodes.len();
        let mut edges: Vec<Edge> = edges
            .into_iter()
            .filter(|edge| edge.from != edge.to && edge.from.max(edge.to) < to_u32(count))
            .collect();
        let mut is_used = vec![false; count];
        for edge in &edges {
            for end in [edge.from, edge.to] {
                if let Some(used) = is_used.get_mut(end as usize) {
                    *used = true;
                }
            }
        }
        let mut order: Vec<(u64, Node, u32)> = nodes
            .iter()
            .zip(0..)
            .zip(&is_used)
            .filter(|(_, is_used)| **is_used)
            .map(|((node, number), _)| (morton(*node), *node, number))
            .collect();
        // Neighbours on the ground become neighbours in memory.
        order.sort_unstable();
        let mut renumbered = vec![0_u32; count];
        for ((_, _, number), new) in order.iter().zip(0..) {
            if let Some(place) = renumbered.get_mut(*number as usize) {
                *place = new;
            }
        }
        let new_number = |old: u32| renumbered.get(old as usize).copied().unwrap_or_default();
        for edge in &mut edges {
            (edge.from, edge.to) = (new_number(edge.from), new_number(edge.to));
            if edge.from > edge.to && !edge.one_way {
                (edge.from, edge.to) = (edge.to, edge.from);
            }
        }
        edges.sort_unstable();
        edges.dedup();
        Self { nodes: order.into_iter().map(|(_, node, _)| node).collect(), edges }
    }

    /// The positions where pieces end.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The pieces.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The box around all of them; `None` where there are none.
    pub fn extent(&self) -> Option<Bbox> {
        let lons = || self.nodes.iter().map(|node| node.lon_e7);
        let lats = || self.nodes.iter().map(|node| node.lat_e7);
        let south_west = Node { lon_e7: lons().min()?, lat_e7: lats().min()? }.position();
        let north_east = Node { lon_e7: lons().max()?, lat_e7: lats().max()? }.position();
        Bbox::new(south_west.lon, south_west.lat, north_east.lon, north_east.lat).ok()
    }
}

/// Whole decimetres from one position to another, rounded up: a walk is never told to be shorter than the
/// straight line.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is bounded")]
pub(super) fn length_dm(from: Node, to: Node) -> u32 {
    let step = LocalPlane::new(from.position()).project(to.coord());
    // A hair less, so that a length that is whole but for rounding stays what it is.
    let length_dm = (step.x.hypot(step.y) * 10.0 - 1e-6).ceil();
    (length_dm as u32).clamp(1, MOST_LENGTH_DM)
}

pub(super) fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Interleaves the bits of both coordinates.
fn morton(node: Node) -> u64 {
    let spread = |value: i32| {
        let mut bits = u64::from(value.cast_unsigned() ^ 0x8000_0000);
        bits = (bits | (bits << 16)) & 0x0000_ffff_0000_ffff;
        bits = (bits | (bits << 8)) & 0x00ff_00ff_00ff_00ff;
        bits = (bits | (bits << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
        bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
        (bits | (bits << 1)) & 0x5555_5555_5555_5555
    };
    spread(node.lon_e7) | (spread(node.lat_e7) << 1)
}
