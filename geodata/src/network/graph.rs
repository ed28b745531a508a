//! Streets ready for searching: adjacency in one run of memory, and an index of the pieces by place.

use geo::{BoundingRect, Coord, Geometry, Intersects, Line, LineString};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::closures::CLOSURE_REACH_M;
use super::snap::Snap;
use super::streets::{Edge, Node, Streets, length_dm, to_u32};
use crate::bbox::Bbox;
use crate::crs::Wgs84;

/// How far an end of an extra link may lie from a path, metres.
pub const LINK_REACH_M: f64 = 30.0;
/// Parts of the network with fewer positions are islands: a courtyard behind a gate, a path in a pond.
const ISLAND_NODES: u32 = 30;

/// What officers changed on the streets of a region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// What cannot be walked: pieces that meet one of these shapes, or are nearest to it where it is a
    /// position.
    pub closures: Vec<Geometry<f64>>,
    /// Ways that the streets lack; they meet them at their two ends.
    pub links: Vec<LineString<f64>>,
}

/// The walking network of a region.
pub struct Network {
    nodes: Vec<Node>,
    pieces: Vec<Piece>,
    ways: Adjacency,
    /// The ways before anything was closed; `None` where nothing is.
    ways_unclosed: Option<Adjacency>,
    index: RTree<f64>,
    extent: Option<Bbox>,
    largest_part: u32,
}

/// The arcs of all nodes in one run of memory.
pub(super) struct Adjacency {
    /// Where the arcs of a node begin; one more than nodes.
    offsets: Vec<u32>,
    arcs: Vec<Arc>,
}

/// An edge with its length.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Piece {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) length_dm: u32,
    pub(super) steps: bool,
    pub(super) one_way: bool,
    pub(super) is_closed: bool,
    pub(super) is_island: bool,
}

/// A piece seen from one of its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    /// The other end.
    pub(super) to: u32,
    pub(super) piece: u32,
    packed: u32,
}

impl Arc {
    const STEPS: u32 = 1 << 31;
    const LEAVE: u32 = 1 << 30;
    const ENTER: u32 = 1 << 29;
    const LENGTH: u32 = Self::ENTER - 1;

    fn new(to: u32, number: u32, piece: &Piece, leave: bool, enter: bool) -> Self {
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        let packed = piece.length_dm.min(Self::LENGTH)
            | flag(piece.steps, Self::STEPS)
            | flag(leave, Self::LEAVE)
            | flag(enter, Self::ENTER);
        Self { to, piece: number, packed }
    }

    pub(super) fn length_dm(self) -> u32 {
        self.packed & Self::LENGTH
    }

    pub(super) fn steps(self) -> bool {
        self.packed & Self::STEPS != 0
    }

    /// Whether one may walk from this end to the other.
    pub(super) fn may_leave(self) -> bool {
        self.packed & Self::LEAVE != 0
    }

    /// Whether one may walk from the other end to this.
    pub(super) fn may_enter(self) -> bool {
        self.packed & Self::ENTER != 0
    }
}

impl Network {
    /// The streets as they are.
    pub fn new(streets: &Streets) -> Self {
        let pieces = streets.edges.iter().map(|edge| Piece::of(edge, &streets.nodes)).collect();
        Self::of(streets.nodes.clone(), pieces)
    }

    /// The streets with what officers changed. A link that does not come near a path at both ends is not
    /// there; see [`Network::takes_link`].
    pub fn with(streets: &Streets, overlay: &Overlay) -> Self {
        let mut network = Self::new(streets);
        if !overlay.links.is_empty() {
            network = network.linked(&overlay.links);
        }
        if !overlay.closures.is_empty() {
            network.close(&overlay.closures);
        }
        network
    }

    fn of(nodes: Vec<Node>, mut pieces: Vec<Piece>) -> Self {
        let largest_part = mark_islands(nodes.len(), &mut pieces);
        let index = index(&nodes, &pieces);
        let extent = extent(&nodes);
        let ways = Adjacency::of(nodes.len(), &pieces);
        Self { nodes, pieces, ways, ways_unclosed: None, index, extent, largest_part }
    }

    /// How many positions the network has.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many pieces it has.
    pub fn edge_count(&self) -> usize {
        self.pieces.len()
    }

    /// How many positions its largest connected part has.
    pub fn largest_part(&self) -> u32 {
        self.largest_part
    }

    /// The box around it; `None` where it is empty.
    pub fn extent(&self) -> Option<Bbox> {
        self.extent
    }

    /// Whether both ends of a link come near enough to a path.
    pub fn takes_link(&self, link: &LineString<f64>) -> bool {
        self.link_ends(link).is_some()
    }

    /// The ways that may be walked.
    pub(super) fn ways(&self) -> &Adjacency {
        &self.ways
    }

    /// The ways that might be walked if nothing were closed.
    pub(super) fn ways_unclosed(&self) -> &Adjacency {
        self.ways_unclosed.as_ref().unwrap_or(&self.ways)
    }

