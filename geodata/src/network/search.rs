//! What can be reached from a position within a budget (Dijkstra 1959), and the way there.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Adjacency, Network, Piece};
use super::pace::{Pace, metres};
use super::snap::Snap;
use super::visits::{Visit, Visits};
use crate::crs::Wgs84;

/// Reached from the origin itself, not from another node.
const FROM_ORIGIN: u32 = u32::MAX;

/// Everything within a budget of one position.
#[derive(Debug)]
pub struct Reachable<'n> {
    network: &'n Network,
    origin: Snap,
    pace: Pace,
    budget_dm: u32,
    visits: Visits,
    /// Reached nodes, nearest first.
    reached: Vec<u32>,
}

/// A way on foot.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkingPath {
    /// Positions from where it leaves the origin's path to where it ends on the target's.
    pub line: Vec<Wgs84>,
    /// Its length with the straight steps onto and off the network, metres.
    pub length_m: u32,
    /// What it costs, decimetres of flat path.
    pub cost_dm: u32,
}

impl Network {
    /// Searches from a position until the budget is spent.
    pub fn reachable(&self, origin: Snap, pace: Pace, budget_dm: u32) -> Reachable<'_> {
        self.reachable_by(self.ways(), origin, pace, budget_dm)
    }

    pub(super) fn reachable_by(
        &self,
        ways: &Adjacency,
        origin: Snap,
        pace: Pace,
        budget_dm: u32,
    ) -> Reachable<'_> {
        let mut search =
            Search { visits: Visits::new(self.node_count()), queue: BinaryHeap::new(), budget_dm };
        if let Some(piece) = self.piece(origin.piece) {
            let [back_dm, on_dm] = onto(piece, &origin, pace);
            search.offer(piece.to, origin.off_dm.saturating_add(on_dm), FROM_ORIGIN);
            if !piece.one_way {
                search.offer(piece.from, origin.off_dm.saturating_add(back_dm), FROM_ORIGIN);
            }
        }
        let mut reached = Vec::new();
        while let Some((cost_dm, node)) = search.next() {
            reached.push(node);
            for arc in ways.arcs_of(node).iter().filter(|arc| arc.may_leave()) {
                let step_dm = pace.cost_dm(arc.length_dm(), arc.steps());
                search.offer(arc.to, cost_dm.saturating_add(step_dm), arc.piece);
            }
        }
        Reachable { network: self, origin, pace, budget_dm, visits: search.visits, reached }
    }
}

/// What the two stretches of a piece cost: back to its start, on to its end.
pub(super) fn onto(piece: &Piece, snap: &Snap, pace: Pace) -> [u32; 2] {
    let rest_dm = piece.length_dm.saturating_sub(snap.along_dm);
    [snap.along_dm, rest_dm].map(|length_dm| pace.cost_dm(length_dm, piece.steps))
}

struct Search {
    visits: Visits,
    /// Cost and node in one word, so that comparing is one instruction.
    queue: BinaryHeap<Reverse<u64>>,
    budget_dm: u32,
}