    pub(super) fn piece(&self, number: u32) -> Option<&Piece> {
        self.pieces.get(number as usize)
    }

    pub(super) fn node(&self, number: u32) -> Option<Node> {
        self.nodes.get(number as usize).copied()
    }

    /// Both ends of a piece, in degrees.
    pub(super) fn ends(&self, piece: &Piece) -> Option<[Coord<f64>; 2]> {
        Some([self.node(piece.from)?.coord(), self.node(piece.to)?.coord()])
    }

    /// Pieces whose envelope meets a box of degrees, closed ones too.
    pub(super) fn pieces_in(&self, min: Coord<f64>, max: Coord<f64>) -> impl Iterator<Item = u32> + use<> {
        self.index.search(min.x, min.y, max.x, max.y).into_iter()
    }

    /// Whether closures hold.
    pub(super) fn has_closures(&self) -> bool {
        self.ways_unclosed.is_some()
    }

    fn link_ends(&self, link: &LineString<f64>) -> Option<[Snap; 2]> {
        let snap = |at: Option<&Coord<f64>>| {
            let at = Wgs84::new(at?.x, at?.y).ok()?;
            self.snap_within(at, LINK_REACH_M)
        };
        let [first, last] = [snap(link.0.first())?, snap(link.0.last())?];
        (link.0.len() >= 2).then_some([first, last])
    }

    /// Cuts the pieces that links end on, and adds the links.
    fn linked(self, links: &[LineString<f64>]) -> Self {
        let mut nodes = self.nodes.clone();
        let mut cuts: Vec<(u32, u32, u32)> = Vec::new();
        let mut added = Vec::new();
        for link in links {
            let Some([first, last]) = self.link_ends(link) else {
                continue;
            };
            let mut before = None;
            let inner = link.0.iter().map(|at| Wgs84 { lon: at.x, lat: at.y });
            for at in [first.at].into_iter().chain(inner).chain([last.at]) {
                let node = Node::at(at);
                let number = to_u32(nodes.len());
                if let Some((before, node_before)) = before {
                    if node == node_before {
                        continue;
                    }
                    added.push(Piece::between(before, number, node_before, node));
                } else {
                    cuts.push((first.piece, first.along_dm, number));
                }
                nodes.push(node);
                before = Some((number, node));
            }
            if let Some((number, _)) = before {
                cuts.push((last.piece, last.along_dm, number));
            }
        }
        cuts.sort_unstable();
        let mut pieces = Vec::with_capacity(self.pieces.len() + added.len() + 2 * cuts.len());
        for (piece, number) in self.pieces.iter().zip(0..) {
            let start = cuts.partition_point(|cut| cut.0 < number);
            let end = cuts.partition_point(|cut| cut.0 <= number);
            piece.cut_at(cuts.get(start..end).unwrap_or_default(), &mut pieces);
        }
        pieces.extend(added);
        Self::of(nodes, pieces)
    }

    fn close(&mut self, closures: &[Geometry<f64>]) {
        let mut closed = Vec::new();
        for closure in closures {
            match closure {
                Geometry::Point(point) => {
                    let at = Wgs84 { lon: point.x(), lat: point.y() };
                    closed.extend(self.snap_within(at, CLOSURE_REACH_M).map(|snap| snap.piece));
                }
                shape => closed.extend(self.pieces_that_meet(shape)),
            }
        }
        if closed.is_empty() {
            return;
        }
        for number in closed {
            if let Some(piece) = self.pieces.get_mut(number as usize) {
                piece.is_closed = true;
            }
        }
        let open = Adjacency::of(self.nodes.len(), &self.pieces);
        self.ways_unclosed = Some(std::mem::replace(&mut self.ways, open));
    }

    fn pieces_that_meet(&self, shape: &Geometry<f64>) -> Vec<u32> {
        let Some(bounds) = shape.bounding_rect() else {
            return Vec::new();
        };
        self.pieces_in(bounds.min(), bounds.max()).filter(|number| self.meets(*number, shape)).collect()
    }

    /// Whether a piece meets a shape.
    pub(super) fn meets(&self, number: u32, shape: &Geometry<f64>) -> bool {
        let ends = self.piece(number).and_then(|piece| self.ends(piece));
        ends.is_some_and(|[start, end]| shape.intersects(&Line::new(start, end)))
    }
}

impl Piece {
    fn of(edge: &Edge, nodes: &[Node]) -> Self {
        let node = |number: u32| nodes.get(number as usize).copied();
        let length_dm = node(edge.from).zip(node(edge.to)).map_or(0, |(from, to)| length_dm(from, to));
        Self {
            from: edge.from,
            to: edge.to,
            length_dm,
            steps: edge.steps,
            one_way: edge.one_way,
            is_closed: false,
            is_island: false,
        }
    }

    fn between(from: u32, to: u32, start: Node, end: Node) -> Self {
        let length_dm = length_dm(start, end);
        Self { from, to, length_dm, steps: false, one_way: false, is_closed: false, is_island: false }
    }

    /// The parts between cuts, which are (piece, along, new node) in ascending order.
    fn cut_at(&self, cuts: &[(u32, u32, u32)], parts: &mut Vec<Self>) {
        let (mut from, mut start_dm) = (self.from, 0);
        for &(_, along_dm, number) in cuts {
            let along_dm = along_dm.min(self.length_dm);
            parts.push(Self { from, to: number, length_dm: along_dm - start_dm, ..*self });
            (from, start_dm) = (number, along_dm);
        }
        parts.push(Self { from, length_dm: self.length_dm - start_dm, ..*self });
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("nodes", &self.nodes.len())
            .field("pieces", &self.pieces.len())
            .field("largest_part", &self.largest_part)
            .finish_non_exhaustive()
    }
}

fn index(nodes: &[Node], pieces: &[Piece]) -> RTree<f64> {
    let mut builder = RTreeBuilder::new(to_u32(pieces.len()));
    let nowhere = Node { lon_e7: 0, lat_e7: 0 };
    let node = |number: u32| nodes.get(number as usize).copied().unwrap_or(nowhere);
    for piece in pieces {
        let (a, b) = (node(piece.from).coord(), node(piece.to).coord());
        builder.add(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y));
    }
    builder.finish::<HilbertSort>()
}

fn extent(nodes: &[Node]) -> Option<Bbox> {
    let lons = || nodes.iter().map(|node| node.lon_e7);
    let lats = || nodes.iter().map(|node| node.lat_e7);
    let south_west = Node { lon_e7: lons().min()?, lat_e7: lats().min()? }.position();
    let north_east = Node { lon_e7: lons().max()?, lat_e7: lats().max()? }.position();
    Bbox::new(south_west.lon, south_west.lat, north_east.lon, north_east.lat).ok()
}

impl Adjacency {
    /// The arcs of pieces that are not closed, by a counting sort by their node.
    fn of(nodes: usize, pieces: &[Piece]) -> Self {
        let mut offsets = vec![0_u32; nodes + 1];
        let open = || pieces.iter().zip(0_u32..).filter(|(piece, _)| !piece.is_closed);
        for (piece, _) in open() {
            for end in [piece.from, piece.to] {
                if let Some(count) = offsets.get_mut(end as usize + 1) {
                    *count += 1;
                }
            }
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += *offset;
            *offset = sum;
        }
        let mut next = offsets.clone();
        let mut arcs = vec![Arc { to: 0, piece: 0, packed: 0 }; sum as usize];
        let mut put = |node: u32, arc: Arc| {
            if let Some(place) = next.get_mut(node as usize) {
                if let Some(slot) = arcs.get_mut(*place as usize) {
                    *slot = arc;
                }
                *place += 1;
            }
        };
        for (piece, number) in open() {
            put(piece.from, Arc::new(piece.to, number, piece, true, !piece.one_way));
            put(piece.to, Arc::new(piece.from, number, piece, !piece.one_way, true));
        }
        Self { offsets, arcs }
    }

    pub(super) fn arcs_of(&self, node: u32) -> &[Arc] {
        let node = node as usize;
        let bounds = self.offsets.get(node).zip(self.offsets.get(node + 1));
        bounds.and_then(|(start, end)| self.arcs.get(*start as usize..*end as usize)).unwrap_or_default()
    }
}

/// Marks the pieces of small parts that are not the largest; tells how many nodes that has.
fn mark_islands(nodes: usize, pieces: &mut [Piece]) -> u32 {
    let mut parts = Parts((0..to_u32(nodes)).collect());
    for piece in &*pieces {
        parts.join(piece.from, piece.to);
    }
    let mut sizes = vec![0_u32; nodes];
    for node in 0..to_u32(nodes) {
        if let Some(size) = sizes.get_mut(parts.root(node) as usize) {
            *size += 1;
        }
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    for piece in pieces {
        let size = sizes.get(parts.root(piece.from) as usize).copied().unwrap_or(0);
        piece.is_island = size < ISLAND_NODES.min(largest);
    }
    largest
}

/// Union by smaller number with path halving (Tarjan and van Leeuwen 1984).
struct Parts(Vec<u32>);

impl Parts {
    fn parent(&self, node: u32) -> u32 {
        self.0.get(node as usize).copied().unwrap_or(node)
    }

    fn root(&mut self, mut node: u32) -> u32 {
        while self.parent(node) != node {
            let above = self.parent(self.parent(node));
            if let Some(parent) = self.0.get_mut(node as usize) {
                *parent = above;
            }
            node = above;
        }
        node
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.0.get_mut(a.max(b) as usize) {
            *parent = a.min(b);
        }
    }
}