impl Search {
    fn offer(&mut self, node: u32, cost_dm: u32, by: u32) {
        if cost_dm <= self.budget_dm && self.visits.improve(node, Visit { cost_dm, by }) {
            self.queue.push(Reverse((u64::from(cost_dm) << 32) | u64::from(node)));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the word are meant")]
    fn next(&mut self) -> Option<(u32, u32)> {
        loop {
            let Reverse(word) = self.queue.pop()?;
            let (cost_dm, node) = ((word >> 32) as u32, word as u32);
            // A cheaper way was found since.
            if self.visits.get(node).is_some_and(|visit| visit.cost_dm == cost_dm) {
                return Some((cost_dm, node));
            }
        }
    }
}

impl Reachable<'_> {
    /// Where the walk begins.
    pub fn origin(&self) -> &Snap {
        &self.origin
    }

    /// Whether the path at the origin is closed and the way past the closure is longer than the budget.
    pub fn is_closed_in(&self) -> bool {
        self.origin.is_past_closure && self.reached.is_empty()
    }

    pub(super) fn network(&self) -> &Network {
        self.network
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Numbers of the reached nodes with what they cost, cheapest first.
    pub fn nodes(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.reached.iter().filter_map(|node| Some((*node, self.node_cost(*node)?)))
    }

    pub(super) fn node_cost(&self, node: u32) -> Option<u32> {
        self.visits.get(node).map(|visit| visit.cost_dm)
    }

    /// What it costs to walk to a place, decimetres of flat path; `None` where that is beyond the budget.
    pub fn cost_to(&self, target: &Snap) -> Option<u32> {
        self.best_way(target).map(|(cost_dm, _)| cost_dm)
    }

    /// The cheapest of several places: which, and what it costs.
    pub fn cheapest<'s>(&self, targets: &'s [Snap]) -> Option<(&'s Snap, u32)> {
        let costs = targets.iter().filter_map(|target| Some((target, self.cost_to(target)?)));
        costs.min_by_key(|(_, cost_dm)| *cost_dm)
    }

    /// The way to a place; `None` where that is beyond the budget.
    pub fn path_to(&self, target: &Snap) -> Option<WalkingPath> {
        let (cost_dm, last) = self.best_way(target)?;
        let mut line = vec![target.at];
        let mut length_dm = self.origin.off_dm.saturating_add(target.off_dm);
        let target_piece = self.network.piece(target.piece)?;
        match last {
            None => length_dm = length_dm.saturating_add(self.origin.along_dm.abs_diff(target.along_dm)),
            Some(last) => {
                length_dm = length_dm.saturating_add(stretch_dm(target_piece, target, last));
                let mut node = last;
                loop {
                    line.push(self.network.node(node)?.position());
                    let by = self.visits.get(node)?.by;
                    if by == FROM_ORIGIN {
                        let piece = self.network.piece(self.origin.piece)?;
                        length_dm = length_dm.saturating_add(stretch_dm(piece, &self.origin, node));
                        break;
                    }
                    let piece = self.network.piece(by)?;
                    length_dm = length_dm.saturating_add(piece.length_dm);
                    node = if piece.to == node { piece.from } else { piece.to };
                }
            }
        }
        line.push(self.origin.at);
        line.reverse();
        line.dedup();
        Some(WalkingPath { line, length_m: metres(length_dm), cost_dm })
    }

    /// What a place costs, and the last node of the way; no node where the place lies on the origin's piece
    /// and is walked to directly.
    fn best_way(&self, target: &Snap) -> Option<(u32, Option<u32>)> {
        let piece = self.network.piece(target.piece)?;
        let [from_start_dm, from_end_dm] = onto(piece, target, self.pace);
        let by_start =
            self.node_cost(piece.from).map(|cost| (cost.saturating_add(from_start_dm), piece.from));
        let by_end = self
            .node_cost(piece.to)
            .filter(|_| !piece.one_way)
            .map(|cost| (cost.saturating_add(from_end_dm), piece.to));
        let by_node = by_start.into_iter().chain(by_end).map(|(cost, node)| (cost, Some(node)));
        let direct = self.direct_dm(target, piece).map(|cost| (cost, None));
        by_node
            .chain(direct)
            .map(|(cost, node)| (cost.saturating_add(target.off_dm), node))
            .min()
            .filter(|(cost, _)| *cost <= self.budget_dm)
    }

    fn direct_dm(&self, target: &Snap, piece: &Piece) -> Option<u32> {
        let is_same = target.piece == self.origin.piece;
        let is_lawful = !piece.one_way || target.along_dm >= self.origin.along_dm;
        (is_same && is_lawful && !piece.is_closed).then(|| {
            let length_dm = target.along_dm.abs_diff(self.origin.along_dm);
            self.origin.off_dm.saturating_add(self.pace.cost_dm(length_dm, piece.steps))
        })
    }
}

/// Length between a place on a piece and one of its ends, decimetres.
fn stretch_dm(piece: &Piece, snap: &Snap, end: u32) -> u32 {
    if end == piece.from { snap.along_dm } else { piece.length_dm.saturating_sub(snap.along_dm) }
}
